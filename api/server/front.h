// SPDX-License-Identifier: Apache-2.0

#pragma once

// Front: a front end from start to exit: the server's calls over a FrontDesk. Makes no sandbox,
// needs no privileges, keeps nothing on disk. run() returns the exit status after a signal has
// drained it.

#include <memory>

#include "api/operation/options.h"
#include "base/error.h"

namespace gobox::api {

class Front {
 public:
  static Result<std::unique_ptr<Front>> start(const Options& options);

  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;
  ~Front();

  int run();

 private:
  struct Parts;

  explicit Front(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace gobox::api
