// SPDX-License-Identifier: Apache-2.0

#pragma once

// ?omit=stdout,stderr: a result without the output that its reader has had already, piece by piece,
// as events. What is left out is null, and gone from the result's list of events. Pure functions.

#include <string>

#include "api/http/exchange.h"
#include "base/error.h"

namespace gobox::api {

struct Omitted {
  bool out = false;  // stdout
  bool err = false;  // stderr
};

Result<Omitted> read_omitted(const Request& request);

// `result` is a result as JSON text.
std::string without(std::string result, Omitted omitted);

}  // namespace gobox::api
