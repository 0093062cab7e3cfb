// SPDX-License-Identifier: Apache-2.0

#include "base/json_fields.h"

#include <boost/json/value.hpp>

namespace gobox {

double number_at(const boost::json::object& object, std::string_view key) {
  const boost::json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

std::uint64_t count_at(const boost::json::object& object, std::string_view key) {
  const boost::json::value* const value = object.if_contains(key);
  if (value == nullptr) return 0;
  if (value->is_uint64()) return value->get_uint64();
  if (value->is_int64()) {
    return value->get_int64() > 0 ? static_cast<std::uint64_t>(value->get_int64()) : 0;
  }
  constexpr double kMost = 9007199254740992;  // 2^53: beyond it a double counts nothing
  const double number = value->is_double() ? value->get_double() : 0;
  return number > 0 && number <= kMost ? static_cast<std::uint64_t>(number) : 0;
}

std::string text_at(const boost::json::object& object, std::string_view key) {
  const boost::json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace gobox
