// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/build_constraint.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/line.h"

namespace gobox::runner {
namespace {

// go/build's internal/syslist: every GOOS and GOARCH past, present and reserved.
constexpr std::array<std::string_view, 18> kKnownOs = {
    "aix",   "android", "darwin", "dragonfly", "freebsd", "hurd",    "illumos", "ios",     "js",
    "linux", "nacl",    "netbsd", "openbsd",   "plan9",   "solaris", "wasip1",  "windows", "zos"};
constexpr std::array<std::string_view, 24> kKnownArchitecture = {
    "386",     "amd64",  "amd64p32", "arm",      "armbe",     "arm64",       "arm64be", "loong64",
    "mips",    "mipsle", "mips64",   "mips64le", "mips64p32", "mips64p32le", "ppc",     "ppc64",
    "ppc64le", "riscv",  "riscv64",  "s390",     "s390x",     "sparc",       "sparc64", "wasm"};
constexpr std::array<std::string_view, 12> kUnixOs = {"aix",     "android", "darwin",  "dragonfly",
                                                      "freebsd", "hurd",    "illumos", "ios",
                                                      "linux",   "netbsd",  "openbsd", "solaris"};

template <typename List>
bool contains(const List& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

// "go1.21" holds for 1.21 and everything newer.
bool is_release_tag_held(std::string_view tag, int go_minor) {
  constexpr std::string_view kPrefix = "go1.";
  if (!tag.starts_with(kPrefix)) return false;
  const std::string_view digits = tag.substr(kPrefix.size());
  int minor = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), minor);
  const bool whole = failure == std::errc() && end == digits.data() + digits.size();
  return whole && digits.front() != '0' && minor >= 1 && minor <= go_minor;
}

bool is_tag_held(std::string_view tag, const BuildTarget& target) {
  if (tag == target.goos || tag == target.goarch || tag == "gc") return true;
  if (tag == "cgo") return target.cgo;
  if (tag == "unix") return contains(kUnixOs, target.goos);
  if (tag == "linux") return target.goos == "android";
  if (target.goarch == "amd64" && tag == "amd64.v1") return true;
  return is_release_tag_held(tag, target.go_minor) || contains(target.tags, tag);
}

// Go allows letters and digits of any script; every byte of one beyond ASCII is 0x80 or more.
bool is_tag_byte(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value >= 0x80 || value == '_' || value == '.' || (value >= '0' && value <= '9') ||
         (value >= 'a' && value <= 'z') || (value >= 'A' && value <= 'Z');
}

std::size_t tag_length(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_tag_byte);
  return static_cast<std::size_t>(end - text.begin());
}

// Evaluates a //go:build expression in one pass. Each open parenthesis is one level of a stack, so
// a line of a million parentheses costs memory in its own order and no call depth.
class Expression {
 public:
  Expression(std::string_view text, const BuildTarget& target) : text_(text), target_(target) {}

  std::optional<bool> value() {
    constexpr std::size_t kMaxOperands = 1000;  // go/build/constraint's maxSize
    std::size_t operands = 0;
    for (skip_blanks(); !text_.empty(); skip_blanks()) {
      const std::size_t length = tag_length(text_);
      const bool taken = length == 0 ? take_mark() : take_tag(length);
      if (!taken || (length > 0 && ++operands > kMaxOperands)) return std::nullopt;
    }
    if (levels_.size() != 1 || wants_operand_) return std::nullopt;
    return levels_.back().value();
  }

 private:
  struct Level {
    bool alternatives = false;  // of the || terms already complete
    bool term = true;           // of the && factors seen in this one
    bool negated = false;       // a '!' waits for its operand

    bool value() const { return alternatives || term; }
  };

  void skip_blanks() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t"), text_.size()));
  }

  bool take_tag(std::size_t length) {
    const std::string_view tag = text_.substr(0, length);
    text_.remove_prefix(length);
    return take_operand(is_tag_held(tag, target_));
  }

  bool take_operand(bool held) {
    if (!wants_operand_) return false;
    Level& level = levels_.back();
    level.term = level.term && held != level.negated;
    level.negated = false;
    wants_operand_ = false;
    return true;
  }

  bool take_mark() {
    const char mark = text_.front();
    const bool doubled = text_.size() > 1 && text_[1] == mark;
    text_.remove_prefix(doubled && (mark == '&' || mark == '|') ? 2 : 1);
    if (mark == '!') return take_not();
    if (mark == '(') return open();
    if (mark == ')') return close();
    if (!doubled || wants_operand_ || (mark != '&' && mark != '|')) return false;
    wants_operand_ = true;
    if (mark == '|') {
      levels_.back().alternatives = levels_.back().value();
      levels_.back().term = true;
    }
    return true;
  }

  bool take_not() {
    Level& level = levels_.back();
    if (!wants_operand_ || level.negated) return false;  // Go refuses "!!"
    level.negated = true;
    return true;
  }

  bool open() {
    if (!wants_operand_) return false;
    levels_.emplace_back();
    return true;
  }

  bool close() {
    if (wants_operand_ || levels_.size() < 2) return false;
    const bool held = levels_.back().value();
    levels_.pop_back();
    wants_operand_ = true;
    return take_operand(held);
  }

  std::string_view text_;
  const BuildTarget& target_;
  std::vector<Level> levels_ = std::vector<Level>(1);
  bool wants_operand_ = true;
};

