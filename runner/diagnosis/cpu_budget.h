// SPDX-License-Identifier: Apache-2.0

#pragma once

// CpuBudget: how much processor time work after a run may take. What a program prints and the
// sources it brings decide how much there is to read, so whoever reads asks now and then and stops
// where it is spent; what is missing then is said. Counts the calling thread's time; belongs to it.

#include <time.h>

#include "base/quantity.h"

namespace gobox::runner {

class CpuBudget {
 public:
  explicit CpuBudget(Nanoseconds most) : end_(now() + most) {}

  bool is_spent() const {
    spent_ = spent_ || now() >= end_;
    return spent_;
  }

  // Whether somebody was told that it is spent.
  bool was_spent() const { return spent_; }

 private:
  static Nanoseconds now() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
  }

  Nanoseconds end_;
  mutable bool spent_ = false;
};

}  // namespace gobox::runner
