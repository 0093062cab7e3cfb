// SPDX-License-Identifier: Apache-2.0

#pragma once

// WorkerDaemon: sandbox-worker from start to exit: a Host, a Worker of the queue, and a small
// server for health and metrics. run() returns the exit status after a signal has drained it.

#include <memory>

#include "api/operation/options.h"
#include "base/error.h"

namespace gobox::api {

class WorkerDaemon {
 public:
  // `version`: announced to front ends.
  static Result<std::unique_ptr<WorkerDaemon>> start(const Options& options, const char* version);

  WorkerDaemon(const WorkerDaemon&) = delete;
  WorkerDaemon& operator=(const WorkerDaemon&) = delete;
  ~WorkerDaemon();

  int run();

 private:
  struct Parts;

  explicit WorkerDaemon(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace gobox::api
