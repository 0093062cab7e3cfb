// SPDX-License-Identifier: Apache-2.0

#pragma once

// RuntimeMessage: the words with which the Go runtime ended a program, found in its stderr.
//
// Only a hint: a program can print these words itself, and the supervisor's counters decide the
// verdict. Of several endings the last with a stack trace wins, else the last. A SIGQUIT dump is no
// ending of the program's own and drives out what was printed before it.
// Only the first and the last kMessageWindow bytes are read. Pure function, thread-safe.
// Sources: Go's runtime/panic.go, mheap.go, os_linux.go, proc.go, stack.go, signal_unix.go.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runner/diagnosis/stack_frame.h"

namespace gobox::runner {

enum class RuntimeMessageKind {
  kPanic,  // any value not named below
  kNilDereference,
  kIndexOutOfRange,  // index or slice bounds
  kMakeSlice,        // makeslice, makechan, make map: size out of range
  kDeadlock,
  kConcurrentMap,
  kStackOverflow,
  kOutOfMemory,     // the kernel refused the runtime memory
  kCannotAllocate,  // ENOMEM reported by a system call the program made
  kThreadLimit,     // the runtime's own limit, 10000 threads unless changed
  kThreadRefused,   // the kernel refused a thread
  kForkRefused,     // the kernel refused a process
  kSignal,          // SIGSEGV and its like outside of what a panic can stand for
  kFatalError,      // any other "fatal error: "
  kDataRace,        // the race detector found something and nothing else ended the program
};

// "nil_dereference", "out_of_memory", ...
std::string_view name(RuntimeMessageKind kind);

struct RuntimeMessage {
  RuntimeMessageKind kind = RuntimeMessageKind::kPanic;
  std::string line;                     // as printed, at most kLongestMessage bytes, made printable
  std::optional<std::uint64_t> amount;  // bytes asked for, stack limit, threads, number of races
  std::optional<Frame> at;              // the failing goroutine's first frame in the user's files
};

inline constexpr std::size_t kMessageWindow = 1 << 20;
inline constexpr std::size_t kLongestMessage = 512;

std::optional<RuntimeMessage> find_runtime_message(std::string_view text, const UserPaths& paths);

}  // namespace gobox::runner
