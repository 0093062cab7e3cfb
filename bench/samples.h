// SPDX-License-Identifier: Apache-2.0

#pragma once

// Samples: one quantity measured again and again, and what is said of it. Medians and quantiles,
// since means of timings on a shared machine say little.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

namespace gobox::bench {

class Samples {
 public:
  void add(double value) {
    values_.push_back(value);
    sorted_ = false;
  }

  void add(std::chrono::steady_clock::duration duration) {
    add(std::chrono::duration<double, std::micro>(duration).count());
  }

  // The value below which the share `q` of all lie; 0 without samples.
  double quantile(double q) {
    if (values_.empty()) return 0;
    if (!sorted_) std::sort(values_.begin(), values_.end());
    sorted_ = true;
    const auto index =
        static_cast<std::size_t>(std::lround(q * static_cast<double>(values_.size() - 1)));
    return values_[index];
  }

  double median() { return quantile(0.5); }

  std::size_t count() const { return values_.size(); }

 private:
  std::vector<double> values_;
  bool sorted_ = false;
};

}  // namespace gobox::bench
