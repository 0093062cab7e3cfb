// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/module_needs.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/line.h"
#include "runner/golang/go_source.h"

namespace gobox::runner {
namespace {

bool is_named(std::string_view path, std::string_view name) {
  return path == name || path.ends_with("/" + std::string(name));
}

bool is_below(std::string_view path, std::string_view top) {
  return path == top ||
         (path.size() > top.size() && path.starts_with(top) && path[top.size()] == '/');
}

bool in_ignored_directory(std::string_view path) {
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t slash = path.find('/', begin);
    if (slash == std::string_view::npos) return false;
    const std::string_view part = path.substr(begin, slash - begin);
    if (part == "vendor" || part == "testdata" || part.starts_with('_') || part.starts_with('.'))
      return true;
    begin = slash + 1;
  }
  return false;
}

// What of a go.mod or go.work matters here, line by line; blocks count by their first word.
void read_module_file(std::string_view text, ModuleNeeds& needs, std::vector<std::string>& own) {
  std::string block;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    line = trimmed(line.substr(0, line.find("//")));
    if (line.empty()) continue;
    if (line == ")") {
      block.clear();
      continue;
    }
    std::string verb = block;
    if (verb.empty()) verb = std::string(take_word(line));
    line = trimmed(line);
    if (line == "(") {
      block = verb;
      continue;
    }
    if (verb == "module") {
      std::string path(take_word(line));
      std::erase_if(path, [](char byte) { return byte == '"' || byte == '`'; });
      own.push_back(std::move(path));
    }
    needs.has_requirements = needs.has_requirements || verb == "require" || verb == "tool";
    needs.has_replacements = needs.has_replacements || verb == "replace" || verb == "exclude";
  }
}

// Paths of the standard library have no dot in their first part.
bool may_be_other_module(std::string_view import_path) {
  const std::string_view first = import_path.substr(0, import_path.find('/'));
  return first.find('.') != std::string_view::npos && !first.starts_with('.');
}

}  // namespace

ModuleNeeds find_module_needs(const Workspace& workspace, bool tests) {
  ModuleNeeds needs;
  std::vector<std::string> own;
  for (const SourceFile& file : workspace.files) {
    if (is_named(file.path, "vendor/modules.txt")) needs.has_vendor = true;
    if (in_ignored_directory(file.path)) continue;
    if (file.path == "go.work") needs.has_go_work = true;
    if (is_named(file.path, "go.mod") || file.path == "go.work") {
      read_module_file(file.bytes, needs, own);
    }
  }
  for (const SourceFile& file : workspace.files) {
    if (!file.path.ends_with(".go") || in_ignored_directory(file.path)) continue;
    if (!tests && file.path.ends_with("_test.go")) continue;
    for (const std::string& path : scan_go_file(file.bytes).imports) {
      const bool is_own = std::any_of(own.begin(), own.end(), [&](const std::string& module) {
        return !module.empty() && is_below(path, module);
      });
      if (may_be_other_module(path) && !is_own) needs.imports.insert(path);
    }
  }
  return needs;
}

std::string module_files_text(const Workspace& workspace) {
  constexpr std::array<std::string_view, 4> kNames = {"go.mod", "go.sum", "go.work", "go.work.sum"};
  std::string text;
  for (const SourceFile& file : workspace.files) {
    const bool counts = std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
      return is_named(file.path, name);
    });
    if (!counts || in_ignored_directory(file.path)) continue;
    text += file.path + '\0' + std::to_string(file.bytes.size()) + '\0';
    text += file.bytes.view();
  }
  return text;
}

}  // namespace gobox::runner
