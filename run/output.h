// SPDX-License-Identifier: Apache-2.0

#pragma once

// Where the forms of sandbox-run write: the streams of the caller, and the files of --out.

#include <string>
#include <string_view>

#include "base/error.h"

namespace gobox::run {

// To a standard stream. A reader of ours that is gone shows as SIGPIPE, which ends the run
// (run/session.cc), so a failure is not reported.
void emit(int fd, std::string_view bytes);

// A file of --out, replaced if it is there; a refusal names it as the caller's.
Result<void> write_output(const std::string& path, const std::string& text);

}  // namespace gobox::run
