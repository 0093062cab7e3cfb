// SPDX-License-Identifier: Apache-2.0

// GC traces in a stream: however it is cut into pieces, the same bytes come out.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runner/diagnosis/gctrace.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  gobox::runner::GcTraceFilter whole;
  std::string at_once = whole.feed(text);
  at_once += whole.release();
  gobox::runner::GcTraceFilter pieces;
  std::string in_pieces;
  for (std::size_t at = 0; at < text.size(); at += 7) in_pieces += pieces.feed(text.substr(at, 7));
  in_pieces += pieces.release();
  gobox::fuzz::require(at_once == in_pieces && at_once.size() <= text.size());
  gobox::fuzz::require(whole.summary().count == pieces.summary().count);
  return 0;
}
