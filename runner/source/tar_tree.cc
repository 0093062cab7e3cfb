// SPDX-License-Identifier: Apache-2.0

#include "runner/source/tar_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "base/archive_library.h"
#include "base/spool.h"
#include "runner/source/workspace_builder.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kBuffer = std::size_t{64} << 10;
constexpr std::size_t kMaxEntriesPerFile = 4;  // directories and what is left out, beside files

using Reader = std::unique_ptr<archive, decltype(::archive_read_free)*>;

// Where a file's contents are in the spool.
struct Member {
  std::string path;
  bool executable = false;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

Error malformed(const ArchiveLibrary& library, archive* reader) {
  const char* const why = library.error_string(reader);
  return Error::caller(std::string("the archive cannot be read: ") +
                       (why != nullptr ? why : "it ends too early"));
}

// "./a/b/" is a/b; "" for the tree itself.
std::string plain_path(const char* name) {
  std::string_view path = name != nullptr ? name : "";
  while (path.starts_with("./")) path.remove_prefix(2);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path == "." ? "" : std::string(path);
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

// Whether a link in `directory` to `target` stays within the tree.
bool stays_inside(const std::string& directory, std::string_view target) {
  if (target.empty() || target.starts_with('/')) return false;
  std::ptrdiff_t depth =
      directory.empty() ? 0 : std::count(directory.begin(), directory.end(), '/') + 1;
  while (!target.empty()) {
    const std::size_t slash = target.find('/');
    const std::string_view part = target.substr(0, slash);
    target.remove_prefix(slash == std::string_view::npos ? target.size() : slash + 1);
    if (part == ".." && --depth < 0) return false;
    if (part != ".." && part != "." && !part.empty()) ++depth;
  }
  return true;
}

class ArchiveReader {
 public:
  ArchiveReader(const ArchiveLibrary& library, const InputLimits& limits,
                const std::string& spool_directory)
      : library_(library), limits_(limits), builder_(limits), spool_(spool_directory) {}

  Result<void> read(archive* reader) {
    for (;;) {
      archive_entry* entry = nullptr;
      const int status = library_.read_next_header(reader, &entry);
      if (status == ARCHIVE_EOF) return {};
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return malformed(library_, reader);
      if (++entries_ > kMaxEntriesPerFile * limits_.max_files + 100) {
        return Error::caller("the archive has too many members");
      }
      TRY(take(reader, entry));
    }
  }

  Result<Workspace> finish() && {
    const Spooled spooled = TRY(std::move(spool_).finish());
    for (Member& member : members_) {
      SharedBytes bytes(spooled.owner, spooled.bytes.substr(member.begin, member.size));
      TRY(builder_.add({std::move(member.path), std::move(bytes), member.executable}));
    }
    for (const auto& [path, holds] : directories_) {
      if (!holds) TRY(builder_.add_empty_directory(path));
    }
    return std::move(builder_).finish();
  }

 private:
  Result<void> take(archive* reader, archive_entry* entry) {
    const std::string path = plain_path(library_.entry_pathname(entry));
    if (path.empty()) return {};
    TRY(check_path(path, limits_));
    if (const char* const hard = library_.entry_hardlink(entry)) {
      return take_hard_link(path, plain_path(hard));
    }
    switch (library_.entry_filetype(entry)) {
      case AE_IFREG:
        note_parents(path);
        return take_file(reader, path, (library_.entry_perm(entry) & S_IXUSR) != 0);
      case AE_IFDIR:
        note_parents(path);
        TRY(builder_.count_directory(path));
        directories_.emplace(path, false);
        return {};
      case AE_IFLNK:
        return take_link(path, library_.entry_symlink(entry));
      default:
        builder_.leave_out(path, "neither a file nor a directory nor a link");
        return {};
    }
  }

  Result<void> take_file(archive* reader, const std::string& path, bool executable) {
    Member member{path, executable, spool_.size(), 0};
    std::vector<char> buffer(kBuffer);
    for (;;) {
      const la_ssize_t count = library_.read_data(reader, buffer.data(), buffer.size());
      if (count < 0) return malformed(library_, reader);
      if (count == 0) break;
      member.size += static_cast<std::uint64_t>(count);
      if (spool_.size() + static_cast<std::uint64_t>(count) > limits_.max_bytes) {
        return builder_.too_large(path);
      }
      TRY(spool_.append({buffer.data(), static_cast<std::size_t>(count)}));
    }
    return keep(std::move(member));
  }

  Result<void> keep(Member member) {
    by_path_[member.path] = members_.size();
    members_.push_back(std::move(member));
    return members_.size() > limits_.max_files
               ? Error::caller("too many files (limit of " + std::to_string(limits_.max_files) +
                               " exceeded at " + quote_path(members_.back().path) + ")")
               : Result<void>();
  }

  // tar(5): a member that was stored before; here another file of the same bytes.
  Result<void> take_hard_link(const std::string& path, const std::string& target) {
    const auto found = by_path_.find(target);
    if (found == by_path_.end()) {
      return Error::caller("the archive's member " + quote_path(path) +
                           " is a hard link to what is not in it");
    }
    note_parents(path);
    Member copy = members_[found->second];
    copy.path = path;
    return keep(std::move(copy));
  }

  Result<void> take_link(const std::string& path, const char* target) {
    const std::string to = target != nullptr ? target : "";
    if (!stays_inside(directory_of(path), to)) {
      builder_.leave_out(path, "a link that leaves the tree");
      return {};
    }
    note_parents(path);
    return builder_.add_link({path, to});
  }

  // Those that hold something are made with what they hold.
  void note_parents(const std::string& path) {
    for (std::string parent = directory_of(path); !parent.empty(); parent = directory_of(parent)) {
      const auto [at, fresh] = directories_.emplace(parent, true);
      if (!fresh && at->second) return;
      at->second = true;
    }
  }

  const ArchiveLibrary& library_;
  const InputLimits limits_;
  WorkspaceBuilder builder_;
  Spool spool_;
  std::vector<Member> members_;
  std::map<std::string, std::size_t> by_path_;
  std::map<std::string, bool> directories_;  // whether it holds something
  std::size_t entries_ = 0;
};

Result<Reader> open_archive(const ArchiveLibrary& library, std::string_view bytes,
                            TarPacking packing) {
  Reader reader(library.read_new(), library.read_free);
  if (!reader) return Error::host("archive_read_new: no memory");
  library.read_support_format_tar(reader.get());
  // The packing that was named and no other: a filter more is a parser more for strangers' bytes.
  if (packing == TarPacking::kGzip) library.read_support_filter_gzip(reader.get());
  if (packing == TarPacking::kZstd) library.read_support_filter_zstd(reader.get());
  if (library.read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    return malformed(library, reader.get());
  }
  return reader;
}

}  // namespace

Result<Workspace> workspace_from_tar(std::string_view archive, TarPacking packing,
                                     const InputLimits& limits,
                                     const std::string& spool_directory) {
  if (archive.empty()) return Error::caller("the archive is empty");
  const ArchiveLibrary& library = *TRY(archive_library());
  const Reader reader = TRY(open_archive(library, archive, packing));
  ArchiveReader tree(library, limits, spool_directory);
  TRY(tree.read(reader.get()));
  return std::move(tree).finish();
}

}  // namespace gobox::runner
