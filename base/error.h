// SPDX-License-Identifier: Apache-2.0

#pragma once

// Error and Result: how a failure travels.
//
// An Error is either the caller's fault (a bad flag, an unusable request) or the host's (a system
// call failed, a right is missing). How the program inside the sandbox ended is never an Error:
// that is an Ending (sandbox/ending.h) or an Outcome (runner/outcome/outcome.h).
//
// An Error owns its text. Callers add context outward: "start sandbox: mount /proc: Operation not
// permitted". Result<T> is shaped like std::expected, which C++20 lacks.

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <variant>

namespace gobox {

struct [[nodiscard]] Error {
  enum class Kind { kCaller, kHost };

  Kind kind = Kind::kHost;
  int errno_value = 0;  // 0 where no system call was involved
  std::string message;

  static Error caller(std::string message) { return {Kind::kCaller, 0, std::move(message)}; }

  static Error host(std::string message) { return {Kind::kHost, 0, std::move(message)}; }

  // "step: text of errno_value". Pass errno explicitly where other calls may have come between.
  static Error system(const std::string& step, int errno_value = errno) {
    return {Kind::kHost, errno_value, step + ": " + std::strerror(errno_value)};
  }

  Error within(const std::string& context) && {
    return {kind, errno_value, context + ": " + message};
  }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }

  explicit operator bool() const { return has_value(); }

  T& value() & { return std::get<0>(state_); }

  const T& value() const& { return std::get<0>(state_); }

  T&& value() && { return std::get<0>(std::move(state_)); }

  T& operator*() & { return value(); }

  const T& operator*() const& { return value(); }

  T&& operator*() && { return std::move(*this).value(); }

  T* operator->() { return &value(); }

  const T* operator->() const { return &value(); }

  const Error& error() const& { return std::get<1>(state_); }

  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;

  Result(Error error) : failed_(true), error_(std::move(error)) {}

  bool has_value() const { return !failed_; }

  explicit operator bool() const { return has_value(); }

  void value() const {}

  const Error& error() const& { return error_; }

  Error&& error() && { return std::move(error_); }

 private:
  bool failed_ = false;
  Error error_;
};

}  // namespace gobox

// TRY(expr): the value of a Result, or return its Error from this function. One per statement.
#define TRY(expression)                                                  \
  (__extension__({                                                       \
    auto try_result_ = (expression);                                     \
    if (!try_result_.has_value()) return std::move(try_result_).error(); \
    std::move(try_result_).value();                                      \
  }))
