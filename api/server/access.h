// SPDX-License-Identifier: Apache-2.0

#pragma once

// Who may call a server and under which policies, as its options say: loaded and checked against
// each other at start. No state.

#include <string>
#include <vector>

#include "api/operation/options.h"
#include "api/operation/tokens.h"
#include "base/error.h"
#include "policies/loader.h"

namespace gobox::api {

Result<policies::PolicySet> load_policies(const Options& options);

// Strangers on the network are never let in without a token.
Result<Tokens> load_tokens(const Options& options);

// A misspelt policy would be a right that nobody has, or worse, one thought to be taken away.
Result<void> check_granted_policies(const Tokens& tokens, const policies::PolicySet& policies,
                                    const std::string& file);

std::vector<std::string> names_of(const Tokens& tokens);

}  // namespace gobox::api
