// SPDX-License-Identifier: Apache-2.0

#pragma once

// UniqueFd: the one owner of a file descriptor. Closes it when destroyed, whatever close(2) says;
// where losing written data matters, fsync(2) says so before. Move-only. Not thread-safe. After
// fork both processes own their copy.

#include <unistd.h>

#include <utility>

namespace gobox {

class UniqueFd {
 public:
  UniqueFd() = default;

  explicit UniqueFd(int fd) : fd_(fd) {}

  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }

  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;

  ~UniqueFd() { reset(); }

  int get() const { return fd_; }

  bool valid() const { return fd_ >= 0; }

  explicit operator bool() const { return valid(); }

  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace gobox
