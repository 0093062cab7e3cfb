// SPDX-License-Identifier: Apache-2.0

#pragma once

// Reads one job policy: the total time and, per stage, the name of a stage policy or one written in
// place. Pure; thread-safe.

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "policies/document.h"
#include "policies/policy.h"

namespace gobox::policies {

using SharedStage = std::shared_ptr<const StagePolicy>;

// A job whose stages are shared with the set they come from: a stage has hundreds of rules.
struct JobPlan {
  std::string name;
  Nanoseconds total{};
  SharedStage fetch;
  Nanoseconds total_most{};
  SharedStage compile;
  SharedStage vet;
  SharedStage run;
  SharedStage test;
  InputSizes input;
  bool race = false;
  bool cgo = false;
  bool go_in_path = false;
  Scratch scratch = Scratch::kMemory;
};

// Finds the stage policy that `where`, a string in some policy file, names; or says, there, why
// not.
using FindStage = std::function<Result<SharedStage>(const Node& where)>;

// A stage policy with what it extends, if anything.
Result<SharedStage> read_extended_stage(const Node& node, std::string name, const FindStage& find);

Result<JobPlan> read_job(const Node& node, std::string name, const FindStage& find);

}  // namespace gobox::policies
