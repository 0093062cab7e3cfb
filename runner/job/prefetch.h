// SPDX-License-Identifier: Apache-2.0

#pragma once

// Prefetch: a sandbox ordered from the pool for a stage that is likely to come, made while another
// stage works. Given back when it was not needed after all: the compiler said no, or a step of ours
// failed. Belongs to one job's thread.

#include <optional>

#include "sandbox/pool.h"

namespace gobox::runner {

class Prefetch {
 public:
  explicit Prefetch(sandbox::SandboxPool& pool) : pool_(pool) {}

  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  ~Prefetch() {
    if (spec_) pool_.release(*spec_);
  }

  // Once.
  void order(sandbox::PoolSpec spec) {
    spec_ = std::move(spec);
    pool_.prefetch(*spec_);
  }

  // The stage takes it now.
  void taken() { spec_.reset(); }

 private:
  sandbox::SandboxPool& pool_;
  std::optional<sandbox::PoolSpec> spec_;
};

}  // namespace gobox::runner
