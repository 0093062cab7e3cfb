// SPDX-License-Identifier: Apache-2.0

#include "base/json_text.h"

#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace gobox::runner {
namespace {

namespace json = boost::json;

void write_double(double number, std::string& out) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  // Plain digits where they are few; parsers, too, tire of hundreds of them.
  const double size = std::abs(number);
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e15);
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, number,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  out.append(text, end.ptr);
}

// JSON is UTF-8 (RFC 8259 section 8.1), and not all that a program is called is.
void write_string(std::string_view text, std::string& out) {
  out += json::serialize(is_utf8(text) ? json::string(text) : json::string(to_utf8(text)));
}

void write(const json::value& value, std::string& out);

void write_array(const json::array& array, std::string& out) {
  out += '[';
  const char* separator = "";
  for (const json::value& element : array) {
    out += separator;
    separator = ",";
    write(element, out);
  }
  out += ']';
}

void write_object(const json::object& object, std::string& out) {
  out += '{';
  const char* separator = "";
  for (const json::key_value_pair& member : object) {
    out += separator;
    separator = ",";
    write_string(member.key(), out);
    out += ':';
    write(member.value(), out);
  }
  out += '}';
}

// Recursion is as deep as our own results are: a handful.
void write(const json::value& value, std::string& out) {
  if (value.is_double()) {
    write_double(value.get_double(), out);
  } else if (value.is_array()) {
    write_array(value.get_array(), out);
  } else if (value.is_object()) {
    write_object(value.get_object(), out);
  } else if (value.is_string()) {
    write_string(value.get_string(), out);
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string json_text(const json::value& value) {
  std::string out;
  write(value, out);
  return out;
}

}  // namespace gobox::runner
