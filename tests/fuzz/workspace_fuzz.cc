// SPDX-License-Identifier: Apache-2.0

// A submission, as one source, an archive or a map of files: no accepted path leaves the workspace.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/source/workspace.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  const auto check = [](const gobox::Result<gobox::runner::Workspace>& made) {
    if (!made) return;
    for (const auto& file : made->files) {
      gobox::fuzz::require(!file.path.empty() && file.path.front() != '/');
      gobox::fuzz::require(("/" + file.path + "/").find("/../") == std::string::npos);
      gobox::fuzz::require(file.path.find('\0') == std::string::npos);
    }
  };
  check(gobox::runner::workspace_from_source(text));
  check(gobox::runner::workspace_from_txtar(text));
  std::vector<std::pair<std::string, std::string>> map;
  for (std::size_t at = 0; at < text.size() && map.size() < 100;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    map.emplace_back(std::string(text.substr(at, end - at)), "package main");
    at = end + 1;
  }
  check(gobox::runner::workspace_from_map(std::move(map)));
  return 0;
}
