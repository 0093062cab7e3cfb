#pragma once

// Renders a JobResult as the contract's JSON object: every field present, null where it does not
// apply, bytes exact (base64 where they are not UTF-8). Pure; thread-safe.

#include <string>
#include <string_view>

#include "base/utf8.h"
#include "runner/result/result.h"

namespace gobox::runner {

// One line, without a newline at its end.
std::string to_json(const JobResult& result);

using gobox::is_utf8;
using gobox::to_utf8;

std::string to_base64(std::string_view bytes);
// nullopt where it is no base64 (RFC 4648 with padding).
std::optional<std::string> from_base64(std::string_view text);

}  // namespace gobox::runner
