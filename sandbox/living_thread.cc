// SPDX-License-Identifier: Apache-2.0

#include "sandbox/living_thread.h"

#include <dirent.h>

#include <charconv>
#include <cstring>
#include <memory>

#include "base/file.h"

namespace gobox::sandbox {
namespace {

constexpr int kMaxThreads =
    4096;  // looked at for a living one; the dead leave the list by themselves

// "PID (NAME) STATE ...": the name may hold parentheses.
bool is_alive(const std::string& directory) {
  const auto stat = read_file(directory + "/stat", 1 << 13);
  const std::size_t name_end = stat ? stat->rfind(')') : std::string::npos;
  if (name_end == std::string::npos || name_end + 2 >= stat->size()) return false;
  const char state = (*stat)[name_end + 2];
  return state != 'Z' && state != 'X';
}

}  // namespace

std::string thread_directory(pid_t process, pid_t thread) {
  return "/proc/" + std::to_string(process) + "/task/" + std::to_string(thread);
}

pid_t living_thread(pid_t process) {
  if (is_alive("/proc/" + std::to_string(process))) return process;
  const std::string path = "/proc/" + std::to_string(process) + "/task";
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir(path.c_str()), ::closedir);
  if (!tasks) return 0;
  for (int looks = 0; looks < kMaxThreads; ++looks) {
    const dirent* const entry = ::readdir(tasks.get());
    if (entry == nullptr) break;
    pid_t thread = 0;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, thread).ptr != end || thread == process) continue;
    if (is_alive(thread_directory(process, thread))) return thread;
  }
  return 0;
}

}  // namespace gobox::sandbox
