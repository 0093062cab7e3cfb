// SPDX-License-Identifier: Apache-2.0

#include "api/playground/go_json.h"

#include "runner/result/result_json.h"

namespace gobox::api {

void GoJson::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

void GoJson::open(char bracket) {
  separate();
  text_ += bracket;
  first_ = true;
}

void GoJson::close(char bracket) {
  text_ += bracket;
  first_ = false;
}

void GoJson::key(std::string_view name) {
  separate();
  quote(name);
  text_ += ':';
  first_ = true;
}

void GoJson::value(std::string_view text) {
  separate();
  quote(text);
}

void GoJson::value(std::int64_t number) {
  separate();
  text_ += std::to_string(number);
}

void GoJson::value(bool truth) {
  separate();
  text_ += truth ? "true" : "false";
}

void GoJson::null() {
  separate();
  text_ += "null";
}

void GoJson::raw(std::string_view json) {
  separate();
  text_ += json;
}

void GoJson::quote(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const std::string text = runner::to_utf8(bytes);
  text_ += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // Line separators end a line in JavaScript's strings.
    const bool separator = text.compare(i, 2, "\xe2\x80") == 0 && i + 2 < text.size() &&
                           (text[i + 2] == '\xa8' || text[i + 2] == '\xa9');
    if (separator) {
      text_ += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (c == '\r') {
      text_ += "\\r";
    } else if (c == '\t') {
      text_ += "\\t";
    } else if (c == '<' || c == '>' || c == '&' || static_cast<unsigned char>(c) < 0x20) {
      text_ += "\\u00";
      text_ += kDigits[static_cast<unsigned char>(c) >> 4];
      text_ += kDigits[c & 15];
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

}  // namespace gobox::api
