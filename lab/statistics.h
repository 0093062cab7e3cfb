// SPDX-License-Identifier: Apache-2.0

#pragma once

// Statistics for few, noisy measurements: order statistics and rank tests, because the mean of
// timings on a shared machine says little and their distribution is not known. Pure functions of
// plain vectors; an empty sample gives zeros. Randomised ones take a seed and repeat exactly.
// Thread-safe.
//
// Facts: H. B. Mann and D. R. Whitney, 1947 (the test); B. Efron, 1979 (the bootstrap); S. Holm,
// 1979 (several tests at once); C. Clopper and E. Pearson, 1934 (the bound of a proportion).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace gobox::lab {

using Sample = std::vector<double>;

// `share` from 0 to 1, interpolated between neighbours.
double quantile(Sample values, double share);
double median(const Sample& values);

struct Summary {
  std::size_t count = 0;
  double median = 0;
  double low = 0;   // a quarter lies below
  double high = 0;  // a quarter lies above
  double least = 0;
  double most = 0;

  // Half of the interquartile range.
  double spread() const { return (high - low) / 2; }
};

Summary summarize(const Sample& values);

struct RankTest {
  double u = 0;       // of the first sample
  double p = 1;       // two-sided: how often chance alone gives ranks as uneven as these
  bool exact = true;  // every split counted; otherwise the normal approximation, ties corrected
};

// Whether values of one sample tend to be larger than those of the other (Mann-Whitney U).
RankTest mann_whitney(const Sample& first, const Sample& second);

// The smallest p the test can give with samples of these sizes: below three each it proves nothing.
double least_p(std::size_t first, std::size_t second);

struct Interval {
  double low = 0;
  double high = 0;
};

// Of median(second) - median(first): percentile bootstrap. `level`: 0.95.
Interval bootstrap_difference(const Sample& first, const Sample& second, double level,
                              std::uint64_t seed, std::size_t resamples = 4000);

// p values of tests made together, each raised so that the chance of one false alarm among all of
// them stays what it is for one.
std::vector<double> holm(const std::vector<double>& p);

struct Line {
  double intercept = 0;
  double slope = 0;
  double r_squared = 0;  // 1: all points on it
};

// Least squares; nothing for fewer than two different x.
std::optional<Line> fit_line(const std::vector<std::pair<double, double>>& points);

// The knee of a cost over settings in order: the first whose cost is within `tolerance` (0.10) of
// the least cost of all. Nothing for an empty list.
std::optional<std::size_t> knee(const Sample& costs, double tolerance);

// The true share of successes is at least this, with the given confidence (one-sided
// Clopper-Pearson). All of n: (1 - confidence)^(1/n).
double success_bound(std::size_t successes, std::size_t trials, double confidence);

}  // namespace gobox::lab
