#include "runner/source/workspace.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#include "base/file.h"
#include "base/line.h"
#include "base/unique_fd.h"
#include "runner/source/txtar.h"

namespace gobox::runner {
namespace {

bool by_path(const SourceFile& left, const SourceFile& right) {
  return left.path < right.path;
}

std::vector<SourceFile>::const_iterator position_of(const Workspace& workspace,
                                                    std::string_view path) {
  return std::lower_bound(
      workspace.files.begin(), workspace.files.end(), path,
      [](const SourceFile& file, std::string_view wanted) { return file.path < wanted; });
}

Error clash(std::string_view file, std::string_view below) {
  return Error::caller("file name " + quote_path(file) + " is also the directory of " +
                       quote_path(below));
}

// No directory of `path` is itself a file of the workspace.
Result<void> check_directories_of(const Workspace& workspace, std::string_view path) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    const std::string_view directory = path.substr(0, slash);
    if (find_file(workspace, directory) != nullptr) return clash(directory, path);
  }
  return {};
}

// Collects files under the limits; finish() orders them and compares them with each other.
class Builder {
 public:
  explicit Builder(const InputLimits& limits) : limits_(limits) {}

  const InputLimits& limits() const { return limits_; }

  std::size_t bytes_left() const { return limits_.max_bytes - bytes_; }

  Error too_large(std::string_view path) const {
    return Error::caller("total size of the files exceeds the limit of " +
                         std::to_string(limits_.max_bytes) + " bytes at " + quote_path(path));
  }

  Result<void> check_room(std::string_view path, std::uint64_t size) const {
    if (files_.size() >= limits_.max_files) {
      return Error::caller("too many files (limit of " + std::to_string(limits_.max_files) +
                           " exceeded at " + quote_path(path) + ")");
    }
    if (size > bytes_left()) return too_large(path);
    return {};
  }

  Result<void> add(SourceFile file) {
    TRY(check_path(file.path, limits_));
    TRY(check_room(file.path, file.bytes.size()));
    bytes_ += file.bytes.size();
    files_.push_back(std::move(file));
    return {};
  }

  // One more directory seen; bounded, since empty ones add no file.
  Result<void> count_directory(std::string_view path) {
    if (++directories_ <= limits_.max_files) return {};
    return Error::caller("too many directories (limit of " + std::to_string(limits_.max_files) +
                         " exceeded at " + quote_path(path) + ")");
  }

  Result<Workspace> finish() && {
    Workspace workspace{std::move(files_), false};
    std::sort(workspace.files.begin(), workspace.files.end(), by_path);
    const auto twice = std::adjacent_find(
        workspace.files.begin(), workspace.files.end(),
        [](const SourceFile& left, const SourceFile& right) { return left.path == right.path; });
    if (twice != workspace.files.end()) {
      return Error::caller("duplicate file name " + quote_path(twice->path));
    }
    for (const SourceFile& file : workspace.files) {
      TRY(check_directories_of(workspace, file.path));
    }
    return workspace;
  }

 private:
  InputLimits limits_;
  std::vector<SourceFile> files_;
  std::size_t bytes_ = 0;
  std::size_t directories_ = 0;
};

// The caller's fault (no such file, no permission) unless this machine is out of something.
Error cannot_read(std::string_view path, int errno_value) {
  const bool ours =
      errno_value == EMFILE || errno_value == ENFILE || errno_value == ENOMEM || errno_value == EIO;
  return {ours ? Error::Kind::kHost : Error::Kind::kCaller, errno_value,
          "cannot read " + quote_path(path) + ": " + std::strerror(errno_value)};
}

