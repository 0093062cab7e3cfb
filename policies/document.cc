// SPDX-License-Identifier: Apache-2.0

#include "policies/document.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <utility>

namespace gobox::policies {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxTextBytes = 4096;

std::string_view kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "true or false";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "a list";
    case json::kind::object:
      return "an object";
  }
  return "something else";
}

std::string wanted(std::string_view what, const json::value& value) {
  return "must be " + std::string(what) + ", not " + std::string(kind_of(value));
}

std::string listed(std::initializer_list<std::string_view> words) {
  std::string result;
  for (std::string_view word : words) {
    if (!result.empty()) result += ", ";
    result += word;
  }
  return result;
}

bool contains(std::initializer_list<std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string_view view(json::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

// "limits.memory", "seccomp.rules[3].calls[0]": what a reader of the file would call the place.
std::string Node::path() const {
  std::string result;
  std::string_view rest = pointer_;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view token = rest.substr(0, rest.find('/'));
    rest.remove_prefix(token.size());
    const bool index =
        !token.empty() && std::ranges::all_of(token, [](char c) { return c >= '0' && c <= '9'; });
    if (index) {
      result += "[" + std::string(token) + "]";
    } else {
      if (!result.empty()) result += ".";
      result += token;
    }
  }
  return result;
}

Error Node::wrong_at(Position position, const std::string& what) const {
  const std::string place = path();
  return Error::caller(position.in(document_->name_) + ": " +
                       (place.empty() ? what : place + ": " + what));
}

Error Node::wrong(const std::string& what) const {
  return wrong_at(document_->positions_.value(pointer_), what);
}

Error Node::wrong_key(const std::string& what) const {
  return wrong_at(document_->positions_.key(pointer_), what);
}

Error Node::placed(const Error& error) const {
  return Error::caller(document_->positions_.value(pointer_).in(document_->name_) + ": " +
                       error.message);
}

Result<void> Node::expect_keys(std::initializer_list<std::string_view> known,
                               std::initializer_list<std::string_view> required) const {
  if (!value_->is_object()) return wrong(wanted("an object", *value_));
  for (const json::key_value_pair& member : value_->get_object()) {
    const std::string_view key = view(member.key());
    if (!contains(known, key)) {
      return at(key).wrong_key("unknown key; known here: " + listed(known));
    }
  }
  for (std::string_view key : required) {
    if (!find(key)) return wrong("the key \"" + std::string(key) + "\" is missing");
  }
  return {};
}

bool Node::is_object() const {
  return value_->is_object();
}

std::optional<Node> Node::find(std::string_view key) const {
  if (!value_->is_object()) return std::nullopt;
  const json::value* member = value_->get_object().if_contains({key.data(), key.size()});
  if (member == nullptr) return std::nullopt;
  return Node(*document_, *member, pointer_ + "/" + pointer_token(key));
}

Node Node::at(std::string_view key) const {
  return find(key).value();
}

Result<std::vector<Node>> Node::elements() const {
  if (!value_->is_array()) return wrong(wanted("a list", *value_));
  std::vector<Node> result;
  for (const json::value& element : value_->get_array()) {
    result.push_back(Node(*document_, element, pointer_ + "/" + std::to_string(result.size())));
  }
  return result;
}

Result<std::string> Node::text() const {
  if (!value_->is_string()) return wrong(wanted("a string", *value_));
  const std::string_view text = view(value_->get_string());
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return wrong("is empty");
  if (text.size() > kMaxTextBytes) return wrong("is longer than 4096 bytes");
  // A NUL would silently end the text where it becomes a path.
  if (text.find('\0') != std::string_view::npos) return wrong("contains a NUL character");
  return std::string(text);
}

Result<bool> Node::boolean() const {
  if (!value_->is_bool()) return wrong(wanted("true or false", *value_));
  return value_->get_bool();
}

Result<std::string> Node::quantity_text(std::string_view what) const {
  if (value_->is_double()) return wrong("must be " + std::string(what) + ", not a fraction");
  if (value_->is_number()) return json::serialize(*value_);
  if (!value_->is_string()) return wrong(wanted(what, *value_));
  const json::string& text = value_->get_string();
  return std::string(text.data(), text.size());
}

Result<std::uint64_t> Node::bits() const {
  constexpr int kHexadecimal = 16;
  if (value_->is_string()) {
    const std::string_view text = view(value_->get_string());
    std::uint64_t bits = 0;
    if (text.starts_with("0x")) {
      const char* end = text.data() + text.size();
      const auto parsed = std::from_chars(text.data() + 2, end, bits, kHexadecimal);
      if (parsed.ec == std::errc{} && parsed.ptr == end) return bits;
    }
    return wrong("must be a number of 64 bits, or a string like \"0x7E020000\"");
  }
  if (value_->is_uint64()) return value_->get_uint64();
  if (value_->is_int64() && value_->get_int64() >= 0) {
    return static_cast<std::uint64_t>(value_->get_int64());
  }
  return wrong("must be a whole number of 64 bits, not negative, or a string like \"0x7E020000\"");
}

Result<std::uint64_t> Node::size() const {
  const std::string text = TRY(quantity_text("a size like \"64M\""));
  Result<std::uint64_t> size = parse_size(path(), text);
  if (!size) return placed(size.error());
  return size;
}

Result<Nanoseconds> Node::duration() const {
  const std::string text = TRY(quantity_text("a duration like \"8s\""));
  Result<Nanoseconds> duration = parse_duration(path(), text);
  if (!duration) return placed(duration.error());
  return duration;
}

Result<Nanoseconds> Node::grace() const {
  const std::string text = TRY(quantity_text("a duration like \"250ms\""));
  Result<Nanoseconds> duration = parse_grace(path(), text);
  if (!duration) return placed(duration.error());
  return duration;
}

Result<double> Node::cpus() const {
  // Not through quantity_text: JSON writes 0.5 as 5E-1, which is no text a user would write.
  if (value_->is_double()) {
    std::string text(512, '\0');
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(),
                                            value_->get_double(), std::chars_format::fixed);
    text.resize(static_cast<std::size_t>(end - text.data()));
    Result<double> cpus = parse_cpus(path(), error == std::errc{} ? text : "inf");
    if (!cpus) return placed(cpus.error());
    return cpus;
  }
  const std::string text = TRY(quantity_text("a number of CPUs like 1.5"));
  Result<double> cpus = parse_cpus(path(), text);
  if (!cpus) return placed(cpus.error());
  return cpus;
}

Result<std::uint64_t> Node::count(std::uint64_t least, std::uint64_t most) const {
  const std::string text = TRY(quantity_text("a whole number"));
  Result<std::uint64_t> count = parse_count(path(), text, least, most);
  if (!count) return placed(count.error());
  return count;
}

Document::Document(std::string name, PositionIndex positions,
                   std::unique_ptr<boost::json::value> value)
    : name_(std::move(name)), positions_(std::move(positions)), value_(std::move(value)) {}

Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view name, std::string_view text) {
  PositionIndex positions = TRY(PositionIndex::scan(name, text));
  json::error_code error;
  auto value = std::make_unique<json::value>(json::parse({text.data(), text.size()}, error));
  if (error) return Error::caller(std::string(name) + ": " + error.message());
  return Document(std::string(name), std::move(positions), std::move(value));
}

Node Document::root() const {
  return Node(*this, *value_, "");
}

}  // namespace gobox::policies
