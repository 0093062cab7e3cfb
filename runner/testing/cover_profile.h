// SPDX-License-Identifier: Apache-2.0

#pragma once

// CoverProfile: coverage of several packages as one profile, merged as `go test -coverprofile`
// does: one "mode:" line, then the blocks of every package. What a test binary wrote is taken line
// by line, and a line that is no block is left out: the file lay in the test's own hands.
//
// Bounded in bytes. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gobox::runner {

// "pkg/file.go:12.30,14.2 3 1"
struct CoverBlock {
  std::string_view place;  // "pkg/file.go:12.30,14.2"
  std::string_view file;
  std::uint64_t first_line = 0;
  std::uint64_t last_line = 0;
  std::uint64_t statements = 0;
  std::uint64_t count = 0;
};

std::optional<CoverBlock> parse_cover_block(std::string_view line);

class CoverProfile {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

  void add(std::string_view profile);

  // "" where nothing was added.
  std::string text() const;

  std::size_t lines_left_out() const { return left_out_; }

 private:
  std::string mode_;
  std::string blocks_;
  std::size_t left_out_ = 0;
};

// Per cent of the statements in a profile that ran; a block that stands there more than once counts
// once. Negative where it holds no statement.
double covered_percent(std::string_view profile);

}  // namespace gobox::runner
