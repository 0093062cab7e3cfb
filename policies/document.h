// SPDX-License-Identifier: Apache-2.0

#pragma once

// Document and Node: one policy file, read with typed questions whose refusals name the place:
// "policies/run.json:14:7: limits.memory: "0" is zero; a size must be at least 1 byte".
//
// A Document owns the parsed text and the positions in it; a Node is a view of one value and must
// not outlive its Document. Neither knows what a policy means (that is stage_reader.h and
// loader.h). Every Error is of kind caller. Immutable once parsed; reading is thread-safe.

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/quantity.h"
#include "policies/positions.h"

namespace gobox::policies {

class Document;

class Node {
 public:
  // An Error that starts with this value's position and dotted path.
  Error wrong(const std::string& what) const;
  // The same, pointing at the key where the value is an object's member.
  Error wrong_key(const std::string& what) const;

  // Refuses anything but an object with keys out of `known` and all of `required`.
  Result<void> expect_keys(std::initializer_list<std::string_view> known,
                           std::initializer_list<std::string_view> required) const;

  bool is_object() const;
  std::optional<Node> find(std::string_view key) const;
  // The member, which expect_keys has required.
  Node at(std::string_view key) const;

  Result<std::vector<Node>> elements() const;
  Result<std::string> text() const;  // never empty
  Result<bool> boolean() const;
  Result<std::uint64_t> bits() const;    // a number, or a string "0x..."
  Result<std::uint64_t> size() const;    // a number of bytes, or a string as parse_size takes
  Result<Nanoseconds> duration() const;  // a string as parse_duration takes
  Result<Nanoseconds> grace() const;     // the same, zero allowed
  Result<double> cpus() const;
  Result<std::uint64_t> count(std::uint64_t least, std::uint64_t most) const;

 private:
  friend class Document;

  Node(const Document& document, const boost::json::value& value, std::string pointer)
      : document_(&document), value_(&value), pointer_(std::move(pointer)) {}

  std::string path() const;
  Error wrong_at(Position position, const std::string& what) const;
  // A quantity as the text a user would write: strings as they are, numbers in decimal.
  Result<std::string> quantity_text(std::string_view what) const;
  // Turns an Error of base/quantity.h, which has been given path() as its name, into ours.
  Error placed(const Error& error) const;

  const Document* document_;
  const boost::json::value* value_;
  std::string pointer_;
};

class Document {
 public:
  // `name` is the file as messages shall call it.
  static Result<Document> parse(std::string_view name, std::string_view text);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document();

  Node root() const;

  const std::string& name() const { return name_; }

 private:
  friend class Node;

  Document(std::string name, PositionIndex positions, std::unique_ptr<boost::json::value> value);

  std::string name_;
  PositionIndex positions_;
  std::unique_ptr<boost::json::value> value_;
};

}  // namespace gobox::policies
