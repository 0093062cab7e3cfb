// SPDX-License-Identifier: Apache-2.0

#pragma once

// Services: what the resources work with, made once by Daemon and shared by reference. Plain data;
// each part says itself how it may be used from many threads.

#include <functional>
#include <string>

#include "api/http/exchange.h"
#include "api/operation/log.h"
#include "api/operation/metrics.h"
#include "api/operation/options.h"
#include "api/operation/tokens.h"
#include "api/operation/visitors.h"
#include "api/runs/backend.h"
#include "policies/loader.h"

namespace gobox::api {

class Health;

struct Services {
  const Options& options;
  const Tokens& tokens;
  const Visitors& visitors;
  const policies::PolicySet& policies;
  Backend& runs;
  Metrics& metrics;
  Health& health;
  Log& log;
  const CallbackRules* callbacks = nullptr;  // null: results are not posted from here
};

// Whose compiles a caller's runs may share: their own, or everybody's where the server was told so.
inline std::string cache_scope_of(const Services& services, const std::string& caller) {
  return services.options.share_compiles ? "everyone" : "caller " + caller;
}

// Under which name a request without a token takes turns; nullopt: such callers are not let in.
inline std::optional<std::string> visitor_of(const Services& services, const Request& request) {
  std::string forwarded_for;  // a list, in one line or in several (RFC 9110, 5.3)
  const auto [first, last] = request.headers.equal_range("X-Forwarded-For");
  for (auto line = first; line != last; ++line) {
    forwarded_for += (forwarded_for.empty() ? "" : ",") + line->second;
  }
  return services.visitors.name_of(request.remote, forwarded_for);
}

}  // namespace gobox::api
