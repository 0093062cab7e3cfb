// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/go_source.h"

#include <array>
#include <optional>

#include "base/line.h"
#include "runner/golang/go_lexer.h"

namespace gobox::runner {
namespace {

// Far beyond any real file; keeps what a hostile one costs near its own size.
constexpr std::size_t kMaxLines = 100;
constexpr std::size_t kMaxImports = 10000;

// False, and nothing kept, at the cap.
bool keep(std::vector<std::string>& list, std::string_view text, std::size_t most) {
  if (list.size() >= most) return false;
  list.emplace_back(text);
  return true;
}

bool is_plus_build(std::string_view line) {
  return line.starts_with("//") && begins_with_word(trimmed(line.substr(2)), "+build");
}

// What is left of a line of the head after its comments; `in_comment` says whether a /* is open.
std::string_view after_comments(std::string_view line, bool& in_comment) {
  while (!line.empty()) {
    if (in_comment) {
      const std::size_t end = line.find("*/");
      if (end == std::string_view::npos) return {};
      in_comment = false;
      line = trimmed(line.substr(end + 2));
    } else if (line.starts_with("//")) {
      return {};
    } else if (line.starts_with("/*")) {
      in_comment = true;
      line = line.substr(2);
    } else {
      break;
    }
  }
  return line;
}

// Collects build lines as the go command honours them: //go:build anywhere before the first code,
// // +build only in the leading run of line comments and only before its last blank line. False
// where there are too many to keep.
bool scan_build_lines(std::string_view source, std::vector<std::string>& lines) {
  std::vector<std::string> pending;
  bool leading = true;
  bool in_comment = false;
  bool all_kept = true;
  while (!source.empty()) {
    const std::string_view line = trimmed(take_line(source));
    if (line.empty() && leading) {
      for (const std::string& held : pending) all_kept = keep(lines, held, kMaxLines) && all_kept;
      pending.clear();
    }
    if (line.empty()) continue;
    if (!line.starts_with("//")) leading = false;
    const bool go_build = !in_comment && begins_with_word(line, "//go:build");
    if (go_build) all_kept = keep(lines, line, kMaxLines) && all_kept;
    if (leading && is_plus_build(line)) all_kept = keep(pending, line, kMaxLines) && all_kept;
    if (!after_comments(line, in_comment).empty()) break;
  }
  return all_kept;
}

// False where there are too many to keep.
bool scan_experiments(std::string_view source, std::vector<std::string>& experiments) {
  constexpr std::string_view kName = "GOEXPERIMENT";
  bool all_kept = true;
  while (!source.empty()) {
    std::string_view line = trimmed(take_line(source));
    if (line.empty()) continue;
    if (!line.starts_with("//")) break;
    line = trimmed(line.substr(2));
    if (!line.starts_with(kName)) continue;
    line = trimmed(line.substr(kName.size()));
    if (!line.starts_with('=')) continue;
    line = trimmed(line.substr(1));
    if (!line.empty()) all_kept = keep(experiments, line, kMaxLines) && all_kept;
  }
  return all_kept;
}

// "Test", "TestX", "Test_x", but not "Testimony": what follows the prefix is no lower-case letter.
bool is_named_after(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  if (name.size() == prefix.size()) return true;
  return name[prefix.size()] < 'a' || name[prefix.size()] > 'z';
}

// A function's parameters, as many tokens as a test's can have; longer lists are only counted.
struct Parameters {
  std::array<GoToken, 6> tokens;
  std::size_t count = 0;

  void add(const GoToken& token) {
    if (count < tokens.size()) tokens[count] = token;
    ++count;
  }

  // One parameter, named or not, of type *T, *F or *M, perhaps of a package, perhaps with a comma.
  bool are_of_a_test() const {
    std::size_t end = count;
    if (end > tokens.size()) return false;
    if (end > 0 && tokens[end - 1].is(",")) --end;
    std::size_t at = 0;
    if (at < end && tokens[at].kind == GoToken::Kind::kWord) ++at;
    if (at >= end || !tokens[at].is("*")) return false;
    ++at;
    const std::size_t left = end - at;
    if (left == 3 && tokens[at].kind == GoToken::Kind::kWord && tokens[at + 1].is(".")) at += 2;
    const GoToken& type = tokens[at];
    return end - at == 1 && (type.is("T") || type.is("F") || type.is("M"));
  }
};

class Scanner {
 public:
  Scanner(std::string_view source, GoFileHead& head) : head_(head), lexer_(source) {}

