// SPDX-License-Identifier: Apache-2.0

#pragma once

// application/x-www-form-urlencoded, as the URL standard has it. Ours because the HTTP library
// refuses such bodies over 8 KiB. Pure functions.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/exchange.h"

namespace gobox::api {

// nullopt where a percent sign is not followed by two hexadecimal digits. The first of equal names
// counts.
std::optional<std::map<std::string, std::string>> parse_form(std::string_view text);

// The fields of a request, from the query, a form body or a multipart body; the body's win.
// nullopt: malformed. A body of another type is no form and gives no field.
std::optional<std::map<std::string, std::string>> form_of(const Request& request);

}  // namespace gobox::api
