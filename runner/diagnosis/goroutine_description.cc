// SPDX-License-Identifier: Apache-2.0

// The sentence for a group of goroutines (declared in goroutine_dump.h).

#include <algorithm>
#include <array>

#include "runner/diagnosis/goroutine_dump.h"

namespace gobox::runner {

namespace {

// Go before 1.20 (wait groups: 1.25) calls every lock "semacquire"; the stack still tells which.
std::string lock_name(const GoroutineGroup& group) {
  struct Lock {
    std::string_view function;
    std::string_view name;
  };

  static constexpr std::array<Lock, 4> kLocks{{{"sync.(*RWMutex).RLock", "sync.RWMutex.RLock"},
                                               {"sync.(*RWMutex).Lock", "sync.RWMutex.Lock"},
                                               {"sync.(*WaitGroup).Wait", "sync.WaitGroup.Wait"},
                                               {"sync.(*Mutex).Lock", "sync.Mutex.Lock"}}};
  for (const Lock& lock : kLocks) {
    const auto called = [&](const Frame& frame) {
      return frame.function.starts_with(lock.function);
    };
    if (std::any_of(group.frames.begin(), group.frames.end(), called))
      return std::string(lock.name);
  }
  return group.state;
}

std::string doing(const GoroutineGroup& group) {
  const std::string& state = group.state;
  if (state == "running") return "running";
  if (state == "runnable" || state == "preempted") return "ready to run";
  if (state == "syscall") return "in a system call";
  if (state == "IO wait") return "waiting for I/O";
  if (state == "sleep") return "sleeping";
  if (state == "semacquire") return "blocked on " + lock_name(group);
  for (const std::string_view start : {"chan ", "select", "sync.", "synctest."}) {
    if (state.starts_with(start)) return "blocked on " + state;
  }
  return "in state " + state;
}

std::string waited(const GoroutineGroup& group) {
  if (!group.longest_wait) return "";
  const auto longest = group.longest_wait->count();
  const auto shortest = group.shortest_wait.value_or(*group.longest_wait).count();
  const std::string unit = longest == 1 ? " minute" : " minutes";
  if (shortest == longest) return " for " + std::to_string(longest) + unit;
  if (shortest == 0) return " for up to " + std::to_string(longest) + unit;
  return " for " + std::to_string(shortest) + " to " + std::to_string(longest) + unit;
}

// Go gives line 0 to loops without a statement of their own.
std::string place(const Frame& frame) {
  return frame.line == 0 ? frame.file : frame.file + ":" + std::to_string(frame.line);
}

// The user's line where there is one, else the library call nearest to it.
std::string where(const GoroutineGroup& group) {
  if (group.top_user_frame) return " at " + place(group.frames[*group.top_user_frame]);
  const auto library = std::find_if(group.frames.begin(), group.frames.end(), [](const Frame& f) {
    return !f.function.starts_with("runtime.");
  });
  if (library != group.frames.end()) return " in " + library->function;
  return group.frames.empty() ? "" : " in " + group.frames.front().function;
}

}  // namespace

std::string goroutines_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, " ");
  return digits + (count == 1 ? " goroutine" : " goroutines");
}

std::string describe(const GoroutineGroup& group) {
  std::string text = goroutines_text(group.count) + " ";
  text += doing(group) + waited(group) + where(group);
  if (!group.created_by) return text;
  if (group.created_by->user) return text + ", started at " + place(*group.created_by);
  return text + ", started by " + group.created_by->function;
}

}  // namespace gobox::runner
