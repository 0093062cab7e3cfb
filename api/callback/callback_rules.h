// SPDX-License-Identifier: Apache-2.0

#pragma once

// CallbackRules: where results may be posted to: the hosts an operator names, and the addresses
// that may stand behind them. A host is HOST (https at 443, http at 80) or HOST:PORT (either at
// that port); exactly that name, none below it.
//
// A name may lead into a private network (RFC 1918, fc00::/7): an operator's own receivers are
// there. It may not lead to this machine or its link (loopback, 169.254/16 where clouds keep their
// credentials, fe80::/10), nor to addresses that are no single host's; whoever means those names
// the address itself, or localhost. Addresses are judged when a connection is made, not before.
//
// Values; thread-safe.

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gobox::api {

// A URL that is allowed, taken apart.
struct CallbackTarget {
  std::string url;   // as it will be asked for
  std::string host;  // lower case, an IPv6 address without brackets
};

class CallbackRules {
 public:
  static constexpr std::size_t kMaxUrl = 2048;  // bytes

  // Nothing is allowed.
  CallbackRules() = default;

  // "ci.example.org,10.0.0.5:8443,[::1]:9000"
  static Result<CallbackRules> parse(std::string_view list);

  bool allow_any() const { return !hosts_.empty(); }

  // A caller's Error says why not.
  Result<CallbackTarget> check(const std::string& url) const;

 private:
  struct Host {
    std::string name;
    std::uint16_t port = 0;  // 0: the scheme's own
  };

  std::vector<Host> hosts_;
};

// Whether the host of a target that was allowed may be at `address`.
bool may_be_at(const std::string& host, const sockaddr& address);

}  // namespace gobox::api
