// SPDX-License-Identifier: Apache-2.0

#pragma once

// The kernel's newer mount calls, for which glibc 2.36 has either names or constants but not both,
// and the making of a small file to mount on. Raw system calls, no allocation: they run between
// clone and the programs. Each returns a descriptor, 0, -1 with errno, or (make_file) an errno.
// open_tree(2), move_mount(2), mount_setattr(2).

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

namespace gobox::sandbox {

inline int open_tree_copy(int directory, const char* path, unsigned flags) {
  return static_cast<int>(
      ::syscall(SYS_open_tree, directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags));
}

inline int attach_tree(int tree, const char* target) {
  return static_cast<int>(
      ::syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
}

inline int set_mount_flags(int directory, const char* path, unsigned flags, std::uint64_t set) {
  mount_attr attributes{};
  attributes.attr_set = set;
  return static_cast<int>(
      ::syscall(SYS_mount_setattr, directory, path, flags, &attributes, sizeof attributes));
}

inline int make_file(const char* path, const char* bytes, std::size_t size) {
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return errno;
  const ssize_t written = size == 0 ? 0 : ::write(fd, bytes, size);
  const int failure = written < 0 ? errno : 0;
  ::close(fd);
  return failure;
}

inline int make_file(const char* path, const char* text) {
  return make_file(path, text, std::strlen(text));
}

}  // namespace gobox::sandbox
