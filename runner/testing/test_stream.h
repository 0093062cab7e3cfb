// SPDX-License-Identifier: Apache-2.0

#pragma once

// TestStream: what a test binary prints with -test.v, turned into the events of `go test -json`.
// The same rules as Go's own cmd/internal/test2json, so that names and outcomes are the same: lines
// that begin "=== RUN", "--- PASS:" and so on are framing, with Go 1.20's marker byte ^V before
// them where the binary was asked for it; everything else is output of the test that runs.
//
// A test shares this stream with the testing package and can print anything: an event is what was
// printed, never what is true. TestTally says what can be believed.
//
// Lines over 4 KiB are output; events of output hold at most 1 KiB. Not thread-safe.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/testing/test_event.h"

namespace gobox::runner {

// How the testing package's own lines are told apart: by their words alone, before Go 1.20, or by
// the marker byte as well. A marker that nobody sends must not hide the lines that come without it.
enum class TestFraming { kPlain, kMarked };

// Of a test binary built by Go 1.`go_minor`.
TestFraming test_framing(int go_minor);

class TestStream {
 public:
  using Listener = std::function<void(const TestEvent&)>;

  // Says "start" at once. Events carry no time; who passes them on adds it.
  TestStream(std::string package, TestFraming framing, Listener listener);

  void write(std::string_view bytes);

  // No more comes: what was held back is told.
  void end();

  // After end(), once: what go test adds below a package's output ("ok  \tpkg\t0.01s"; "" for
  // nothing) and the package's own event, "pass", "fail" or "skip", by whoever judged it.
  void close(std::string_view last_line, std::string_view action, double elapsed);

 private:
  // A buffer of bounded lines; a longer line is handed on in parts.
  class LineBuffer {
   public:
    using Handler = std::function<void(std::string_view)>;

    LineBuffer(std::size_t capacity, TestFraming framing, Handler line, Handler part)
        : capacity_(capacity), framing_(framing), line_(std::move(line)), part_(std::move(part)) {}

    void write(std::string_view bytes);
    void flush();

   private:
    std::size_t take_lines();

    std::size_t capacity_;
    TestFraming framing_;
    Handler line_;
    Handler part_;
    std::string bytes_;
    bool in_long_line_ = false;
  };

  void handle_line(std::string_view line);
  bool handle_end(std::string_view line, std::string_view trimmed, bool marked);
  void handle_report(std::string_view line, std::string_view original, std::size_t indent,
                     bool marked);
  void handle_update(std::string_view line, bool marked);
  void flush_reports(std::size_t depth);
  void emit_action(std::string_view action);
  void emit_output(std::string_view bytes);
  void emit(TestEvent event);

  std::string package_;
  TestFraming framing_;
  Listener listener_;
  std::string test_;                // whose output comes
  std::vector<TestEvent> reports_;  // results not told yet: the outer test's lines may follow
  bool needs_marker_ = false;
  LineBuffer output_;
  LineBuffer input_;
};

}  // namespace gobox::runner
