// SPDX-License-Identifier: Apache-2.0

#include "api/server/access.h"

#include "api/http/http_server.h"

namespace gobox::api {

Result<policies::PolicySet> load_policies(const Options& options) {
  if (!options.policy_dir.empty()) return policies::PolicySet::load(options.policy_dir);
  return policies::PolicySet::load_shipped();
}

Result<Tokens> load_tokens(const Options& options) {
  if (!options.tokens_file.empty()) return Tokens::load(options.tokens_file);
  if (!TRY(is_loopback(options.address))) {
    return Error::caller("--address: " + options.address +
                         " is not a loopback address; to listen on it, give --tokens-file");
  }
  return Tokens();
}

Result<void> check_granted_policies(const Tokens& tokens, const policies::PolicySet& policies,
                                    const std::string& file) {
  for (const Caller& caller : tokens.callers()) {
    for (const std::string& name : caller.policies) {
      if (policies.job(name)) continue;
      return Error::caller("--tokens-file " + file + ": " + caller.name +
                           " is granted the policy \"" + name + "\", which does not exist");
    }
  }
  return {};
}

std::vector<std::string> names_of(const Tokens& tokens) {
  std::vector<std::string> names;
  for (const Caller& caller : tokens.callers()) names.push_back(caller.name);
  return names;
}

}  // namespace gobox::api
