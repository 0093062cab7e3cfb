// SPDX-License-Identifier: Apache-2.0

#pragma once

// Renders a JobResult as the contract's JSON object: every field present, null where it does not
// apply, bytes exact (base64 where they are not UTF-8). Pure; thread-safe.

#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/utf8.h"
#include "runner/result/result.h"

namespace gobox::runner {

// One line, without a newline at its end.
std::string to_json(const JobResult& result);

using gobox::from_base64;
using gobox::is_utf8;
using gobox::to_base64;
using gobox::to_utf8;

}  // namespace gobox::runner
