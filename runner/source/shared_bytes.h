// SPDX-License-Identifier: Apache-2.0

#pragma once

// SharedBytes: the unchanging contents of a file, held once however many workspaces hold it. A copy
// costs a counter. Reads like a std::string_view; to change contents, make new ones. Thread-safe as
// a std::shared_ptr to constant data is.

#include <memory>
#include <string>
#include <string_view>

namespace gobox::runner {

class SharedBytes {
 public:
  SharedBytes() = default;

  // Implicit: a source file is written down as its text.
  SharedBytes(std::string text) {  // NOLINT(google-explicit-constructor)
    auto owner = std::make_shared<const std::string>(std::move(text));
    view_ = *owner;
    owner_ = std::move(owner);
  }

  SharedBytes(const char* text) : SharedBytes(std::string(text)) {}  // NOLINT

  // A part of what `owner` keeps alive.
  SharedBytes(std::shared_ptr<const void> owner, std::string_view view)
      : owner_(std::move(owner)), view_(view) {}

  operator std::string_view() const { return view_; }  // NOLINT(google-explicit-constructor)

  std::string_view view() const { return view_; }

  std::string text() const { return std::string(view_); }

  std::size_t size() const { return view_.size(); }

  bool empty() const { return view_.empty(); }

  // Not only equal: the same bytes in memory.
  bool is_same(const SharedBytes& other) const {
    return view_.data() == other.view_.data() && view_.size() == other.view_.size();
  }

  friend bool operator==(const SharedBytes& left, std::string_view right) {
    return left.view_ == right;
  }

  friend bool operator==(const SharedBytes& left, const SharedBytes& right) {
    return left.view_ == right.view_;
  }

  template <typename Stream>
  friend Stream& operator<<(Stream& stream, const SharedBytes& bytes) {
    return stream << bytes.view_;
  }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view view_;
};

}  // namespace gobox::runner
