// SPDX-License-Identifier: Apache-2.0

#include "runner/source/file_archive.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "sandbox/inside/message.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kBuffered = std::size_t{256} << 10;
constexpr char kPadding[8] = {};

class ArchiveWriter {
 public:
  static Result<ArchiveWriter> make() {
    UniqueFd file(::memfd_create("files", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) return Error::system("memfd_create");
    return ArchiveWriter(std::move(file));
  }

  // Returns where the data stands.
  Result<std::uint64_t> add(const std::string& path, mode_t mode, std::string_view data) {
    sandbox::FileRecord record;
    record.path_size = static_cast<std::uint32_t>(path.size() + 1);
    record.mode = mode;
    record.data_size = data.size();
    TRY(write({reinterpret_cast<const char*>(&record), sizeof record}));
    TRY(write_padded({path.c_str(), path.size() + 1}));
    const std::uint64_t place = size_;
    TRY(write_padded(data));
    return place;
  }

  std::uint64_t size() const { return size_; }

  Result<UniqueFd> seal() && {
    TRY(flush());
    if (::lseek(file_.get(), 0, SEEK_SET) < 0) return Error::system("lseek on a memory file");
    constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (::fcntl(file_.get(), F_ADD_SEALS, kSeals) != 0) return Error::system("seal a memory file");
    return std::move(file_);
  }

 private:
  explicit ArchiveWriter(UniqueFd file) : file_(std::move(file)) {}

  Result<void> write_padded(std::string_view bytes) {
    TRY(write(bytes));
    return write({kPadding, sandbox::aligned(size_) - size_});
  }

  Result<void> write(std::string_view bytes) {
    size_ += bytes.size();
    if (buffer_.size() + bytes.size() > kBuffered) TRY(flush());
    if (bytes.size() > kBuffered) return write_all(file_.get(), bytes);
    buffer_.append(bytes);
    return {};
  }

  Result<void> flush() {
    TRY(write_all(file_.get(), buffer_));
    buffer_.clear();
    return {};
  }

  UniqueFd file_;
  std::string buffer_;
  std::uint64_t size_ = 0;
};

mode_t mode_of(const SourceFile& file) {
  return S_IFREG | (file.executable ? 0755U : 0644U);
}

// Links last: no file is written through one.
Result<void> add_others(ArchiveWriter& writer, const Workspace& workspace) {
  for (const std::string& path : workspace.directories) TRY(writer.add(path, S_IFDIR | 0755U, ""));
  for (const SourceLink& link : workspace.links) {
    const std::string_view target(link.target.c_str(), link.target.size() + 1);
    TRY(writer.add(link.path, S_IFLNK | 0777U, target));
  }
  return {};
}

// The archive's bytes, for as long as anybody holds them.
Result<std::shared_ptr<const void>> map(const UniqueFd& archive, std::size_t size) {
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, archive.get(), 0);
  if (at == MAP_FAILED) return Error::system("mmap the archive of files");
  return std::shared_ptr<const void>(
      at, [size](const void* mapped) { ::munmap(const_cast<void*>(mapped), size); });
}

}  // namespace

Result<UniqueFd> pack_and_share(Workspace& workspace) {
  ArchiveWriter writer = TRY(ArchiveWriter::make());

  struct Place {
    std::uint64_t begin = 0;
    std::size_t size = 0;
  };

  std::vector<Place> places;
  places.reserve(workspace.files.size());
  for (SourceFile& file : workspace.files) {
    const std::uint64_t begin = TRY(writer.add(file.path, mode_of(file), file.bytes));
    places.push_back({begin, file.bytes.size()});
    file.bytes = SharedBytes();  // given back before the next one is written
  }
  TRY(add_others(writer, workspace));
  const std::uint64_t size = writer.size();
  UniqueFd archive = TRY(std::move(writer).seal());
  if (size == 0) return archive;
  const auto mapped = TRY(map(archive, size));
  const char* const begin = static_cast<const char*>(mapped.get());
  for (std::size_t i = 0; i < places.size(); ++i) {
    workspace.files[i].bytes = SharedBytes(mapped, {begin + places[i].begin, places[i].size});
  }
  return archive;
}

Result<UniqueFd> pack_files(const Workspace& workspace) {
  ArchiveWriter writer = TRY(ArchiveWriter::make());
  for (const SourceFile& file : workspace.files) {
    TRY(writer.add(file.path, mode_of(file), file.bytes));
  }
  TRY(add_others(writer, workspace));
  return std::move(writer).seal();
}

Result<UniqueFd> pack_changes(const Workspace& base, const Workspace& changed) {
  ArchiveWriter writer = TRY(ArchiveWriter::make());
  std::size_t kept = 0;
  for (const SourceFile& file : changed.files) {
    const SourceFile* const before = find_file(base, file.path);
    if (before != nullptr) ++kept;
    if (before != nullptr && before->bytes.is_same(file.bytes)) continue;
    TRY(writer.add(file.path, mode_of(file), file.bytes));
  }
  if (kept != base.files.size()) return Error::host("a file is missing from changed sources");
  if (writer.size() == 0) return UniqueFd();
  return std::move(writer).seal();
}

}  // namespace gobox::runner
