// SPDX-License-Identifier: Apache-2.0

#include "sandbox/dying.h"

#include <dirent.h>

#include <charconv>
#include <memory>
#include <string>

#include "base/file.h"

namespace gobox::sandbox {
namespace {

constexpr unsigned long kExiting = 0x4;  // PF_EXITING of include/linux/sched.h
constexpr auto kLook = std::chrono::milliseconds(30);
constexpr int kFlags = 9;  // the field's number; the name is the second

struct Close {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

bool is_process_dying(pid_t process) {
  const std::string tasks = "/proc/" + std::to_string(process) + "/task";
  const std::unique_ptr<DIR, Close> directory(::opendir(tasks.c_str()));
  if (!directory) return true;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] == '.') continue;
    const auto stat = read_file(tasks + "/" + entry->d_name + "/stat", 4096);
    if (stat && !is_dying(*stat)) return false;
  }
  return true;
}

}  // namespace

bool is_dying(std::string_view stat) {
  // A name may hold anything, parentheses too; behind the last one are numbers.
  std::size_t at = stat.rfind(") ");
  if (at == std::string_view::npos) return false;
  at += 2;
  for (int field = 3; field < kFlags; ++field) {
    at = stat.find(' ', at);
    if (at == std::string_view::npos) return false;
    ++at;
  }
  unsigned long flags = 0;
  const auto [end, failure] = std::from_chars(stat.data() + at, stat.data() + stat.size(), flags);
  return failure == std::errc() && end != stat.data() + at && (flags & kExiting) != 0;
}

bool await_last_breath(const ControlGroup& group,
                       const std::function<bool(Nanoseconds)>& dead_within, Nanoseconds patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!dead_within(kLook)) {
    const auto members = group.processes();
    if (members && are_all_dying(*members)) return true;
    if (std::chrono::steady_clock::now() >= give_up) return false;
  }
  return true;
}

bool are_all_dying(const std::vector<pid_t>& processes) {
  for (const pid_t process : processes) {
    if (!is_process_dying(process)) return false;
  }
  return true;
}

}  // namespace gobox::sandbox
