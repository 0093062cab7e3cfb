// SPDX-License-Identifier: Apache-2.0

#pragma once

// GcTraceFilter: takes the garbage collector's trace (GODEBUG=gctrace=1) out of a stream of stderr.
//
// The program's bytes come out exactly as it wrote them, in order, whatever the chunks; records go
// into a summary. A record is taken only when all of it parses, from "gc N @" to its newline, at
// whatever place of a line it starts: the runtime does not wait for the program to end its line.
// Text that merely looks like a record stays the program's; text that is one, written by the
// program, is taken: the summary is a hint. At most kLongestGcRecord bytes are held back; release()
// gives them out.
//
// Units: MB in the trace are MiB. Pauses are the two stops of the world of each collection (sweep
// termination, mark termination), wall clock; percentiles are within 1 % of the printed figures,
// the maximum is exact. Memory is bounded: a histogram, and kMaxHeapPoints points of the live
// heap. A chunk's end that may be a record's beginning ("g", "gc 1") is all that waits. Forms:
// package runtime's documentation of gctrace; with and without "stacks" and "globals" (before
// Go 1.18), "(forced)", "(checking for goroutine leaks)" (1.26), and whole scvg lines
// (before 1.13).
// One filter per stream and thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gobox::runner {

inline constexpr std::size_t kLongestGcRecord = 512;
inline constexpr std::size_t kMaxHeapPoints = 500;

struct GcRecord {
  std::uint64_t number = 0;
  double at_seconds = 0;     // since the program started
  unsigned cpu_percent = 0;  // of the CPU available since the start, as printed
  double sweep_pause_ms = 0, mark_ms = 0, mark_pause_ms = 0;  // wall clock
  double sweep_cpu_ms = 0, assist_cpu_ms = 0, background_cpu_ms = 0, idle_cpu_ms = 0,
         mark_cpu_ms = 0;
  std::uint64_t heap_before = 0, heap_after = 0, heap_live = 0, goal = 0;  // bytes
  std::uint64_t processors = 0;
  bool forced = false;
};

struct GcHeapPoint {
  double at_seconds = 0;
  std::uint64_t live = 0;  // bytes
  std::uint64_t goal = 0;
};

struct GcSummary {
  std::uint64_t count = 0;
  std::uint64_t forced = 0;
  double pause_p50_ms = 0, pause_p99_ms = 0, pause_max_ms = 0, pause_total_ms = 0;
  double assist_share = 0;        // of the collector's own CPU time, 0 to 1
  unsigned cpu_percent = 0;       // the last record's
  std::vector<GcHeapPoint> heap;  // evenly thinned, in order
  std::uint64_t last_live = 0, last_goal = 0, most_live = 0;  // bytes
  double last_at_seconds = 0;
};

// "120 collections, pauses of 0.02 ms (half of them), 0.11 ms (99 %), 0.3 ms (longest), ..."
std::string describe(const GcSummary& gc);

// What a text starts with.
struct GcMatch {
  enum class Kind { kNone, kNeedsMore, kRecord, kScavenge };

  Kind kind = Kind::kNone;
  std::size_t length = 0;  // of the record, its newline included
  GcRecord record;
};

GcMatch match_gc_record(std::string_view text);

// How much of a stream may be taken out as trace. A real collection takes its time, so that beyond
// a rate no runtime reaches the records are forged: they stay in the stream, and count as output.
class GcTraceBudget {
 public:
  using Clock = std::chrono::steady_clock;

  void spend(std::size_t bytes) { spent_ += bytes; }

  bool is_spent(Clock::time_point now) const {
    const std::chrono::duration<double> passed = now - start_;
    return static_cast<double>(spent_) > kAtOnce + kPerSecond * passed.count();
  }

 private:
  static constexpr double kAtOnce = 64 * 1024;
  static constexpr double kPerSecond = 1536 * 1024;  // about 15 000 collections

  Clock::time_point start_ = Clock::now();
  std::size_t spent_ = 0;
};

class GcTraceFilter {
 public:
  // Returns the bytes that are the program's.
  std::string feed(std::string_view chunk);
  // Gives out what is held back, because it might have become a record: at the end of the stream,
  // or when nothing more came for a while and a reader waits.
  std::string release();

  GcSummary summary() const;

  const std::optional<GcRecord>& last() const { return last_; }

 private:
  // Log-linear: 64 steps for each power of two of nanoseconds.
  static constexpr std::size_t kSteps = 64;

  GcMatch match_here(std::string_view text) const;
  void take(const GcRecord& record);
  void take_pause(double milliseconds);
  void take_heap_point(const GcRecord& record);
  double percentile(double share) const;

  std::string held_;
  char previous_ = '\n';  // the byte before the next one of the stream
  std::uint64_t count_ = 0;
  std::uint64_t forced_ = 0;
  std::uint64_t most_live_ = 0;
  double assist_cpu_ms_ = 0;
  double cpu_ms_ = 0;
  double pause_total_ms_ = 0;
  double pause_max_ms_ = 0;
  std::vector<std::uint64_t> pauses_;  // histogram
  std::vector<GcHeapPoint> heap_;
  std::uint64_t stride_ = 1;  // every stride-th collection has a point
  std::optional<GcRecord> last_;
};

}  // namespace gobox::runner
