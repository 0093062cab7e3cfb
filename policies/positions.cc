// SPDX-License-Identifier: Apache-2.0

#include "policies/positions.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace gobox::policies {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 16;

bool separates_tokens(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':';
}

}  // namespace

// The handler of Boost.JSON's SAX parser. The parser does not tell offsets, so scan() feeds it in
// pieces that hold at most one token's end, and the recorder notes the first byte of each token
// before the parser sees it.
class PositionRecorder {
 public:
  // NOLINTBEGIN(readability-identifier-naming): Boost.JSON looks for these names.
  static constexpr std::size_t max_object_size = 4096;
  static constexpr std::size_t max_array_size = 4096;
  static constexpr std::size_t max_key_size = 4096;
  static constexpr std::size_t max_string_size = 65536;

  // NOLINTEND(readability-identifier-naming)

  void before_byte(char c, Position position) {
    if (!between_tokens_ || separates_tokens(c)) return;
    token_ = position;
    in_string_ = c == '"';
    // A closing bracket is a token of its own, and the next token may follow it directly.
    between_tokens_ = c == ']' || c == '}';
  }

  // How many bytes may be fed at once without an event whose place would be missed.
  std::size_t safe_length(std::string_view rest) const {
    constexpr std::size_t kOne = 1;
    if (!between_tokens_ && in_string_)
      return std::max(kOne, std::min(rest.find('"'), rest.size()));
    return std::max(kOne, std::min(rest.find_first_not_of(' '), rest.size()));
  }

  const std::optional<std::pair<Position, std::string>>& duplicate() const { return duplicate_; }

  PositionIndex take() && { return std::move(index_); }

  bool on_document_begin(json::error_code&) { return true; }

  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) { return open(Scope::kObject); }

  bool on_object_end(std::size_t, json::error_code&) { return close(); }

  bool on_array_begin(json::error_code&) { return open(Scope::kArray); }

  bool on_array_end(std::size_t, json::error_code&) { return close(); }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }

  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    scopes_.back().member = pointer_token(key_);
    if (!index_.keys_.emplace(pointer(), token_).second && !duplicate_) {
      duplicate_ = {token_, key_};
    }
    key_.clear();
    between_tokens_ = true;
    return true;
  }

  bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }

  bool on_string(json::string_view, std::size_t, json::error_code&) { return scalar(); }

  bool on_number_part(json::string_view, json::error_code&) { return true; }

  bool on_int64(std::int64_t, json::string_view, json::error_code&) { return scalar(); }

  bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return scalar(); }

  bool on_double(double, json::string_view, json::error_code&) { return scalar(); }

  bool on_bool(bool, json::error_code&) { return scalar(); }

  bool on_null(json::error_code&) { return scalar(); }

  bool on_comment_part(json::string_view, json::error_code&) { return true; }

  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  struct Scope {
    enum Kind { kObject, kArray } kind = kObject;

    std::size_t next_element = 0;
    std::string member;  // the current key or index
  };

  std::string pointer() const {
    std::string result;
    for (const Scope& scope : scopes_) result += "/" + scope.member;
    return result;
  }

  void record() {
    if (!scopes_.empty() && scopes_.back().kind == Scope::kArray) {
      scopes_.back().member = std::to_string(scopes_.back().next_element++);
    }
    index_.values_.emplace(pointer(), token_);
  }

  bool scalar() {
    record();
    between_tokens_ = true;
    return true;
  }

  bool open(Scope::Kind kind) {
    record();
    Scope scope;
    scope.kind = kind;
    scopes_.push_back(std::move(scope));
    between_tokens_ = true;
    return true;
  }

  bool close() {
    scopes_.pop_back();
    between_tokens_ = true;
    return true;
  }

  PositionIndex index_;
  std::vector<Scope> scopes_;
  std::string key_;
  Position token_;
  bool between_tokens_ = true;
  bool in_string_ = false;  // of the current token, while not between tokens
  std::optional<std::pair<Position, std::string>> duplicate_;
};

std::string Position::in(std::string_view name) const {
  return std::string(name) + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Result<PositionIndex> PositionIndex::scan(std::string_view name, std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::basic_parser<PositionRecorder> parser(options);
  PositionRecorder& recorder = parser.handler();
  Position position;
  json::error_code error;
  for (std::size_t offset = 0; offset < text.size();) {
    recorder.before_byte(text[offset], position);
    const std::size_t length = recorder.safe_length(text.substr(offset));
    const std::size_t taken = parser.write_some(true, &text[offset], length, error);
    if (!error && taken == 0) error = json::error::extra_data;
    // The parser says how much it liked; what follows is where the mistake is.
    position.column += taken;
    if (error) return Error::caller(position.in(name) + ": " + error.message());
    if (text[offset] == '\n') position = {position.line + 1, 1};
    offset += taken;
  }
  parser.write_some(false, "", 0, error);
  if (error) return Error::caller(position.in(name) + ": " + error.message());
  if (recorder.duplicate()) {
    const auto& [where, key] = *recorder.duplicate();
    return Error::caller(where.in(name) + ": the key \"" + key + "\" is given twice");
  }
  return std::move(recorder).take();
}

Position PositionIndex::value(std::string_view pointer) const {
  const auto found = values_.find(pointer);
  return found == values_.end() ? Position{} : found->second;
}

Position PositionIndex::key(std::string_view pointer) const {
  const auto found = keys_.find(pointer);
  return found == keys_.end() ? value(pointer) : found->second;
}

std::string pointer_token(std::string_view key) {
  std::string result;
  for (char c : key) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace gobox::policies
