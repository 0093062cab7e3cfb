// SPDX-License-Identifier: Apache-2.0

// The goroutine report taken out of a stream: nothing is invented, whatever the pieces.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runner/diagnosis/report_filter.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  gobox::runner::ReportFilter whole;
  std::string at_once = whole.feed(text);
  at_once += whole.release();
  gobox::runner::ReportFilter pieces;
  std::string in_pieces;
  for (std::size_t at = 0; at < text.size(); at += 5) in_pieces += pieces.feed(text.substr(at, 5));
  in_pieces += pieces.release();
  gobox::fuzz::require(at_once == in_pieces && whole.report() == pieces.report());
  gobox::fuzz::require(at_once.size() + whole.report().size() <= text.size());
  return 0;
}
