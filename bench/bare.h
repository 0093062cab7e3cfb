// SPDX-License-Identifier: Apache-2.0

#pragma once

// Bare: a process that runs a program in sandboxes of the least kind (programs/bare.c), one at a
// time: what any sandbox with the same namespaces and a root of its own must cost on this host.
//
// Owns the process and ends with it. One thread.

#include <sys/types.h>

#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox::bench {

class Bare {
 public:
  static Result<Bare> start(const std::string& program);

  Bare(Bare&&) = default;
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;
  Bare& operator=(Bare&&) = delete;
  ~Bare();

  // One sandbox from beginning to end.
  Result<void> run();

 private:
  Bare(pid_t pid, UniqueFd orders, UniqueFd answers)
      : pid_(pid), orders_(std::move(orders)), answers_(std::move(answers)) {}

  pid_t pid_;
  UniqueFd orders_;  // invalid once moved from
  UniqueFd answers_;
};

}  // namespace gobox::bench
