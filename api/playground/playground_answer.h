// SPDX-License-Identifier: Apache-2.0

#pragma once

// A result in the playground's shape: Errors, Events, Status, IsTest, TestsFailed, VetErrors,
// VetOK, and one member more, Sandbox, that says what those cannot. Pure functions.

#include <string>

#include "runner/result/result.h"

namespace gobox::api {

enum class Clock { kReal, kFake };

// One line, as Go's encoder writes it.
std::string playground_answer(const runner::JobResult& result, Clock clock, bool vet_asked);

// The same shape with nothing but Errors.
std::string playground_errors(const std::string& errors);

// What the /vet call answers: the same shape with only vet's findings, or the compiler's, as
// Errors.
std::string playground_vet_answer(const runner::JobResult& result);

}  // namespace gobox::api
