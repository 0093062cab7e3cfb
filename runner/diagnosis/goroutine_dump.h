// SPDX-License-Identifier: Apache-2.0

#pragma once

// GoroutineDump: the stacks a Go program prints when it panics or gets SIGQUIT, put into groups.
//
// What it is not: proof of anything. A program can print a dump of its own invention; it costs no
// more than a real one and is worth a hint. Never let a verdict depend on it.
//
// Which dump: one that follows a line of the runtime's ("SIGQUIT: quit", "panic: ", "fatal error:
// ") drives out what was printed before, a signal's beats all others. Without such a line it is the
// last unbroken run of stacks, so that a program which logs its stacks all day does not add them
// up. With GOTRACEBACK=crash each thread adds its own report after "-----": they are one dump,
// threads' own stacks (goroutine 0) left out, and a goroutine first seen without its stack is
// counted once.
//
// Groups have the same state, the same functions and lines, direct recursion shown once. They are
// sorted by count, then the user's code first, then order of appearance; the runtime's own come
// last. Time is linear in the text, memory bounded (kMaxGroups groups of kMaxFrames frames).
// Sources: Go's runtime/traceback.go (goroutineheader) and runtime/signal_unix.go, 1.19 to 1.26.
// A parser serves one thread; results are values.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/diagnosis/stack_frame.h"

namespace gobox::runner {

struct GoroutineGroup {
  std::string state;  // as Go names it: "chan send", "select (no cases)", "running"
  std::uint64_t count = 0;
  // Whole minutes, which Go prints from one minute on; a goroutine that shows none counts as zero
  // once another of the group shows some.
  std::optional<std::chrono::minutes> longest_wait;
  std::optional<std::chrono::minutes> shortest_wait;
  std::vector<Frame> frames;  // innermost first; empty when Go could not print the stack
  std::optional<Frame> created_by;
  bool user_code = false;  // a frame or the place of creation is in the user's files
  bool system = false;     // the runtime's own: collector, scavenger, finalizers
  std::optional<std::size_t> top_user_frame;
};

struct GoroutineDump {
  std::uint64_t total = 0;  // goroutines, the runtime's own included
  std::vector<GoroutineGroup> groups;
  bool truncated =
      false;  // goroutines beyond kMaxGroups are only in `total`, or the text breaks off
  std::size_t begin = 0;  // byte range of the dump in the text, its heading included
  std::size_t end = 0;
};

class GoroutineDumpParser {
 public:
  static constexpr std::size_t kMaxGroups = 1000;

  explicit GoroutineDumpParser(UserPaths paths) : paths_(std::move(paths)) {}

  void feed(std::string_view chunk);
  // The dump of everything fed. The parser is spent afterwards.
  std::optional<GoroutineDump> finish();

 private:
  enum class Section { kNone, kGoroutine, kOther };
  enum class Heading { kNone, kReport, kSignal };

  struct Goroutine {
    std::uint64_t id = 0;
    std::string state;
    std::optional<std::chrono::minutes> wait;
    std::vector<Frame> frames;
    std::optional<Frame> created_by;
    bool unavailable = false;
    std::uint64_t key = 0;  // hash of the state and every frame printed
  };

  void take_line(std::string_view line, std::size_t begin, std::size_t end);
  bool take_heading(std::string_view line, std::size_t begin);
  bool take_header(std::string_view line, std::size_t begin);
  bool take_stack_line(std::string_view line);
  bool take_location(std::string_view line);
  void take_noise();
  void start_over(Heading heading, std::size_t begin);
  void close_section();
  void add(Goroutine& goroutine);
  void forget_stackless(std::uint64_t id);

  UserPaths paths_;
  std::string partial_;             // the line a chunk broke, cut at kLongestReportLine
  std::size_t partial_length_ = 0;  // its real length
  std::size_t offset_ = 0;          // of the next byte fed
  Heading heading_ = Heading::kNone;
  Section section_ = Section::kNone;
  bool noise_ = false;    // foreign text since the last stack
  bool relayed_ = false;  // "-----" seen: the next signal heading continues this dump
  bool breaks_off_ = false;
  std::string function_;  // waits for its location
  bool creator_ = false;  // ... and is the one of "created by"
  Goroutine current_;
  std::map<std::uint64_t, std::size_t> index_;  // key to group; ordered: hashes can be forged
  std::vector<std::pair<std::uint64_t, std::size_t>> stackless_;  // id and group
  GoroutineDump dump_;
};

std::optional<GoroutineDump> parse_goroutine_dump(std::string_view text, const UserPaths& paths);

// "1 goroutine", "1 240 goroutines"
std::string goroutines_text(std::uint64_t count);

// "1 240 goroutines blocked on chan send at main.go:17, started at main.go:14"
std::string describe(const GoroutineGroup& group);

}  // namespace gobox::runner
