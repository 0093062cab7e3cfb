// SPDX-License-Identifier: Apache-2.0

#include "api/runs/json_field.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "api/runs/json_document.h"
#include "runner/source/source_path.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

const char* kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

std::string in_range(std::uint64_t least, std::uint64_t most) {
  return "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

std::string listed(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

// Without the exponent JSON's own writer gives every number.
std::string plain(double number) {
  std::array<char, 32> text{};
  const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() ? std::string(text.data(), end) : "its limit";
}

}  // namespace

Error JsonField::wrong(const std::string& what) const {
  problem_->status = 422;
  problem_->pointer = pointer_;
  problem_->detail = (pointer_.empty() ? "the body" : pointer_.substr(1)) + ": " + what;
  return Error::caller(problem_->detail);
}

Result<void> JsonField::expect_keys(std::initializer_list<std::string_view> known) const {
  const json::object* object = value_->if_object();
  if (object == nullptr) return wrong(std::string("must be an object, not ") + kind_of(*value_));
  for (const auto& member : *object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const JsonField field(member.value(), pointer_ + "/" + pointer_token(key), *problem_);
    return field.wrong("there is no such field; known are " + listed(known));
  }
  return {};
}

std::optional<JsonField> JsonField::find(std::string_view key) const {
  const json::value* member = value_->as_object().if_contains({key.data(), key.size()});
  if (member == nullptr || member->is_null()) return std::nullopt;
  return JsonField(*member, pointer_ + "/" + pointer_token(key), *problem_);
}

Result<std::string> JsonField::text() const {
  const json::string* string = value_->if_string();
  if (string == nullptr) return wrong(std::string("must be a string, not ") + kind_of(*value_));
  return std::string(*string);
}

Result<bool> JsonField::boolean() const {
  if (!value_->is_bool())
    return wrong(std::string("must be true or false, not ") + kind_of(*value_));
  return value_->get_bool();
}

Result<std::uint64_t> JsonField::count(std::uint64_t least, std::uint64_t most) const {
  if (!value_->is_number()) return wrong(std::string("must be a number, not ") + kind_of(*value_));
  json::error_code failure;
  // Whole numbers written as 1e3 or 1000.0 count; JSON knows one kind of number only.
  const auto number = value_->to_number<std::uint64_t>(failure);
  if (failure || number < least || number > most) return wrong(in_range(least, most));
  return number;
}

Result<double> JsonField::number(double least, double most) const {
  if (!value_->is_number()) return wrong(std::string("must be a number, not ") + kind_of(*value_));
  json::error_code failure;
  const auto number = value_->to_number<double>(failure);
  if (failure || !std::isfinite(number) || number < least || number > most) {
    return wrong("must be a number from " + plain(least) + " to " + plain(most));
  }
  return number;
}

Result<std::vector<std::string>> JsonField::texts(std::size_t most) const {
  const json::array* array = value_->if_array();
  if (array == nullptr) return wrong(std::string("must be an array, not ") + kind_of(*value_));
  if (array->size() > most) {
    return wrong("has " + std::to_string(array->size()) + " elements; at most " +
                 std::to_string(most));
  }
  std::vector<std::string> texts;
  for (const json::value& each : *array) {
    const JsonField element(each, pointer_ + "/" + std::to_string(texts.size()), *problem_);
    texts.push_back(TRY(element.text()));
  }
  return texts;
}

Result<std::vector<std::pair<std::string, JsonField>>> JsonField::members(std::size_t most) const {
  const json::object* object = value_->if_object();
  if (object == nullptr) return wrong(std::string("must be an object, not ") + kind_of(*value_));
  if (object->size() > most) {
    return wrong("has " + std::to_string(object->size()) + " members; at most " +
                 std::to_string(most));
  }
  std::vector<std::pair<std::string, JsonField>> members;
  for (const auto& member : *object) {
    std::string key(member.key());
    JsonField field(member.value(), pointer_ + "/" + pointer_token(key), *problem_);
    members.emplace_back(std::move(key), std::move(field));
  }
  return members;
}

Result<std::vector<std::pair<std::string, std::string>>> JsonField::text_members(
    std::size_t most) const {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [key, field] : TRY(members(most))) texts.emplace_back(key, TRY(field.text()));
  return texts;
}

}  // namespace gobox::api
