// SPDX-License-Identifier: Apache-2.0

#pragma once

// Trial: one program of tests/kernel/programs run in a sandbox of its own, and what came of it. The
// ring has one Launcher, started before the first test (the process still has one thread then).

#include <memory>
#include <string>
#include <vector>

#include "policies/policy.h"
#include "sandbox/launcher.h"
#include "sandbox/sandbox.h"

namespace gobox::tests {

sandbox::Launcher& launcher();

// As shipped, by name; the ring's tests change single limits of it.
policies::StagePolicy stage_policy(const std::string& name = "run");

// Takes `calls` out of every rule and allows them: to see what stands behind the filter.
void allow_calls(policies::StagePolicy& policy, const std::vector<std::string>& calls);

// `source` of the host's shown at `target`.
policies::Bind shown(const std::string& source, const std::string& target);

struct Trial {
  policies::StagePolicy policy = stage_policy();
  std::vector<policies::Bind> more_binds;
  std::vector<std::string> environment;
  std::string input;             // standard input
  sandbox::Execution execution;  // programs, limits and standard input are filled in

  Trial() = default;

  explicit Trial(policies::StagePolicy its_policy) : policy(std::move(its_policy)) {}
};

// The program's executable, as a descriptor.
UniqueFd open_program(const std::string& name);

Result<std::unique_ptr<sandbox::Sandbox>> prepare(const Trial& trial);

// `words`[0] names one of our programs, or, with a slash, a file inside the sandbox.
Result<sandbox::Ending> try_run(const std::vector<std::string>& words, Trial trial = {});

// The same where only the program's ending is of interest: our own failure fails the test.
sandbox::Ending run(const std::vector<std::string>& words, Trial trial = {});

// stdout of a run that must exit 0.
std::string output_of(const std::vector<std::string>& words, Trial trial = {});

// How much longer things may take here than on an idle machine.
int slowness();

}  // namespace gobox::tests
