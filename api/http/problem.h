// SPDX-License-Identifier: Apache-2.0

#pragma once

// Problem: a refusal as the caller sees it, RFC 9457 application/problem+json with one more member,
// `pointer` (RFC 6901), that names the offending field of the request body. It is always there; ""
// is the request as a whole. Plain data.

#include <optional>
#include <string>

#include "api/http/exchange.h"

namespace gobox::api {

struct Problem {
  int status = 500;
  std::string detail;  // one sentence
  std::optional<std::string> pointer;
  std::optional<unsigned> retry_after_s;
};

Response render(const Problem& problem);

// "Unprocessable Content" for 422, and so on for the statuses this server uses.
const char* title_of(int status);

}  // namespace gobox::api
