// SPDX-License-Identifier: Apache-2.0

#pragma once

// DumpShortener: takes the goroutine dumps out of a program's stderr on its way to a reader, and
// puts a short form in their place: states, counts, one stack for each group of equal ones. A dump
// that is short already stays as it is, and so does every other byte, in order. What the result
// holds is never touched (--json, --raw).
//
// A dump begins with Go's "SIGQUIT: quit" (or, for kEvery, with the first "goroutine N [...]:"
// line), and lasts for as long as the lines are a dump's. Its bytes are held back until then, at
// most kMostHeld of them; more pass as they came. One per run and stream; one thread at a time.

#include <cstddef>
#include <string>
#include <string_view>

namespace gobox::run {

enum class ShortenedDumps {
  kAskedFor,  // those that follow SIGQUIT, which the sandbox sends at a time limit
  kEvery,     // a panic's and a deadlock's too
};

class DumpShortener {
 public:
  static constexpr std::size_t kMostHeld = std::size_t{4} << 20;

  explicit DumpShortener(ShortenedDumps which) : which_(which) {}

  // What is to be shown now.
  std::string feed(std::string_view bytes);
  // The same, at the end of the stream.
  std::string finish();

 private:
  std::string take_line(std::string_view line);
  bool begins(std::string_view line) const;
  std::string release();

  const ShortenedDumps which_;
  std::string partial_;  // a line that has not ended
  bool passed_ = false;  // the line's beginning was shown already: it cannot begin a dump
  std::string held_;     // a dump so far
};

// "1 000 goroutines [chan receive]:" and one stack for each group, or the text itself where that is
// not longer than a few lines.
std::string shortened_dump(const std::string& dump);

}  // namespace gobox::run
