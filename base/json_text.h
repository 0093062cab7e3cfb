// SPDX-License-Identifier: Apache-2.0

#pragma once

// A Boost.JSON value as text that people can read too: 244.4 where json::serialize writes 2.444E2,
// and 8000 for a whole double. Not finite numbers, which JSON does not have, become null.
// Thread-safe.

#include <boost/json/value.hpp>
#include <string>

namespace gobox::runner {

std::string json_text(const boost::json::value& value);

}  // namespace gobox::runner
