// SPDX-License-Identifier: Apache-2.0

#pragma once

// The sandbox-run command as the tests call it, and its result read back. The binary is the one of
// this build; TMPDIR is a directory of the test's own, so that a temporary file left behind shows.

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/command.h"

namespace gobox::tests {

using Words = std::vector<std::string>;

// `words`: everything behind the command's name. The files it may name are below the source tree.
CommandResult sandbox_run(const Words& words, const CommandOptions& options = {});
ChildProcess start_sandbox_run(const Words& words, const CommandOptions& options = {});

// With --json; stdout must be one JSON object and nothing else, stderr empty but for progress.
boost::json::object sandbox_run_json(const Words& words, const CommandOptions& options = {});

// The same command with flags added where they belong: behind "exec" or "test".
Words with_flags(const Words& words, const Words& flags);

// The outcome in the summary on stderr: "--- oom: ...".
std::string outcome_in_summary(const CommandResult& result);

std::string text_of(const boost::json::object& object, const char* key);
const boost::json::object& stage_of(const boost::json::object& result, const std::string& name);

// A file of the source tree.
std::string source_path(const std::string& relative);

// The suites marked "slow" run in full with GOBOX_TEST_SOAK=1.
bool soaking();

}  // namespace gobox::tests
