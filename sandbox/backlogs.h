// SPDX-License-Identifier: Apache-2.0

#pragma once

// Backlogs: how many TCP connections may wait to be accepted in one sandbox, shared out among its
// listening sockets. Until it is accepted a connection has no owner: neither it nor what came in on
// it is charged to any control group (mem_cgroup_sk_alloc is called by accept), so their number in
// sum is what bounds them. The first sockets get what they ask for; the more there are, the less is
// left for one more.
//
// Not thread-safe. Whoever closes a socket tells nobody: which ones still listen is asked, by
// `listening`, when what is left does not go round.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace gobox::sandbox {

class Backlogs {
 public:
  // The inodes of the sockets that listen now. nullopt: it cannot be told.
  using Listening = std::function<std::optional<std::set<ino_t>>()>;

  // For a sandbox of that memory limit: what waits holds a tenth of it at the most, and in none
  // more than two thousand connections wait.
  Backlogs(std::uint64_t memory_bytes, Listening listening);

  // The number to listen with, for a socket that asks for `wanted`; a negative one asks for the
  // most, as for the kernel. nullopt: nothing is left.
  std::optional<int> grant(ino_t socket, int wanted);

  void forget(ino_t socket);

 private:
  int fitting(int wanted) const;
  void ask_who_listens();

  Listening listening_;
  int all_;
  int left_;
  std::map<ino_t, int> granted_;
};

}  // namespace gobox::sandbox
