#pragma once

// OutputCapture: what a program writes to stdout and stderr, with arrival times, up to a cap each.
// Holds the reading ends of two pipes. Bytes over the cap are read and dropped, so that the writer
// never blocks on us; that there were such bytes is remembered. The number of pieces is bounded by
// time, not by writes. Not thread-safe.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "sandbox/ending.h"

namespace gobox::sandbox {

class OutputCapture {
 public:
  using Clock = std::chrono::steady_clock;
  using Sink = std::function<void(bool is_stderr, std::string_view bytes)>;

  // Makes the pipes. Their writing ends belong to `owner`, or /dev/stdout could not be reopened.
  static Result<OutputCapture> create(std::uint64_t cap, unsigned owner, Sink sink);

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

  bool over_cap() const { return streams_[0].over_cap || streams_[1].over_cap; }

  // Hands over what was captured.
  void move_into(Ending& ending);

 private:
  struct Stream {
    UniqueFd reader;
    UniqueFd writer;
    std::uint64_t seen = 0;  // read, the filter's share included
    std::uint64_t kept = 0;
    bool over_cap = false;
    std::size_t last_chunk = SIZE_MAX;  // where in chunks_
  };

  void keep(bool is_stderr, std::string_view bytes);
  OutputChunk* chunk_of_this_moment(bool is_stderr, Nanoseconds offset);

  Stream streams_[2];  // stdout, stderr
  std::uint64_t cap_ = 0;
  Sink sink_;
  std::function<std::string(std::string_view bytes, bool end)> filter_;
  Clock::time_point start_{};
  std::vector<OutputChunk> chunks_;
  bool dumping_ = false;
  std::string dump_;
};

}  // namespace gobox::sandbox