const char* kind_of(mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Error not_regular(std::string_view path, mode_t mode) {
  return Error::caller(quote_path(path) + " is " + kind_of(mode) + ", not a regular file");
}

struct OpenFile {
  UniqueFd fd;
  struct stat status = {};
};

// Opens a regular file without following a link. The type is asked before opening, because opening
// a device or a pipe can have effects, and again after, because the name may have changed hands.
Result<OpenFile> open_regular(int directory, const std::string& name, std::string_view shown) {
  struct stat before = {};
  if (::fstatat(directory, name.c_str(), &before, AT_SYMLINK_NOFOLLOW) != 0) {
    return cannot_read(shown, errno);
  }
  if (!S_ISREG(before.st_mode)) return not_regular(shown, before.st_mode);
  auto fd = open_at(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!fd) return cannot_read(shown, fd.error().errno_value);
  OpenFile file{std::move(fd).value(), {}};
  if (::fstat(file.fd.get(), &file.status) != 0) return cannot_read(shown, errno);
  if (!S_ISREG(file.status.st_mode)) return not_regular(shown, file.status.st_mode);
  return file;
}

// Adds the host file `name` in `directory` as `path`; `shown` is what the caller called it.
Result<void> add_host_file(Builder& builder, int directory, const std::string& name,
                           const std::string& path, std::string_view shown) {
  TRY(check_path(path, builder.limits()));
  const OpenFile file = TRY(open_regular(directory, name, shown));
  TRY(builder.check_room(path, static_cast<std::uint64_t>(file.status.st_size)));
  auto bytes = read_fd(file.fd.get(), builder.bytes_left());
  if (!bytes && bytes.error().kind == Error::Kind::kCaller) return builder.too_large(path);
  if (!bytes) return cannot_read(shown, bytes.error().errno_value);
  const bool executable = (file.status.st_mode & S_IXUSR) != 0;
  return builder.add({path, std::move(bytes).value(), executable});
}

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

// Sorted names, at most `most` of them and one more, so that a vast directory costs little.
Result<std::vector<std::string>> names_in(const UniqueFd& directory, std::size_t most,
                                          std::string_view shown) {
  UniqueFd copy(::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return cannot_read(shown, errno);
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(copy.get()));
  if (!stream) return cannot_read(shown, errno);
  static_cast<void>(copy.release());  // closedir closes it
  std::vector<std::string> names;
  while (names.size() <= most) {
    errno = 0;  // readdir(3): the end and an error both give a null pointer
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) return cannot_read(shown, errno);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && name != ".git") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<UniqueFd> open_directory(int parent, const std::string& name, std::string_view shown) {
  auto fd = open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return cannot_read(shown, fd.error().errno_value);
  return fd;
}

// Adds what is in `directory`, whose path is `prefix` ("" or ending in '/'). Calls itself at most
// max_depth deep: check_path refuses the rest.
Result<void> add_directory(Builder& builder, const UniqueFd& directory, const std::string& prefix) {
  const std::size_t most = 2 * builder.limits().max_files;
  const auto names = TRY(names_in(directory, most, prefix.empty() ? "." : prefix));
  for (const std::string& name : names) {
    const std::string path = prefix + name;
    struct stat status = {};
    if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return cannot_read(path, errno);
    }
    if (!S_ISDIR(status.st_mode)) {
      TRY(add_host_file(builder, directory.get(), name, path, path));
      continue;
    }
    TRY(check_path(path, builder.limits()));
    TRY(builder.count_directory(path));
    const UniqueFd below = TRY(open_directory(directory.get(), name, path));
    TRY(add_directory(builder, below, path + "/"));
  }
  return {};
}

std::string base_name_of(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);  // npos + 1 is 0: all of it
}

}  // namespace

Result<Workspace> workspace_from_files(const std::vector<std::string>& paths,
                                       const InputLimits& limits) {
  Builder builder(limits);
  for (const std::string& path : paths) {
    const std::string name = base_name_of(path);
    if (!name.ends_with(".go")) {
      if (::access(path.c_str(), F_OK) != 0) return cannot_read(path, errno);
      return Error::caller(quote_path(path) +
                           " is not a .go file; to bring other files, name their directory or a "
                           "txtar archive");
    }
    TRY(add_host_file(builder, AT_FDCWD, path, name, path));
  }
  Workspace workspace = TRY(std::move(builder).finish());
  workspace.files_named = true;
  return workspace;
}

