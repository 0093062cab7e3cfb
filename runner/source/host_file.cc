// SPDX-License-Identifier: Apache-2.0

#include "runner/source/host_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"

namespace gobox::runner {
namespace {

Error not_regular(std::string_view path, mode_t mode) {
  return Error::caller(quote_path(path) + " is " + kind_of_file(mode) + ", not a regular file");
}

struct OpenFile {
  UniqueFd fd;
  struct stat status = {};
};

// Opens a regular file without following a link. The type is asked before opening, because opening
// a device or a pipe can have effects, and again after, because the name may have changed hands.
Result<OpenFile> open_host_file(int directory, const std::string& name, std::string_view shown) {
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

}  // namespace

Error cannot_read(std::string_view path, int errno_value) {
  const bool ours =
      errno_value == EMFILE || errno_value == ENFILE || errno_value == ENOMEM || errno_value == EIO;
  return {ours ? Error::Kind::kHost : Error::Kind::kCaller, errno_value,
          "cannot read " + quote_path(path) + ": " + std::strerror(errno_value)};
}

const char* kind_of_file(mode_t mode) {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Result<void> add_host_file(WorkspaceBuilder& builder, int directory, const std::string& name,
                           const std::string& path, std::string_view shown) {
  TRY(check_path(path, builder.limits()));
  const OpenFile file = TRY(open_host_file(directory, name, shown));
  TRY(builder.check_room(path, static_cast<std::uint64_t>(file.status.st_size)));
  auto bytes = read_fd(file.fd.get(), builder.bytes_left());
  if (!bytes && bytes.error().kind == Error::Kind::kCaller) return builder.too_large(path);
  if (!bytes) return cannot_read(shown, bytes.error().errno_value);
  const bool executable = (file.status.st_mode & S_IXUSR) != 0;
  return builder.add({path, std::move(bytes).value(), executable});
}

Result<std::string> read_input_file(const std::string& path, std::size_t max_bytes) {
  const OpenFile file = TRY(open_host_file(AT_FDCWD, path, path));
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

}  // namespace gobox::runner
