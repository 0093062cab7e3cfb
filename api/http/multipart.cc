// SPDX-License-Identifier: Apache-2.0

#include "api/http/multipart.h"

#include <strings.h>

#include <algorithm>

#include "api/http/field_name.h"
#include "api/http/request_head.h"

namespace gobox::api {
namespace {

constexpr std::string_view kType = "multipart/form-data";
constexpr std::size_t kMaxParts = 16;
constexpr std::size_t kMaxPartHead = 4096;
constexpr std::size_t kMaxBoundary = 70;  // RFC 2046 section 5.1.1

std::string_view skip_space(std::string_view text) {
  const std::size_t at = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(at);
}

// A token, or a quoted string in which a backslash makes the next character an ordinary one. Taken
// off the front of `text`.
std::optional<std::string> take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    const std::size_t end = std::min(text.find_first_of("; \t"), text.size());
    value = text.substr(0, end);
    text.remove_prefix(end);
    return value.empty() ? std::nullopt : std::optional(value);
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    // Browsers escape the quote alone; a backslash before anything else is itself.
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value += text[i];
  }
  return std::nullopt;
}

// The parameter `name` of "TYPE; A=B; C=\"D\"". nullopt: absent, twice, or malformed.
std::optional<std::string> parameter_of(std::string_view text, std::string_view name) {
  std::optional<std::string> found;
  text.remove_prefix(std::min(text.find(';'), text.size()));
  while (!text.empty()) {
    if (text.front() != ';') return std::nullopt;
    text = skip_space(text.substr(1));
    if (text.empty()) break;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !is_token(text.substr(0, equals))) return std::nullopt;
    const std::string_view key = text.substr(0, equals);
    text.remove_prefix(equals + 1);
    auto value = take_value(text);
    if (!value || (found && equal(key, name))) return std::nullopt;
    if (equal(key, name)) found = std::move(value);
    text = skip_space(text);
  }
  return found;
}

// The name of the part whose header fields these are, and its type.
std::optional<std::string> name_of_part(std::string_view fields, std::string& type) {
  std::optional<std::string> name;
  while (!fields.empty()) {
    const std::size_t end = std::min(fields.find("\r\n"), fields.size());
    const std::string_view line = fields.substr(0, end);
    fields.remove_prefix(std::min(end + 2, fields.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
    if (equal(line.substr(0, colon), "Content-Type")) type = skip_space(line.substr(colon + 1));
    if (!equal(line.substr(0, colon), "Content-Disposition")) continue;
    const std::string_view value = skip_space(line.substr(colon + 1));
    if (name || !equal(value.substr(0, value.find(';')), "form-data")) return std::nullopt;
    name = parameter_of(value, "name");
    if (!name) return std::nullopt;
  }
  return name;
}

// What follows a boundary: kEnd behind the last one.
enum class After { kPart, kEnd, kBad };

After take_boundary_end(std::string_view& rest) {
  if (rest.starts_with("--")) return After::kEnd;
  rest = skip_space(rest);  // transport padding
  if (!rest.starts_with("\r\n")) return After::kBad;
  rest.remove_prefix(2);
  return After::kPart;
}

}  // namespace

bool is_multipart(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find_first_of("; \t"));
  return equal(type, kType);
}

std::optional<std::map<std::string, std::string>> parse_multipart(std::string_view content_type,
                                                                  std::string_view body) {
  const auto split = split_multipart(content_type, body);
  if (!split) return std::nullopt;
  std::map<std::string, std::string> parts;
  for (const auto& [name, part] : *split) parts.emplace(name, part.bytes);
  return parts;
}

std::optional<std::map<std::string, FormPart>> split_multipart(std::string_view content_type,
                                                               std::string_view body) {
  const auto boundary = parameter_of(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary) return std::nullopt;
  const std::string delimiter = "\r\n--" + *boundary;
  // The first one may stand at the very beginning, without a line end before it.
  const std::string_view first = std::string_view(delimiter).substr(2);
  std::size_t at = body.starts_with(first) ? first.size() : body.find(delimiter);
  if (at == std::string_view::npos) return std::nullopt;
  if (!body.starts_with(first)) at += delimiter.size();
  std::string_view rest = body.substr(at);
  std::map<std::string, FormPart> parts;
  for (std::size_t count = 0;; ++count) {
    const After after = take_boundary_end(rest);
    if (after == After::kEnd) return parts;
    if (after == After::kBad || count == kMaxParts) return std::nullopt;
    const std::size_t head = rest.substr(0, kMaxPartHead).find("\r\n\r\n");
    if (head == std::string_view::npos) return std::nullopt;
    std::string type;
    auto name = name_of_part(rest.substr(0, head), type);
    rest.remove_prefix(head + 4);
    // A part without a byte: its end is the line end of its head.
    const std::size_t end = rest.starts_with(first) ? 0 : rest.find(delimiter);
    if (!name || end == std::string_view::npos) return std::nullopt;
    const bool empty = rest.starts_with(first);
    parts[std::move(*name)] = {std::move(type), rest.substr(0, end)};
    rest.remove_prefix(empty ? first.size() : end + delimiter.size());
  }
}

}  // namespace gobox::api
