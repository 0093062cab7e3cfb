// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/module_zip.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <set>

#include "base/archive_library.h"
#include "base/file.h"
#include "base/sha256.h"
#include "runner/modules/go_sum.h"

namespace gobox::runner {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{500} << 20;  // zip.MaxZipFile
constexpr std::uint64_t kMaxFiles = 200'000;
constexpr std::size_t kMaxName = 4000;
constexpr std::size_t kMaxPart = 255;
constexpr std::size_t kBuffer = std::size_t{64} << 10;

using Archive = std::unique_ptr<archive, decltype(::archive_read_free)*>;

std::string folded(std::string_view name) {
  std::string result(name);
  for (char& byte : result) {
    byte = static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
  }
  return result;
}

bool is_file_part(std::string_view part) {
  if (part.empty() || part.size() > kMaxPart || part.back() == '.') return false;
  for (const char byte : part) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 32 || code == 127 ||
        std::string_view("\\:*?\"<>|`'").find(byte) != std::string_view::npos)
      return false;
  }
  return true;
}

bool is_file_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxName) return false;
  for (;;) {
    const std::size_t slash = name.find('/');
    if (!is_file_part(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

class Unpacking {
 public:
  Unpacking(const ArchiveLibrary& library, const ModuleVersion& module, int to)
      : library_(library), module_(module), to_(to) {}

  Result<void> take(archive* handle, archive_entry* entry) {
    const char* raw = library_.entry_pathname(entry);
    if (raw == nullptr) return refuse("holds a file whose name cannot be read");
    const std::string whole = raw;
    const std::string prefix = module_.text() + "/";
    if (!whole.starts_with(prefix)) {
      return refuse("holds " + shown(whole) + ", which is not of " + module_.text());
    }
    if (whole.ends_with('/')) {  // a directory: of no account but in the hash
      hash_.add(whole, sha256(""));
      return {};
    }
    if (library_.entry_filetype(entry) != AE_IFREG || library_.entry_hardlink(entry) != nullptr ||
        library_.entry_symlink(entry) != nullptr) {
      return refuse("holds " + shown(whole) + ", which is a link or no regular file");
    }
    const std::string name = whole.substr(prefix.size());
    if (!is_file_name(name)) return refuse("holds the file name " + shown(whole));
    TRY(check_case(name));
    if (++result_.files > kMaxFiles) return refuse("holds too many files");
    // Said beforehand by honest archives; what others unpack to is counted as it comes.
    const std::uint64_t said =
        library_.entry_size_is_set(entry) != 0
            ? static_cast<std::uint64_t>(std::max<la_int64_t>(0, library_.entry_size(entry)))
            : 0;
    if (result_.bytes + said > kMaxBytes) return too_large();
    const UniqueFd file = TRY(create(name));
    hash_.add(whole, TRY(copy(handle, file.get(), whole)));
    return {};
  }

  UnpackedModule finish() {
    result_.hash = hash_.finish();
    return result_;
  }

  Error refuse(const std::string& what) const {
    return Error::caller("the zip of " + module_.text() + " " + what);
  }

 private:
  Error too_large() const { return refuse("unpacks to more than a module may hold, 500 MiB"); }

  static std::string shown(const std::string& name) {
    std::string text;
    for (const char byte : name.substr(0, 200)) {
      text += static_cast<unsigned char>(byte) < 32 || byte == 127 ? '?' : byte;
    }
    return "\"" + text + "\"";
  }

  // Each directory above counts too: "A/x" and "a/y" are one directory on some systems.
  Result<void> check_case(const std::string& name) {
    for (std::size_t at = name.find('/');; at = name.find('/', at + 1)) {
      const bool is_file = at == std::string::npos;
      const std::string part = name.substr(0, at);
      const auto [known, is_new] = spellings_.emplace(folded(part), part);
      if (!is_new && (known->second != part || is_file)) {
        return refuse("holds names that differ in case alone, or twice the same: " + shown(name));
      }
      if (is_file) return {};
    }
  }

  Result<UniqueFd> create(const std::string& name) {
    for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1)) {
      const std::string directory = name.substr(0, at);
      if (!directories_.insert(directory).second) continue;
      if (::mkdirat(to_, directory.c_str(), 0755) != 0) {
        if (errno == ENOTDIR || errno == EEXIST) return refuse("holds a file below a file");
        return Error::system("make the directory of a module");
      }
    }
    auto file = open_at(to_, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0444);
    if (!file && (file.error().errno_value == ENOTDIR || file.error().errno_value == EEXIST)) {
      return refuse("holds a file below a file");
    }
    return file;
  }

  Result<Sha256Digest> copy(archive* handle, int file, const std::string& name) {
    Sha256 hash;
    buffer_.resize(kBuffer);
    for (;;) {
      const la_ssize_t size = library_.read_data(handle, buffer_.data(), buffer_.size());
      if (size < 0) return refuse("is damaged at " + shown(name));
      if (size == 0) return hash.finish();
      result_.bytes += static_cast<std::uint64_t>(size);
      if (result_.bytes > kMaxBytes) return too_large();
      const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(size));
      hash.update(bytes);
      TRY(write_all(file, bytes));
    }
  }

  const ArchiveLibrary& library_;
  const ModuleVersion& module_;
  const int to_;
  UnpackedModule result_;
  ListingHash hash_;
  std::map<std::string, std::string> spellings_;  // by folded name
  std::set<std::string> directories_;
  std::string buffer_;
};

}  // namespace

Result<UnpackedModule> unpack_module(int zip, const ModuleVersion& module, int to) {
  if (::lseek(zip, 0, SEEK_SET) < 0) return Error::system("rewind a module's zip");
  const ArchiveLibrary& library = *TRY(archive_library());
  const Archive handle(library.read_new(), library.read_free);
  Unpacking unpacking(library, module, to);
  if (!handle || library.read_support_format_zip_seekable(handle.get()) != ARCHIVE_OK) {
    return Error::host("libarchive cannot read zip files");
  }
  // Names as they are: what is not ASCII is compared and written byte by byte.
  library.read_set_options(handle.get(), "zip:hdrcharset=BINARY");
  if (library.read_open_fd(handle.get(), zip, kBuffer) != ARCHIVE_OK) {
    return unpacking.refuse("is no zip file");
  }
  for (;;) {
    archive_entry* entry = nullptr;
    const int next = library.read_next_header(handle.get(), &entry);
    if (next == ARCHIVE_EOF) break;
    if (next != ARCHIVE_OK && next != ARCHIVE_WARN) return unpacking.refuse("is no whole zip file");
    TRY(unpacking.take(handle.get(), entry));
  }
  return unpacking.finish();
}

}  // namespace gobox::runner
