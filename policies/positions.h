// SPDX-License-Identifier: Apache-2.0

#pragma once

// PositionIndex: where in a JSON text each value stands, so that a complaint about a policy can
// name the line and column. Boost.JSON's parsed values do not remember that.
//
// scan() also refuses what the parsed form would hide or cannot hold: syntax errors, keys given
// twice in one object, nesting deeper than 16. Values are named by JSON pointers (RFC 6901). Lines
// and columns count from 1; columns count bytes. The index owns its data and is immutable, so it
// may be read from many threads.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gobox::policies {

struct Position {
  std::size_t line = 1;
  std::size_t column = 1;

  // "NAME:LINE:COLUMN", as compilers print it.
  std::string in(std::string_view name) const;
};

class PositionIndex {
 public:
  // `name` is the file as messages shall call it.
  static Result<PositionIndex> scan(std::string_view name, std::string_view text);

  // Where the value starts. A pointer that names nothing answers 1:1.
  Position value(std::string_view pointer) const;
  // Where the key of an object's member starts; for other values, the value itself.
  Position key(std::string_view pointer) const;

 private:
  friend class PositionRecorder;

  std::map<std::string, Position, std::less<>> values_;
  std::map<std::string, Position, std::less<>> keys_;
};

// "~" and "/" written as RFC 6901 wants them inside a pointer.
std::string pointer_token(std::string_view key);

}  // namespace gobox::policies
