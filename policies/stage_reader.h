// SPDX-License-Identifier: Apache-2.0

#pragma once

// Reads one stage policy and lays it over the one it extends.
//
// Limits and the network override key by key; binds are added, unless "inherit_binds" is false;
// seccomp rules follow policies/seccomp_reader.h; what may be asked for beyond the limits ("most")
// is not inherited, so that a stricter policy cannot grant more by silence. Refused at their own
// line: unknown keys, wrong types, missing comments, zero or absurd limits, bind targets that would
// cover what the sandbox itself makes. Host paths are not looked at: what is missing on a host
// shows when a stage starts. Pure; thread-safe.

#include <string>

#include "base/error.h"
#include "policies/document.h"
#include "policies/policy.h"

namespace gobox::policies {

// `node` is the policy's object; its "kind" and "extends" are the loader's to follow.
Result<StagePolicy> read_stage(const Node& node, std::string name, const StagePolicy& inherited);

}  // namespace gobox::policies