Result<Workspace> workspace_from_directory(const std::string& path, const InputLimits& limits) {
  // "link/" would be followed where "link" is not.
  std::string named = path;
  while (named.size() > 1 && named.ends_with('/')) named.pop_back();
  struct stat status = {};
  if (::fstatat(AT_FDCWD, named.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return cannot_read(path, errno);
  }
  if (!S_ISDIR(status.st_mode)) {
    const char* kind = S_ISREG(status.st_mode) ? "a regular file" : kind_of(status.st_mode);
    return Error::caller(quote_path(path) + " is " + kind + ", not a directory");
  }
  const UniqueFd directory = TRY(open_directory(AT_FDCWD, named, path));
  Builder builder(limits);
  TRY(add_directory(builder, directory, ""));
  return std::move(builder).finish();
}

Result<Workspace> workspace_from_txtar(std::string_view bytes, const InputLimits& limits) {
  const TxtarArchive archive = parse_txtar(bytes, limits.max_files + 1);
  const bool has_program = !trimmed(archive.comment).empty();
  const std::size_t count = archive.file_count + (has_program ? 1 : 0);
  if (count > limits.max_files) {
    return Error::caller("too many files in txtar archive (" + std::to_string(count) +
                         " exceeds limit of " + std::to_string(limits.max_files) + ")");
  }
  Builder builder(limits);
  if (has_program) TRY(builder.add({"prog.go", std::string(archive.comment)}));
  for (const TxtarFile& file : archive.files) {
    // Before the copy, so that refused bytes are never held twice.
    TRY(builder.check_room(file.name, file.data.size()));
    std::string data(file.data);
    data += file.missing_newline;
    TRY(builder.add({std::string(file.name), std::move(data)}));
  }
  return std::move(builder).finish();
}

Result<Workspace> workspace_from_source(std::string_view bytes, const std::string& name,
                                        const InputLimits& limits) {
  if (has_txtar_marker(bytes)) return workspace_from_txtar(bytes, limits);
  Builder builder(limits);
  TRY(builder.check_room(name, bytes.size()));
  TRY(builder.add({name, std::string(bytes)}));
  Workspace workspace = TRY(std::move(builder).finish());
  workspace.files_named = true;
  return workspace;
}

Result<Workspace> workspace_from_map(std::vector<std::pair<std::string, std::string>> files,
                                     const InputLimits& limits) {
  Builder builder(limits);
  for (auto& file : files) {
    TRY(builder.add({std::move(file.first), std::move(file.second)}));
  }
  return std::move(builder).finish();
}

Result<std::string> read_input_file(const std::string& path, std::size_t max_bytes) {
  const OpenFile file = TRY(open_regular(AT_FDCWD, path, path));
  const auto too_large = [&] {
    return Error::caller(quote_path(path) + " holds more than " + std::to_string(max_bytes) +
                         " bytes");
  };
  if (static_cast<std::uint64_t>(file.status.st_size) > max_bytes) return too_large();
  auto bytes = read_fd(file.fd.get(), max_bytes);
  if (!bytes && bytes.error().kind == Error::Kind::kCaller) return too_large();
  if (!bytes) return cannot_read(path, bytes.error().errno_value);
  return bytes;
}

Result<void> require_go(const Workspace& workspace) {
  const auto is_go = [](const SourceFile& file) { return file.path.ends_with(".go"); };
  if (std::any_of(workspace.files.begin(), workspace.files.end(), is_go)) return {};
  return Error::caller("there is no .go file among the " + std::to_string(workspace.files.size()) +
                       " files given");
}

const SourceFile* find_file(const Workspace& workspace, std::string_view path) {
  const auto position = position_of(workspace, path);
  const bool found = position != workspace.files.end() && position->path == path;
  return found ? &*position : nullptr;
}

Result<void> put_file(Workspace& workspace, SourceFile file) {
  const auto position = position_of(workspace, file.path);
  if (position != workspace.files.end() && position->path == file.path) {
    workspace.files[static_cast<std::size_t>(position - workspace.files.begin())] = std::move(file);
    return {};
  }
  TRY(check_directories_of(workspace, file.path));
  const auto below = position_of(workspace, file.path + "/");
  if (below != workspace.files.end() && below->path.starts_with(file.path + "/")) {
    return clash(file.path, below->path);
  }
  workspace.files.insert(position, std::move(file));
  return {};
}

Result<void> rename_file(Workspace& workspace, std::string_view from, const std::string& to) {
  const auto position = position_of(workspace, from);
  if (position == workspace.files.end() || position->path != from) {
    return Error::caller("there is no file " + quote_path(from));
  }
  if (find_file(workspace, to) != nullptr) {
    return Error::caller("duplicate file name " + quote_path(to));
  }
  SourceFile file = *position;
  file.path = to;
  TRY(put_file(workspace, std::move(file)));  // before the erasure: on refusal nothing changed
  workspace.files.erase(position_of(workspace, from));
  return {};
}

}  // namespace gobox::runner
