// SPDX-License-Identifier: Apache-2.0

#include "lab/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace gobox::lab {
namespace {

constexpr double kMaxSplits = 200'000;  // counted one by one: a few milliseconds

double binomial(std::size_t n, std::size_t k) {
  double result = 1;
  for (std::size_t i = 1; i <= k; ++i) {
    result *= static_cast<double>(n - k + i) / static_cast<double>(i);
  }
  return std::round(result);
}

// Ranks from 1, ties sharing the mean of theirs.
std::vector<double> ranks_of(const Sample& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i + 1;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    const double shared = static_cast<double>(i + 1 + end) / 2;
    for (; i < end; ++i) ranks[order[i]] = shared;
  }
  return ranks;
}

// Of all ways to pick `picked` of the ranks, the share whose sum is at least as far from the
// middle.
double exact_p(const std::vector<double>& ranks, std::size_t picked, double sum) {
  const std::size_t total = ranks.size();
  const double middle = static_cast<double>(picked * (total + 1)) / 2;
  const double distance = std::abs(sum - middle) - 1e-9;
  std::vector<std::size_t> choice(picked);
  std::iota(choice.begin(), choice.end(), std::size_t{0});
  double extreme = 0;
  double all = 0;
  for (;;) {
    double chosen = 0;
    for (const std::size_t each : choice) chosen += ranks[each];
    all += 1;
    if (std::abs(chosen - middle) >= distance) extreme += 1;
    std::size_t at = picked;
    while (at > 0 && choice[at - 1] == total - picked + at - 1) --at;
    if (at == 0) return extreme / all;
    ++choice[at - 1];
    for (std::size_t next = at; next < picked; ++next) choice[next] = choice[next - 1] + 1;
  }
}

double normal_p(Sample both, std::size_t first, std::size_t second, double u) {
  const auto n = static_cast<double>(both.size());
  const double product = static_cast<double>(first) * static_cast<double>(second);
  std::sort(both.begin(), both.end());
  double ties = 0;
  for (std::size_t i = 0; i < both.size();) {
    std::size_t end = i + 1;
    while (end < both.size() && both[end] == both[i]) ++end;
    const auto group = static_cast<double>(end - i);
    ties += group * group * group - group;
    i = end;
  }
  const double variance = product / 12 * (n + 1 - ties / (n * (n - 1)));
  if (variance <= 0) return 1;
  const double distance = std::max(0.0, std::abs(u - product / 2) - 0.5);
  return std::erfc(distance / std::sqrt(2 * variance));
}

// P(at least `successes` of `trials`) where each succeeds with `share`.
double upper_tail(std::size_t successes, std::size_t trials, double share) {
  double sum = 0;
  for (std::size_t k = successes; k <= trials; ++k) {
    sum += binomial(trials, k) * std::pow(share, static_cast<double>(k)) *
           std::pow(1 - share, static_cast<double>(trials - k));
  }
  return sum;
}

}  // namespace

double quantile(Sample values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double part = place - static_cast<double>(below);
  return values[below] + (values[above] - values[below]) * part;
}

double median(const Sample& values) {
  return quantile(values, 0.5);
}

Summary summarize(const Sample& values) {
  if (values.empty()) return {};
  return {.count = values.size(),
          .median = quantile(values, 0.5),
          .low = quantile(values, 0.25),
          .high = quantile(values, 0.75),
          .least = quantile(values, 0),
          .most = quantile(values, 1)};
}

RankTest mann_whitney(const Sample& first, const Sample& second) {
  RankTest test;
  if (first.empty() || second.empty()) return test;
  Sample both = first;
  both.insert(both.end(), second.begin(), second.end());
  const std::vector<double> ranks = ranks_of(both);
  const double sum = std::accumulate(
      ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(first.size()), 0.0);
  const auto n = static_cast<double>(first.size());
  test.u = sum - n * (n + 1) / 2;
  test.exact = binomial(both.size(), first.size()) <= kMaxSplits;
  test.p = test.exact ? exact_p(ranks, first.size(), sum)
                      : normal_p(both, first.size(), second.size(), test.u);
  return test;
}

double least_p(std::size_t first, std::size_t second) {
  if (first == 0 || second == 0) return 1;
  return std::min(1.0, 2 / binomial(first + second, first));
}

Interval bootstrap_difference(const Sample& first, const Sample& second, double level,
                              std::uint64_t seed, std::size_t resamples) {
  if (first.empty() || second.empty()) return {};
  std::mt19937_64 random(seed);
  const auto resampled = [&](const Sample& from) {
    Sample drawn(from.size());
    for (double& value : drawn) value = from[random() % from.size()];
    return median(drawn);
  };
  Sample differences(resamples);
  for (double& difference : differences) {
    const double before = resampled(first);
    difference = resampled(second) - before;
  }
  const double tail = (1 - level) / 2;
  return {quantile(differences, tail), quantile(differences, 1 - tail)};
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double highest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    highest = std::max(highest, p[order[i]] * static_cast<double>(order.size() - i));
    adjusted[order[i]] = std::min(1.0, highest);
  }
  return adjusted;
}

std::optional<Line> fit_line(const std::vector<std::pair<double, double>>& points) {
  const auto n = static_cast<double>(points.size());
  double mean_x = 0;
  double mean_y = 0;
  for (const auto& [x, y] : points) {
    mean_x += x / n;
    mean_y += y / n;
  }
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (const auto& [x, y] : points) {
    xx += (x - mean_x) * (x - mean_x);
    xy += (x - mean_x) * (y - mean_y);
    yy += (y - mean_y) * (y - mean_y);
  }
  if (xx <= 0) return std::nullopt;
  const double slope = xy / xx;
  return Line{mean_y - slope * mean_x, slope, yy > 0 ? slope * xy / yy : 1};
}

std::optional<std::size_t> knee(const Sample& costs, double tolerance) {
  if (costs.empty()) return std::nullopt;
  const double least = *std::min_element(costs.begin(), costs.end());
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (costs[i] <= least * (1 + tolerance)) return i;
  }
  return std::nullopt;
}

double success_bound(std::size_t successes, std::size_t trials, double confidence) {
  if (successes == 0 || trials == 0) return 0;
  double low = 0;
  double high = 1;
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2;
    (upper_tail(successes, trials, middle) > 1 - confidence ? high : low) = middle;
  }
  return low;
}

}  // namespace gobox::lab
