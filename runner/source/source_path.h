// SPDX-License-Identifier: Apache-2.0

#pragma once

// The one rule for the names of source files, and how a name is shown in a message. A name that
// passes cannot leave the directory it is written under, nor disturb a terminal or a log. Sizes are
// bytes. Thread-safe; no state.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "policies/policy.h"

namespace gobox::runner {

struct InputLimits {
  std::size_t max_files = 1000;
  std::size_t max_bytes = std::size_t{16} << 20;  // of all files together
  std::size_t max_path = 200;                     // bytes
  std::size_t max_depth = 10;                     // parts of a path, the file's name included
};

InputLimits input_limits(const policies::InputSizes& sizes);

// Accepts relative paths of non-empty parts without "." or "..", backslash, NUL, control characters
// (C0, DEL, C1) or malformed UTF-8, within the limits. A refusal is a caller's Error of one
// sentence that begins with the public Go Playground's words ("invalid file name", "file name too
// long", ...).
Result<void> check_path(std::string_view path, const InputLimits& limits = {});

// "name", with bytes that are not printable written as \xNN and anything past 200 bytes cut.
std::string quote_path(std::string_view path);

}  // namespace gobox::runner
