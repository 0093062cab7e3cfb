// SPDX-License-Identifier: Apache-2.0

#pragma once

// OutputCapture: what a program writes to stdout and stderr, with arrival times, up to a cap each.
// Holds the reading ends of two pipes. Bytes over the cap are read and dropped, so that the writer
// never blocks on us; how many is remembered. Where a program may go on at the cap, the first and
// the last half of it are kept, and a line between them says what is missing. The number of pieces
// is bounded by time, not by writes. Not thread-safe.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "policies/policy.h"
#include "sandbox/ending.h"

namespace gobox::sandbox {

class OutputCapture {
 public:
  using Clock = std::chrono::steady_clock;
  using Sink = std::function<void(bool is_stderr, std::string_view bytes)>;

  // Makes the pipes. Their writing ends belong to `owner`, or /dev/stdout could not be reopened.
  static Result<OutputCapture> create(std::uint64_t cap, policies::OutputLimit at_cap,
                                      unsigned owner, Sink sink);

  int reading_end(bool is_stderr) const { return streams_[is_stderr].reader.get(); }

  int writing_end(bool is_stderr) const { return streams_[is_stderr].writer.get(); }

  // From now on stderr goes through `filter` first; only what it returns is counted, told and kept.
  void filter_stderr(std::function<std::string(std::string_view bytes, bool end)> filter) {
    filter_ = std::move(filter);
  }

  // Ours must go, or the pipes never end.
  void close_writing_ends();

  // Offsets count from here.
  void start(Clock::time_point now) { start_ = now; }

  // From now on stderr is also kept apart, uncapped by the program's cap: Go's goroutine dump.
  void begin_dump();

  // As if the program had written it.
  void add(bool is_stderr, std::string_view bytes) { keep(is_stderr, bytes); }

  // Reads once what is there. False: end of file.
  bool read_once(bool is_stderr);

  // Reads until nothing is there, or much was.
  void read_all(bool is_stderr);

  // Reads both pipes to their end or until nothing is there. Call when every writer is dead.
  void drain();

  // The program is to be ended for it.
  bool over_cap() const {
    return at_cap_ == policies::OutputLimit::kKill &&
           (streams_[0].omitted > 0 || streams_[1].omitted > 0);
  }

  // Hands over what was captured.
  void move_into(Ending& ending);

 private:
  struct Stream {
    UniqueFd reader;
    UniqueFd writer;
    std::uint64_t seen = 0;  // read, the filter's share included
    std::uint64_t kept = 0;
    std::uint64_t omitted = 0;
    std::string tail;                   // the last of what came behind the first half of the cap
    std::size_t last_chunk = SIZE_MAX;  // where in chunks_
  };

  void keep(bool is_stderr, std::string_view bytes);
  void append(bool is_stderr, std::string_view bytes);
  void keep_tail(Stream& stream, std::string_view bytes) const;
  void close_tail(bool is_stderr);
  OutputChunk* chunk_of_this_moment(bool is_stderr, Nanoseconds offset);

  Stream streams_[2];  // stdout, stderr
  std::uint64_t cap_ = 0;
  policies::OutputLimit at_cap_ = policies::OutputLimit::kKill;
  Sink sink_;
  std::function<std::string(std::string_view bytes, bool end)> filter_;
  Clock::time_point start_{};
  std::vector<OutputChunk> chunks_;
  bool dumping_ = false;
  std::string dump_;
};

}  // namespace gobox::sandbox
