// SPDX-License-Identifier: Apache-2.0

#include "api/runs/json_document.h"

#include <boost/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "base/utf8.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

struct Shape {
  std::size_t nesting = 0;
  std::size_t values = 1;
  std::size_t members = 0;
};

// Looks only at brackets, commas and colons outside strings; exact for JSON, harmless otherwise.
Shape measure(std::string_view text) {
  Shape shape;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') shape.nesting = std::max(shape.nesting, ++depth);
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == ',') ++shape.values;
    if (c == ':') ++shape.members;
  }
  shape.values += shape.members;
  return shape;
}

std::size_t count_members(const json::value& value) {
  std::size_t count = 0;
  if (const json::object* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += count_members(member.value());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& each : *array) count += count_members(each);
  }
  return count;
}

// Walks text that has parsed, and so is JSON, for the first key given twice.
class RepeatedKey {
 public:
  explicit RepeatedKey(std::string_view text) : text_(text) {}

  std::optional<std::string> find() {
    walk("");
    return found_;
  }

 private:
  char next() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  std::string take_key() {
    const std::size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2U : 1U;
    ++at_;
    json::error_code ignored;
    const json::value key = json::parse(text_.substr(start, at_ - start), ignored);
    return key.is_string() ? std::string(key.get_string()) : std::string();
  }

  void walk(const std::string& pointer) {
    const char first = next();
    if (first == '{') return walk_object(pointer);
    if (first == '[') return walk_array(pointer);
    if (first == '"') {
      take_key();
    } else {
      at_ = std::min(text_.find_first_of(",]}", at_), text_.size());
    }
  }

  void walk_object(const std::string& pointer) {
    std::set<std::string> keys;
    ++at_;
    while (!found_ && next() == '"') {
      const std::string key = take_key();
      const std::string member = pointer + "/" + pointer_token(key);
      if (!keys.insert(key).second) found_ = member;
      next();
      ++at_;  // the colon
      walk(member);
      if (next() == ',') ++at_;
    }
    ++at_;
  }

  void walk_array(const std::string& pointer) {
    ++at_;
    for (std::size_t index = 0; !found_ && at_ < text_.size() && next() != ']'; ++index) {
      walk(pointer + "/" + std::to_string(index));
      if (next() == ',') ++at_;
    }
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<std::string> found_;
};

struct Level {
  bool is_object = false;
  bool in_value = false;  // of an object: behind the colon
  std::string key;
  std::size_t index = 0;
};

// Where in the document the end of `text` stands, text being what a parser took before it gave up.
std::string pointer_at_end(std::string_view text) {
  std::vector<Level> levels;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      const std::size_t start = i++;
      while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2U : 1U;
      if (i >= text.size()) break;
      json::error_code ignored;
      const json::value key = json::parse(text.substr(start, i + 1 - start), ignored);
      const bool names = !levels.empty() && levels.back().is_object && !levels.back().in_value;
      if (names && key.is_string()) levels.back().key = std::string(key.get_string());
    } else if (c == '{' || c == '[') {
      levels.push_back({c == '{', false, {}, 0});
    } else if (levels.empty()) {
      continue;
    } else if (c == '}' || c == ']') {
      levels.pop_back();
    } else if (c == ':') {
      levels.back().in_value = true;
    } else if (c == ',') {
      levels.back().in_value = false;
      ++levels.back().index;
    }
  }
  std::string pointer;
  for (const Level& level : levels) {
    if (level.is_object && !level.in_value) break;
    pointer += "/" + (level.is_object ? pointer_token(level.key) : std::to_string(level.index));
  }
  return pointer;
}

Error refuse(Problem& problem, int status, const std::string& detail,
             const std::string& pointer = "") {
  problem.status = status;
  problem.detail = detail;
  problem.pointer = pointer;
  return Error::caller(detail);
}

// NaN and its like are no JSON either; whoever sent one wants to know in which field.
Error refuse_syntax(Problem& problem, std::string_view text, const json::error_code& failure) {
  json::parse_options options;
  options.max_depth = kMaxNesting;
  json::parser parser({}, options);
  json::error_code again;
  const std::size_t at = std::min(parser.write_some(text.data(), text.size(), again), text.size());
  return refuse(problem, 400,
                "the body is not JSON: " + failure.message() + " at byte " + std::to_string(at),
                pointer_at_end(text.substr(0, at)));
}

}  // namespace

std::string pointer_token(std::string_view key) {
  std::string token;
  for (const char c : cut_utf8(key, 100)) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

Result<json::value> parse_document(std::string_view text, Problem& problem) {
  const Shape shape = measure(text);
  if (shape.nesting > kMaxNesting) {
    return refuse(problem, 422,
                  "the body is nested " + std::to_string(shape.nesting) + " deep; at most " +
                      std::to_string(kMaxNesting));
  }
  if (shape.values > kMaxValues) {
    return refuse(problem, 422,
                  "the body holds more than " + std::to_string(kMaxValues) + " values");
  }
  json::parse_options options;
  options.max_depth = kMaxNesting;
  json::error_code failure;
  json::value value = json::parse(text, failure, {}, options);
  if (failure) return refuse_syntax(problem, text, failure);
  if (count_members(value) != shape.members) {
    const auto pointer = RepeatedKey(text).find();
    return refuse(problem, 422, "a key is given twice", pointer.value_or(""));
  }
  return value;
}

}  // namespace gobox::api
