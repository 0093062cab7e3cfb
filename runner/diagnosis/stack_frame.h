// SPDX-License-Identifier: Apache-2.0

#pragma once

// Frame: one line of a Go stack, and the few rules every report that prints stacks shares.
//
// Reports come out of programs nobody trusts. Texts kept from them are therefore short and
// printable (see `printable`), and whoever reads them must take them as hints, never as facts.
// Forms: traceback2 and printcreatedby1 in Go's runtime/traceback.go, ThreadSanitizer's Go reports.
// Values only; thread-safe; no errors: what does not parse is absent.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gobox::runner {

inline constexpr std::size_t kLongestReportLine = 4096;  // a longer line is never part of a report
inline constexpr std::size_t kLongestName = 200;         // bytes kept of a function or file name
inline constexpr std::size_t kMaxFrames = 20;            // frames kept of one stack

struct Frame {
  std::string function;  // without arguments: "main.(*server).handle"
  std::string file;      // a user's file below its prefix ("main.go"), others as printed
  int line = 0;          // 0 is what Go prints for some compiler-made code
  bool user = false;

  bool operator==(const Frame&) const = default;
};

// Which files are the user's own: those below one of `prefixes` ("/work/"), or, when there are no
// prefixes, every real file that is not below one of `go_roots`.
struct UserPaths {
  std::vector<std::string> prefixes;
  std::vector<std::string> go_roots;

  bool contains(std::string_view file) const;
  // The file without the prefix it lies below.
  std::string_view own_name(std::string_view file) const;
};

struct Location {
  std::string_view file;
  int line = 0;
};

// An indented "\t/path/file.go:17 +0x1d fp=..."; the result points into `line`.
std::optional<Location> parse_location(std::string_view line);

// "main.work" of "main.work(0x1, {0x2, 0x3})"; nothing when the line cannot be a function.
std::optional<std::string_view> parse_function(std::string_view line);

Frame make_frame(std::string_view function, const Location& location, const UserPaths& paths);

// Adds a frame, showing direct recursion once. Beyond kMaxFrames only the first user frame is
// still let in, in place of the last, so that a stack of library calls ends where the user's code
// begins.
void append_frame(std::vector<Frame>& frames, Frame frame);

// Index of the first frame in the user's files.
std::optional<std::size_t> first_user_frame(const std::vector<Frame>& frames);

// At most `cap` bytes; control characters and invalid UTF-8 become '?', so that the text can
// neither steer a terminal nor break JSON.
std::string printable(std::string_view text, std::size_t cap);

// A whole decimal number and nothing else.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

}  // namespace gobox::runner
