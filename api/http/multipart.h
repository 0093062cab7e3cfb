// SPDX-License-Identifier: Apache-2.0

#pragma once

// multipart/form-data (RFC 7578), in one pass over the body: what the library's own parser does
// with regular expressions costs seconds for a header of some kilobytes. Pure functions.

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gobox::api {

// Whether a Content-Type says so.
bool is_multipart(std::string_view content_type);

struct FormPart {
  std::string type;        // Content-Type, as it stands there; "" where there is none
  std::string_view bytes;  // within the body
};

// The parts by name, the last of equal ones. nullopt: no boundary, malformed, or too many of them.
std::optional<std::map<std::string, FormPart>> split_multipart(std::string_view content_type,
                                                               std::string_view body);

// The same, copied.
std::optional<std::map<std::string, std::string>> parse_multipart(std::string_view content_type,
                                                                  std::string_view body);

}  // namespace gobox::api
