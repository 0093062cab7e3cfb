#pragma once

// Reads one job policy: the total time and, per stage, the name of a stage policy or one written in
// place. Pure; thread-safe.

#include <functional>
#include <string>

#include "base/error.h"
#include "policies/document.h"
#include "policies/policy.h"

namespace gobox::policies {

// Finds the stage policy that `where`, a string in some policy file, names; or says, there, why
// not.
using FindStage = std::function<Result<StagePolicy>(const Node& where)>;

// A stage policy with what it extends, if anything.
Result<StagePolicy> read_extended_stage(const Node& node, std::string name, const FindStage& find);

Result<JobPolicy> read_job(const Node& node, std::string name, const FindStage& find);

}  // namespace gobox::policies
