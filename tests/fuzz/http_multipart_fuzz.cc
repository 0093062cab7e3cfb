// SPDX-License-Identifier: Apache-2.0

// A Content-Type, a line end, and a multipart/form-data body.

#include "api/http/multipart.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view body = text.substr(line + 1);
  const auto parts = gobox::api::parse_multipart(text.substr(0, line), body);
  if (!parts) return 0;
  std::size_t total = 0;
  for (const auto& [name, content] : *parts) {
    gobox::fuzz::require(body.find(content) != std::string_view::npos);
    total += content.size();
  }
  gobox::fuzz::require(parts->size() <= 16 && total <= body.size());
  return 0;
}
