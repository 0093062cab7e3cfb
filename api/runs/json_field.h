// SPDX-License-Identifier: Apache-2.0

#pragma once

// JsonField: one value of a request body, read with typed questions whose refusals name it by its
// JSON pointer. A view; must not outlive the document. Include from .cc files only. Not
// thread-safe: all fields of a document share one Problem.

#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http/problem.h"
#include "base/error.h"

namespace gobox::api {

class JsonField {
 public:
  // `problem` is filled by the first refusal.
  JsonField(const boost::json::value& value, std::string pointer, Problem& problem)
      : value_(&value), pointer_(std::move(pointer)), problem_(&problem) {}

  const std::string& pointer() const { return pointer_; }

  // 422 for this field; `what` follows its name in the sentence.
  Error wrong(const std::string& what) const;

  // An object whose keys are all `known`.
  Result<void> expect_keys(std::initializer_list<std::string_view> known) const;
  // The member; absent where it is missing or null.
  std::optional<JsonField> find(std::string_view key) const;

  Result<std::string> text() const;
  Result<bool> boolean() const;
  Result<std::uint64_t> count(std::uint64_t least, std::uint64_t most) const;
  Result<double> number(double least, double most) const;
  Result<std::vector<std::string>> texts(std::size_t most) const;
  // Members of an object whose values are all strings.
  Result<std::vector<std::pair<std::string, std::string>>> text_members(std::size_t most) const;

  // Members of an object, whatever they are.
  Result<std::vector<std::pair<std::string, JsonField>>> members(std::size_t most) const;

  bool is_object() const { return value_->is_object(); }

  bool is_text() const { return value_->is_string(); }

  bool is_number() const { return value_->is_number(); }

 private:
  const boost::json::value* value_;
  std::string pointer_;
  Problem* problem_;
};

}  // namespace gobox::api