  void run() {
    advance();
    if (token_.is("package")) take_package();
    while (token_.kind != GoToken::Kind::kEnd) {
      if (depth_ == 0 && token_.is("import")) {
        take_import();
      } else if (depth_ == 0 && token_.is("func")) {
        take_function();
      } else {
        advance();
      }
    }
    head_.has_embed = lexer_.directives().embed;
    head_.has_linkname = lexer_.directives().linkname;
    head_.has_go_debug = lexer_.directives().debug;
    head_.well_formed =
        lexer_.clean() && balanced_ && depth_ == 0 && imports_clean_ && !head_.package.empty();
  }

 private:
  // The next token; depth_ then counts the brackets opened up to and with it.
  void advance() {
    token_ = lexer_.next();
    if (token_.kind != GoToken::Kind::kPunctuation) return;
    const char mark = token_.text.front();
    if (mark == '(' || mark == '[' || mark == '{') ++depth_;
    if (mark != ')' && mark != ']' && mark != '}') return;
    if (depth_ == 0) balanced_ = false;
    if (depth_ > 0) --depth_;
  }

  void take_package() {
    advance();
    if (token_.kind != GoToken::Kind::kWord) return;
    head_.package = token_.text;
    advance();
  }

  void take_import() {
    advance();
    if (!token_.is("(")) {
      take_import_spec();
      return;
    }
    advance();
    while (depth_ > 0 && token_.kind != GoToken::Kind::kEnd) {
      if (token_.is(";")) {
        advance();
      } else if (!take_import_spec()) {
        return;
      }
    }
    if (token_.is(")")) advance();
  }

  // [name | . | _] "path", where the path may be spelled with escapes ("\x43" is cgo's "C"); false,
  // with the offending token left, where it is not one.
  bool take_import_spec() {
    if (token_.kind == GoToken::Kind::kWord || token_.is(".")) advance();
    const auto path = token_.kind == GoToken::Kind::kString ? unquote_go(token_.text)
                                                            : std::optional<std::string>();
    if (!path) {
      imports_clean_ = false;
      return false;
    }
    head_.uses_cgo = head_.uses_cgo || *path == "C";
    imports_clean_ = keep(head_.imports, *path, kMaxImports) && imports_clean_;
    advance();
    return true;
  }

  // func NAME(parameters) results { ... }. Methods and literals are passed by.
  void take_function() {
    advance();
    if (token_.kind != GoToken::Kind::kWord) return;
    const std::string_view name = token_.text;
    advance();
    if (token_.is("[")) pass_type_parameters();
    if (!token_.is("(")) return;
    Parameters parameters;
    for (advance(); depth_ > 0 && token_.kind != GoToken::Kind::kEnd; advance()) {
      parameters.add(token_);
    }
    if (!token_.is(")")) return;
    if (name == "main") head_.has_main_func = true;
    advance();
    const bool has_body = token_.is("{") && !token_.begins_line;
    const bool no_results = has_body || token_.begins_line || token_.is(";") || has_empty_results();
    if (!no_results) return;
    const bool test_name = is_named_after(name, "Test") || is_named_after(name, "Fuzz");
    if (test_name && parameters.are_of_a_test()) head_.has_tests = true;
    const bool example = is_named_after(name, "Example") && parameters.count == 0;
    if (example && token_.is("{")) head_.has_examples = true;
  }

  void pass_type_parameters() {
    while (depth_ > 0 && token_.kind != GoToken::Kind::kEnd) advance();
    if (token_.is("]")) advance();
  }

  // Steps over a "()" where the results would stand.
  bool has_empty_results() {
    if (!token_.is("(")) return token_.kind == GoToken::Kind::kEnd;
    advance();
    if (!token_.is(")")) return false;
    advance();
    return true;
  }

  GoFileHead& head_;
  GoLexer lexer_;
  GoToken token_;
  std::size_t depth_ = 0;
  bool balanced_ = true;
  bool imports_clean_ = true;
};

}  // namespace

GoFileHead scan_go_file(std::string_view source) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (source.starts_with(kByteOrderMark)) source.remove_prefix(kByteOrderMark.size());
  GoFileHead head;
  const bool experiments_kept = scan_experiments(source, head.experiments);
  const bool build_lines_kept = scan_build_lines(source, head.build_lines);
  Scanner(source, head).run();
  head.well_formed = head.well_formed && experiments_kept && build_lines_kept;
  return head;
}

}  // namespace gobox::runner
