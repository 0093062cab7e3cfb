// SPDX-License-Identifier: Apache-2.0

#pragma once

// LineCursor: walks a text line by line without copying. Lines come without their '\n'; a last line
// without one comes too. A view: the text must outlive it.

#include <cstddef>
#include <string_view>

namespace gobox::runner {

class LineCursor {
 public:
  explicit LineCursor(std::string_view text) : text_(text) {}

  // False at the end of the text.
  bool next(std::string_view& line) {
    if (position_ >= text_.size()) return false;
    begin_ = position_;
    const std::size_t newline = text_.find('\n', position_);
    complete_ = newline != std::string_view::npos;
    const std::size_t end = complete_ ? newline : text_.size();
    line = text_.substr(begin_, end - begin_);
    position_ = complete_ ? end + 1 : end;
    return true;
  }

  std::size_t begin() const { return begin_; }  // where the line last given starts

  std::size_t end() const { return position_; }  // where the following one starts

  bool complete() const { return complete_; }  // the line last given had its '\n'

 private:
  std::string_view text_;
  std::size_t begin_ = 0;
  std::size_t position_ = 0;
  bool complete_ = false;
};

}  // namespace gobox::runner
