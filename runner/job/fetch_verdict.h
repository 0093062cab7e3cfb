// SPDX-License-Identifier: Apache-2.0

#pragma once

// FetchVerdict: what a failed fetch stage comes to, from what the relay saw and what the go command
// said: which module, why, and whether trying again may help. Pure.

#include <string>

#include "runner/modules/module_service.h"
#include "runner/result/result.h"

namespace gobox::runner {

// Sets outcome, message and retryable of a stage whose go command failed. False: it is not about
// fetching, and the compiler is to say what is wrong.
bool judge_fetch(const RelayReport& report, StageResult& stage);

// The go command's own words, the relay's address in them replaced by the proxy's.
void name_proxy(const ModuleSettings& settings, StageResult& stage);

// What the go command prints on the way ("go: downloading ...") is nothing to read about.
bool is_progress(std::string_view line);

}  // namespace gobox::runner
