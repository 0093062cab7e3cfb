// SPDX-License-Identifier: Apache-2.0

#pragma once

// GoJson: writes JSON byte for byte as Go's encoding/json does, which the public playground's
// clients may compare: members in the order given, "<", ">" and "&" escaped, invalid UTF-8 as
// U+FFFD. A small writer that trusts its caller to nest properly. Not thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

namespace gobox::api {

class GoJson {
 public:
  void begin_object() { open('{'); }

  void end_object() { close('}'); }

  void begin_array() { open('['); }

  void end_array() { close(']'); }

  void key(std::string_view name);
  void value(std::string_view text);
  void value(std::int64_t number);
  void value(bool truth);
  void null();

  template <typename T>
  void member(std::string_view name, const T& content) {
    key(name);
    value(content);
  }

  // Text that is JSON already.
  void raw(std::string_view json);

  const std::string& text() const { return text_; }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool first_ = true;  // nothing yet at this level
};

}  // namespace gobox::api
