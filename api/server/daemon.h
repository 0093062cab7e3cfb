// SPDX-License-Identifier: Apache-2.0

#pragma once

// Daemon: the server process from start to exit. Owns everything in the order it is made: signals
// first, then the launcher (before any thread), then what the services need, then the listening
// socket. run() returns the exit status after a signal has drained it.

#include <memory>

#include "api/operation/options.h"
#include "base/error.h"

namespace gobox::api {

class Daemon {
 public:
  static Result<std::unique_ptr<Daemon>> start(const Options& options);

  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  int run();

 private:
  struct Parts;

  explicit Daemon(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace gobox::api
