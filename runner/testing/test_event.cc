// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/test_event.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace gobox::runner {
namespace {

// As encoding/json writes a string: what is special to HTML is escaped too, and bytes that are no
// UTF-8 become U+FFFD.
class GoString {
 public:
  explicit GoString(std::string& out) : out_(out) {}

  void add(std::string_view text) {
    out_ += '"';
    while (!text.empty()) text.remove_prefix(add_one(text));
    out_ += '"';
  }

 private:
  std::size_t add_one(std::string_view text) {
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte < 0x80) {
      add_ascii(text.front());
      return 1;
    }
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out_ += "\\ufffd";
      return 1;
    }
    const std::string_view sequence = text.substr(0, length);
    if (sequence == "\xe2\x80\xa8") {
      out_ += "\\u2028";
    } else if (sequence == "\xe2\x80\xa9") {
      out_ += "\\u2029";
    } else {
      out_ += sequence;
    }
    return length;
  }

  void add_ascii(char character) {
    switch (character) {
      case '"':
      case '\\':
        out_ += '\\';
        out_ += character;
        return;
      case '\n':
        out_ += "\\n";
        return;
      case '\r':
        out_ += "\\r";
        return;
      case '\t':
        out_ += "\\t";
        return;
      case '\b':
        out_ += "\\b";
        return;
      case '\f':
        out_ += "\\f";
        return;
      default:
        break;
    }
    const auto byte = static_cast<unsigned char>(character);
    const bool plain = byte >= 0x20 && character != '<' && character != '>' && character != '&';
    if (plain) {
      out_ += character;
      return;
    }
    std::array<char, 8> escape{};
    std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
    out_ += escape.data();
  }

  // RFC 3629; 0 where the bytes are none.
  static std::size_t sequence_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = at(0);
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
      if ((at(i) & 0xc0) != 0x80) return 0;
    }
    const unsigned char second = at(1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
    return overlong || outside ? 0 : length;
  }

  std::string& out_;
};

// RFC 3339 with the fraction's zeros at its end cut off, as time.Time marshals itself.
std::string go_time(std::chrono::system_clock::time_point time) {
  using std::chrono::nanoseconds;
  const auto since = std::chrono::duration_cast<nanoseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = since / 1'000'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 48> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%09ld",
                static_cast<long>(since % 1'000'000'000));
  std::string tail = fraction.data();
  tail.erase(tail.find_last_not_of('0') + 1);
  if (tail == ".") tail.clear();
  return std::string(text.data()) + tail + "Z";
}

// The shortest decimal of a figure in milliseconds: 0.003, 1.5, 0.
std::string go_seconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", seconds);
  std::string figure = text.data();
  figure.erase(figure.find_last_not_of('0') + 1);
  if (figure.ends_with('.')) figure.pop_back();
  return figure;
}

class Fields {
 public:
  void text(std::string_view name, std::string_view value) {
    begin(name);
    GoString(line_).add(value);
  }

  void text_if_any(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }

  void number(std::string_view name, const std::string& value) {
    begin(name);
    line_ += value;
  }

  std::string finish() && { return std::move(line_) + "}"; }

 private:
  void begin(std::string_view name) {
    line_ += line_.empty() ? "{" : ",";
    line_ += '"';
    line_ += name;
    line_ += "\":";
  }

  std::string line_;
};

}  // namespace

std::string to_json_line(const TestEvent& event) {
  Fields fields;
  fields.text_if_any("ImportPath", event.import_path);
  if (event.time) fields.text("Time", go_time(*event.time));
  fields.text("Action", event.action);
  fields.text_if_any("Package", event.package);
  fields.text_if_any("Test", event.test);
  if (event.elapsed) fields.number("Elapsed", go_seconds(*event.elapsed));
  if (event.output) fields.text("Output", *event.output);
  fields.text_if_any("FailedBuild", event.failed_build);
  fields.text_if_any("Key", event.key);
  fields.text_if_any("Value", event.value);
  fields.text_if_any("Path", event.path);
  return std::move(fields).finish();
}

}  // namespace gobox::runner