// One literal of a // +build line: a tag, perhaps negated; what is neither counts as "ignore".
bool plus_build_literal(std::string_view literal, const BuildTarget& target) {
  if (literal.starts_with("!!") || literal == "!") return is_tag_held("ignore", target);
  const bool negated = literal.starts_with('!');
  if (negated) literal.remove_prefix(1);
  const bool valid = !literal.empty() && tag_length(literal) == literal.size();
  return is_tag_held(valid ? literal : "ignore", target) != negated;
}

// Spaces mean "or", commas "and".
std::optional<bool> plus_build_value(std::string_view text, const BuildTarget& target) {
  constexpr std::size_t kMaxOperators = 100;  // go/build/constraint's maxOldSize
  std::size_t literals = 0;
  bool any = false;
  for (std::string_view clause = take_word(text); !clause.empty(); clause = take_word(text)) {
    bool all = true;
    for (bool more = true; more;) {
      const std::size_t comma = clause.find(',');
      more = comma != std::string_view::npos;
      all = plus_build_literal(clause.substr(0, comma), target) && all;
      if (more) clause.remove_prefix(comma + 1);
      if (++literals > kMaxOperators + 1) return std::nullopt;
    }
    any = any || all;
  }
  return literals == 0 ? is_tag_held("ignore", target) : any;
}

// The part behind the last '_' of `name`, which is cut off; "" where there is no '_' left.
std::string_view take_last_part(std::string_view& name) {
  const std::size_t underscore = name.rfind('_');
  if (underscore == std::string_view::npos) return {};
  const std::string_view part = name.substr(underscore + 1);
  name = name.substr(0, underscore);
  return part;
}

}  // namespace

GoFileName parse_go_file_name(std::string_view base_name) {
  GoFileName result;
  result.is_go = base_name.ends_with(".go") && base_name.front() != '_' && base_name.front() != '.';
  result.is_test = result.is_go && base_name.ends_with("_test.go");
  std::string_view rest = base_name.substr(0, base_name.find('.'));
  std::string_view last = take_last_part(rest);
  if (last == "test") last = take_last_part(rest);
  if (contains(kKnownArchitecture, last)) {
    result.goarch = last;
    last = take_last_part(rest);
  }
  if (contains(kKnownOs, last)) result.goos = last;
  return result;
}

bool names_end_in_os_arch(std::string_view base_name) {
  const GoFileName name = parse_go_file_name(base_name);
  return name.is_test || !name.goos.empty() || !name.goarch.empty();
}

std::optional<bool> build_line_holds(std::string_view line, const BuildTarget& target) {
  constexpr std::string_view kGoBuild = "//go:build";
  line = trimmed(line);
  if (begins_with_word(line, kGoBuild)) {
    return Expression(trimmed(line.substr(kGoBuild.size())), target).value();
  }
  if (!line.starts_with("//")) return std::nullopt;
  line = trimmed(line.substr(2));
  if (!begins_with_word(line, "+build")) return std::nullopt;
  return plus_build_value(line.substr(std::string_view("+build").size()), target);
}

bool is_file_built(std::string_view base_name, const GoFileHead& head, const BuildTarget& target) {
  const GoFileName name = parse_go_file_name(base_name);
  const auto held = [&](std::string_view wanted) {
    return wanted.empty() || is_tag_held(wanted, target);
  };
  if (!name.is_go || !held(name.goos) || !held(name.goarch)) return false;
  const auto is_go_build = [](const std::string& line) { return line.starts_with("//go:build"); };
  const bool new_style = std::any_of(head.build_lines.begin(), head.build_lines.end(), is_go_build);
  return std::all_of(head.build_lines.begin(), head.build_lines.end(), [&](const auto& line) {
    if (new_style && !is_go_build(line)) return true;  // // +build lines then count for nothing
    return build_line_holds(line, target).value_or(true);
  });
}

}  // namespace gobox::runner
