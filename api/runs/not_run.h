// SPDX-License-Identifier: Apache-2.0

#pragma once

// The result of a run that no sandbox has seen: canceled in the queue, given up, lost. Pure
// function.

#include <string>

#include "runner/result/result.h"

namespace gobox::api {

runner::JobResult not_run(const std::string& id, const std::string& policy, runner::Outcome outcome,
                          const std::string& message);

inline constexpr const char* kCanceledInQueue = "was canceled while it waited in the queue";

}  // namespace gobox::api
