// SPDX-License-Identifier: Apache-2.0

#pragma once

// Hints name settings as the command line spells them; a caller over HTTP has fields instead.
// Rewrites every hint of a result, sentences and objects alike. Pure.

#include <string>

#include "runner/result/result.h"

namespace gobox::api {

// "raise --memory" becomes "raise limits.run.memory_bytes".
std::string in_field_words(std::string text);

void speak_in_fields(runner::JobResult& result);

}  // namespace gobox::api
