// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/declared_tests.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/line.h"

namespace gobox::runner {
namespace {

constexpr std::array<std::string_view, 4> kPrefixes = {"Test", "Benchmark", "Fuzz", "Example"};

bool is_word(char byte) {
  const auto character = static_cast<unsigned char>(byte);
  return std::isalnum(character) != 0 || byte == '_' || character >= 0x80;
}

// "TestX", but not "Testing": behind the word no small letter follows.
bool is_test_name(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  return name.size() == prefix.size() ||
         std::islower(static_cast<unsigned char>(name[prefix.size()])) == 0;
}

// `line` begins "func NAME(".
void read_function(std::string_view line, DeclaredTests& declared) {
  line.remove_prefix(5);
  std::size_t length = 0;
  while (length < line.size() && is_word(line[length])) ++length;
  const std::string name(line.substr(0, length));
  const std::string_view rest = trimmed(line.substr(length));
  const bool test_shaped = rest.find("testing.T)") != std::string_view::npos;
  if (name == "TestMain" && !test_shaped) {
    declared.has_main = true;
    return;
  }
  const bool known = std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view prefix) {
    return is_test_name(name, prefix);
  });
  if (!known) return;
  declared.names.insert(name);
  if (is_test_name(name, "Test") && test_shaped) declared.expected.insert(name);
}

// The end of what begins at `at` with `open` and ends with `close`; with a backslash before it,
// `close` is part of it where `escapes`.
std::size_t end_of(std::string_view text, std::size_t at, std::string_view open,
                   std::string_view close, bool escapes) {
  std::size_t end = at + open.size();
  while (end < text.size() && text.compare(end, close.size(), close) != 0) {
    end += escapes && text[end] == '\\' ? 2U : 1U;
  }
  return std::min(end + close.size(), text.size());
}

// Where comment or literal at `at` ends; `at` itself where there is none.
std::size_t skip_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
  if (rest.starts_with("/*")) return end_of(text, at, "/*", "*/", false);
  if (rest.starts_with('`')) return end_of(text, at, "`", "`", false);
  if (rest.starts_with('"')) return end_of(text, at, "\"", "\"", true);
  if (rest.starts_with('\'')) return end_of(text, at, "'", "'", true);
  return at;
}

// The code alone; what was passed over is a blank.
std::string code_of(std::string_view text) {
  std::string code;
  code.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = skip_at(text, at);
    if (end > at) {
      code += ' ';
      at = end;
    } else {
      code += text[at++];
    }
  }
  return code;
}

void read_declarations(std::string_view source, DeclaredTests& declared) {
  const std::string code = code_of(source);
  std::string_view text = code;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.starts_with("func ")) read_function(line, declared);
  }
}

}  // namespace

DeclaredTests declared_tests(const Workspace& workspace, std::string_view directory,
                             const BuildTarget& target) {
  DeclaredTests declared;
  bool all_plain = true;
  for (const SourceFile& file : workspace.files) {
    const std::size_t slash = file.path.rfind('/');
    const std::string_view path = file.path;
    const std::string_view parent = slash == std::string::npos ? "" : path.substr(0, slash);
    const std::string_view base = slash == std::string::npos ? path : path.substr(slash + 1);
    const GoFileName name = parse_go_file_name(base);
    if (parent != directory || !name.is_go || !name.is_test) continue;
    const GoFileHead head = scan_go_file(file.bytes);
    if (!is_file_built(base, head, target)) continue;
    // The go command's own rules for cgo and experiments are not ours to repeat.
    all_plain = all_plain && head.build_lines.empty() && head.well_formed && !head.uses_cgo;
    read_declarations(file.bytes, declared);
  }
  if (!all_plain) declared.expected.clear();
  return declared;
}

}  // namespace gobox::runner
