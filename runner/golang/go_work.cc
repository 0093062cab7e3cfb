// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/go_work.h"

#include <filesystem>

#include "base/line.h"

namespace gobox::runner {
namespace {

std::string unquoted(std::string_view word) {
  const bool quoted = word.size() >= 2 && (word.front() == '"' || word.front() == '`') &&
                      word.back() == word.front();
  return std::string(quoted ? word.substr(1, word.size() - 2) : word);
}

std::string cleaned(std::string_view word) {
  const std::string path = std::filesystem::path(unquoted(word)).lexically_normal();
  if (path == "." || path == "./") return "";
  return path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

// The values of a directive, in its one-line form and in its block.
template <typename Take>
void each_value(std::string_view text, std::string_view directive, Take take) {
  bool in_block = false;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    line = trimmed(line.substr(0, line.find("//")));
    if (in_block) {
      if (line.starts_with(')')) {
        in_block = false;
      } else if (!line.empty()) {
        take(line);
      }
    } else if (begins_with_word(line, directive)) {
      line = trimmed(line.substr(directive.size()));
      if (line.starts_with('(')) {
        in_block = true;
      } else if (!line.empty()) {
        take(line);
      }
    }
  }
}

}  // namespace

std::vector<std::string> go_work_uses(std::string_view go_work) {
  std::vector<std::string> uses;
  each_value(go_work, "use", [&](std::string_view word) { uses.push_back(cleaned(word)); });
  return uses;
}

std::string go_mod_module(std::string_view go_mod) {
  std::string module;
  each_value(go_mod, "module", [&](std::string_view word) {
    if (module.empty()) module = unquoted(word);
  });
  return module;
}

}  // namespace gobox::runner
