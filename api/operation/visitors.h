// SPDX-License-Identifier: Apache-2.0

#pragma once

// Visitors: callers without a token, where the operator lets them in (--anonymous). They take turns
// by their address, and share its bounds. The address is the connection's, or, where that is a
// proxy the operator trusts (--trusted-proxy), the last one of X-Forwarded-For that no trusted
// proxy has. Of IPv6 the first 64 bits count: one household has the rest to itself.
//
// Immutable: thread-safe.

#include <optional>
#include <set>
#include <string>

#include "api/operation/tokens.h"

namespace gobox::api {

class Visitors {
 public:
  // Nobody.
  Visitors() = default;

  // `anonymous`: settings as in a line of the tokens file, "concurrency=2 policies=default";
  // nullopt: nobody is let in. `proxies`: addresses, separated by commas.
  static Result<Visitors> parse(const std::optional<std::string>& anonymous,
                                const std::string& proxies);

  // Their bounds; its name is all visitors' common beginning.
  const std::optional<Caller>& caller() const { return caller_; }

  // The name under which they take turns; nullopt: not let in.
  std::optional<std::string> name_of(const std::string& remote,
                                     const std::string& forwarded_for) const;

  static bool is_visitor(const std::string& caller);

 private:
  std::optional<Caller> caller_;
  std::set<std::string> proxies_;
};

}  // namespace gobox::api
