// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/proc_view.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sandbox/inside/mount_calls.h"

namespace gobox::sandbox {
namespace {

// They lie in the root only until all is covered: a mount keeps a file that has no name.
constexpr const char* kProcessors = ".cpuinfo";
constexpr const char* kMemory = ".meminfo";
constexpr const char* kNoFile = ".nothing";
constexpr const char* kNoDirectory = ".nowhere";

int write_processors(const Plan& plan) {
  const char* const lines = reinterpret_cast<const char*>(&plan) + plan.processor;
  const std::size_t size = std::strlen(lines);
  const int fd = ::open(kProcessors, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
  if (fd < 0) return errno;
  int failure = 0;
  for (std::uint32_t i = 0; i < plan.processors && failure == 0; ++i) {
    char number[64];
    const int length = std::snprintf(number, sizeof number, "processor\t: %u\n", i);
    const bool written = ::write(fd, number, static_cast<std::size_t>(length)) == length &&
                         ::write(fd, lines, size) == static_cast<ssize_t>(size) &&
                         ::write(fd, "\n", 1) == 1;
    if (!written) failure = errno != 0 ? errno : EIO;
  }
  ::close(fd);
  return failure;
}

int write_memory(const Plan& plan) {
  const unsigned long long kibi = plan.memory_bytes / 1024;
  char text[512];
  const int size = std::snprintf(text, sizeof text,
                                 "MemTotal:       %8llu kB\n"
                                 "MemFree:        %8llu kB\n"
                                 "MemAvailable:   %8llu kB\n"
                                 "Buffers:               0 kB\n"
                                 "Cached:                0 kB\n"
                                 "SwapCached:            0 kB\n"
                                 "SwapTotal:             0 kB\n"
                                 "SwapFree:              0 kB\n",
                                 kibi, kibi, kibi);
  return make_file(kMemory, text, static_cast<std::size_t>(size));
}

int make_covers(const Plan& plan) {
  if (const int failure = write_processors(plan)) return failure;
  if (const int failure = write_memory(plan)) return failure;
  if (const int failure = make_file(kNoFile, "")) return failure;
  if (::chmod(kNoFile, 0) != 0) return errno;
  return ::mkdir(kNoDirectory, 0) == 0 ? 0 : errno;
}

void remove_names() {
  for (const char* name : {kProcessors, kMemory, kNoFile}) ::unlink(name);
  ::rmdir(kNoDirectory);
}

bool stays(const dirent64& entry) {
  const char first = entry.d_name[0];
  // Links: self, thread-self, and to what lies below self.
  return first == '.' || (first >= '0' && first <= '9') || entry.d_type == DT_LNK;
}

int cover(const dirent64& entry) {
  char target[sizeof "proc/" + NAME_MAX];
  std::snprintf(target, sizeof target, "proc/%s", entry.d_name);
  const char* source = entry.d_type == DT_DIR ? kNoDirectory : kNoFile;
  if (std::strcmp(entry.d_name, "cpuinfo") == 0) source = kProcessors;
  if (std::strcmp(entry.d_name, "meminfo") == 0) source = kMemory;
  const int tree = open_tree_copy(AT_FDCWD, source, 0);
  if (tree < 0) return errno;
  const int failure = attach_tree(tree, target) == 0 ? 0 : errno;
  ::close(tree);
  return failure;
}

int cover_all(int directory) {
  alignas(8) char entries[8192];
  for (;;) {
    const long size = ::syscall(SYS_getdents64, directory, entries, sizeof entries);
    if (size <= 0) return size == 0 ? 0 : errno;
    for (long at = 0; at < size;) {
      // getdents64(2)'s own record is glibc's.
      const auto& entry = *reinterpret_cast<const dirent64*>(entries + at);
      at += entry.d_reclen;
      if (stays(entry)) continue;
      if (const int failure = cover(entry)) return failure;
    }
  }
}

}  // namespace

int cover_system(const Plan& plan) {
  if (const int failure = make_covers(plan)) return failure;
  const int directory = ::open("proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return errno;
  const int failure = cover_all(directory);
  ::close(directory);
  remove_names();
  return failure;
}

}  // namespace gobox::sandbox
