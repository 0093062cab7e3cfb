// SPDX-License-Identifier: Apache-2.0

#pragma once

// Parses a request body as JSON within bounds that hold before anything is built from it: nesting
// and the number of values are counted first. Keys given twice in one object are refused, which the
// parsed form would hide.
//
// A refusal fills a Problem (400 where it is not JSON, 422 otherwise) and returns a caller's Error.
// Include from .cc files only. Thread-safe; no state.

#include <boost/json/value.hpp>
#include <string_view>

#include "api/http/problem.h"
#include "base/error.h"

namespace gobox::api {

inline constexpr std::size_t kMaxNesting = 32;
inline constexpr std::size_t kMaxValues = 50'000;

Result<boost::json::value> parse_document(std::string_view text, Problem& problem);

// "~" and "/" written as RFC 6901 wants them inside a pointer.
std::string pointer_token(std::string_view key);

}  // namespace gobox::api
