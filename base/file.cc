// SPDX-License-Identifier: Apache-2.0

#include "base/file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

namespace gobox {
namespace {

// write(2) until all is out, EINTR retried.
int write_fully(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Result<UniqueFd> open_at(int directory, const std::string& path, int flags, unsigned mode) {
  int fd = -1;
  do {
    fd = ::openat(directory, path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return Error::system("open " + path);
  return UniqueFd(fd);
}

Result<std::string> read_fd(int fd, std::size_t most) {
  std::string bytes;
  char chunk[16384];
  for (;;) {
    const ssize_t count = ::read(fd, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error::system("read");
    if (count == 0) return bytes;
    bytes.append(chunk, static_cast<std::size_t>(count));
    if (bytes.size() > most) {
      return Error::caller("larger than " + std::to_string(most) + " bytes");
    }
  }
}

Result<std::string> read_file_at(int directory, const std::string& path, std::size_t most) {
  const UniqueFd file = TRY(open_at(directory, path, O_RDONLY));
  auto bytes = read_fd(file.get(), most);
  if (!bytes) return std::move(bytes).error().within(path);
  return bytes;
}

Result<std::string> read_file(const std::string& path, std::size_t most) {
  return read_file_at(AT_FDCWD, path, most);
}

Result<void> write_file_at(int directory, const std::string& path, std::string_view text) {
  const UniqueFd file = TRY(open_at(directory, path, O_WRONLY));
  ssize_t written = -1;
  do {
    written = ::write(file.get(), text.data(), text.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) return Error::system("write \"" + std::string(text) + "\" to " + path);
  if (static_cast<std::size_t>(written) != text.size()) {
    return Error::host("short write to " + path);
  }
  return {};
}

Result<void> write_all(int fd, std::string_view bytes) {
  if (const int failure = write_fully(fd, bytes)) return Error::system("write", failure);
  return {};
}

Result<UniqueFd> sealed_memory_file(const char* name, std::string_view bytes) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return Error::system("memfd_create");
  if (const int failure = write_fully(file.get(), bytes)) {
    return Error::system("write to a memory file", failure);
  }
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return Error::system("lseek on a memory file");
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) return Error::system("seal a memory file");
  return file;
}

Result<UniqueFd> reopen_for_reading(const UniqueFd& file) {
  return open_at(AT_FDCWD, "/proc/self/fd/" + std::to_string(file.get()), O_RDONLY);
}

std::optional<std::uint64_t> lone_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> keyed_number(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t line_end = text.find('\n');
    const std::string_view line = text.substr(0, line_end);
    if (line.size() > key.size() && line.substr(0, key.size()) == key && line[key.size()] == ' ') {
      return lone_number(line.substr(key.size() + 1));
    }
    if (line_end == std::string_view::npos) break;
    text.remove_prefix(line_end + 1);
  }
  return std::nullopt;
}

}  // namespace gobox
