// SPDX-License-Identifier: Apache-2.0

#pragma once

// Relay: the one thing a fetch stage can reach. It listens inside the sandbox's own network
// namespace, on a socket that was made there and is held here, and answers the module proxy
// protocol's questions, and nothing else, from what is kept and from the configured proxies.
//
// One per fetch stage. Whoever speaks to it is a stranger: requests are bounded in size, number at
// a time and total bytes; answers never say more than the protocol does. Threads of its own, one
// per connection; the destructor ends them at once. What happened is told by report().

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "runner/modules/downloads.h"
#include "runner/modules/module_store.h"

namespace gobox::runner {

struct ModuleRules {
  std::vector<std::string> allow;  // empty: all
  std::vector<std::string> deny;

  bool permits(const std::string& module_path) const;
};

// What the relay has seen, for the verdict.
struct RelayReport {
  std::optional<std::string> denied;  // each: the first sentence of its kind
  std::optional<std::string> unreachable;
  std::optional<std::string> refused;
  std::optional<std::string> failed;  // our own disk
  bool sum_database_missing = false;  // no proxy offers it
  // What was handed out, from wherever.
  std::set<ModuleVersion> mods;
  std::set<ModuleVersion> zips;
  // Those of it that the store does not have, by their path below a proxy.
  std::map<std::string, std::pair<ProxyRequest, Downloads::Answer>> files;
};

class Relay {
 public:
  struct Sources {
    Downloads& downloads;
    ModuleStore& store;
    const ModuleRules& rules;
  };

  // `listener`: non-blocking or not, listening.
  Relay(UniqueFd listener, Sources sources);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  // Ends it; then what it saw.
  RelayReport finish();

 private:
  struct Reply {
    int status = 200;
    std::string text;  // where there is no file
    int file = -1;     // borrowed from `held` or `owned`
    std::uint64_t bytes = 0;
    Downloads::Answer held{};
    UniqueFd owned{};
  };

  void stop();
  void accept_all();
  void serve(int socket);
  Reply reply_to(std::string_view target);
  Reply from_proxies(const ProxyRequest& request);
  std::optional<Reply> from_store(const ProxyRequest& request);
  void remember(const ProxyRequest& request);
  bool send(int socket, const Reply& reply);

  UniqueFd listener_;
  UniqueFd wake_;  // eventfd: stop accepting
  const Sources sources_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> sent_{0};
  std::mutex mutex_;
  RelayReport report_;
  std::list<UniqueFd> sockets_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace gobox::runner
