// SPDX-License-Identifier: Apache-2.0

#pragma once

// sandbox-api queue init|status: makes the streams of a queue, or shows how they are.

#include <string>
#include <vector>

#include "base/error.h"

namespace gobox::api {

// `words`: behind "queue". The exit status; prints to stdout.
Result<int> run_queue_command(std::vector<std::string> words);

}  // namespace gobox::api
