// SPDX-License-Identifier: Apache-2.0

#include <cmath>
#include <random>

#include "gtest/gtest.h"
#include "lab/statistics.h"

namespace gobox::lab {
namespace {

TEST(Statistics, QuantilesInterpolate) {
  EXPECT_DOUBLE_EQ(median({}), 0);
  EXPECT_DOUBLE_EQ(median({3}), 3);
  EXPECT_DOUBLE_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_DOUBLE_EQ(quantile({1, 2, 3, 4, 5}, 0.25), 2);
  const Summary summary = summarize({5, 1, 2, 4, 3});
  EXPECT_EQ(summary.count, 5u);
  EXPECT_DOUBLE_EQ(summary.median, 3);
  EXPECT_DOUBLE_EQ(summary.spread(), 1);
  EXPECT_DOUBLE_EQ(summary.least, 1);
  EXPECT_DOUBLE_EQ(summary.most, 5);
}

TEST(Statistics, MannWhitneyIsExactForSmallSamples) {
  // Fully apart, 4 and 4: 2 of 70 splits are as uneven.
  const RankTest apart = mann_whitney({1, 2, 3, 4}, {5, 6, 7, 8});
  EXPECT_TRUE(apart.exact);
  EXPECT_DOUBLE_EQ(apart.u, 0);
  EXPECT_NEAR(apart.p, 2.0 / 70, 1e-12);
  EXPECT_NEAR(least_p(4, 4), 2.0 / 70, 1e-12);
  EXPECT_NEAR(least_p(3, 3), 0.1, 1e-12);
  // U = 3 of 5 and 5: p = 0.0556 in the published tables.
  EXPECT_NEAR(mann_whitney({1, 2, 3, 5, 8}, {4, 6, 7, 9, 10}).p, 0.0952, 0.0001);
  EXPECT_DOUBLE_EQ(mann_whitney({1, 1, 1}, {1, 1, 1}).p, 1);
  EXPECT_DOUBLE_EQ(mann_whitney({}, {1}).p, 1);
}

TEST(Statistics, MannWhitneyApproximatesLargeSamples) {
  Sample first, second, same;
  for (int i = 0; i < 40; ++i) {
    first.push_back(i);
    same.push_back(i + 0.5);
    second.push_back(i + 30);
  }
  const RankTest moved = mann_whitney(first, second);
  EXPECT_FALSE(moved.exact);
  EXPECT_LT(moved.p, 1e-6);
  EXPECT_GT(mann_whitney(first, same).p, 0.5);
}

TEST(Statistics, TheTestRaisesFalseAlarmsAsOftenAsItSays) {
  std::mt19937 random(7);
  std::lognormal_distribution<double> noise(0, 0.3);
  int alarms = 0;
  constexpr int kTrials = 600;
  for (int trial = 0; trial < kTrials; ++trial) {
    Sample a(6), b(6);
    for (double& value : a) value = noise(random);
    for (double& value : b) value = noise(random);
    if (mann_whitney(a, b).p < 0.05) ++alarms;
  }
  EXPECT_LT(alarms, kTrials * 0.08);
  EXPECT_GT(alarms, kTrials * 0.01);
}

TEST(Statistics, TheBootstrapSurroundsTheDifference) {
  const Interval interval =
      bootstrap_difference({10, 11, 12, 13, 14}, {20, 21, 22, 23, 24}, 0.95, 1);
  EXPECT_LT(interval.low, 10);
  EXPECT_GT(interval.high, 10);
  EXPECT_GT(interval.low, 5);
  EXPECT_LT(interval.high, 15);
}

TEST(Statistics, HolmRaisesInOrder) {
  const auto raised = holm({0.01, 0.04, 0.03});
  EXPECT_NEAR(raised[0], 0.03, 1e-12);
  EXPECT_NEAR(raised[2], 0.06, 1e-12);
  EXPECT_NEAR(raised[1], 0.06, 1e-12);
  EXPECT_DOUBLE_EQ(holm({0.9, 0.9})[0], 1);
}

TEST(Statistics, LinesAndKnees) {
  const auto line = fit_line({{0, 1}, {1, 3}, {2, 5}});
  ASSERT_TRUE(line);
  EXPECT_NEAR(line->slope, 2, 1e-12);
  EXPECT_NEAR(line->intercept, 1, 1e-12);
  EXPECT_NEAR(line->r_squared, 1, 1e-12);
  EXPECT_FALSE(fit_line({{1, 1}, {1, 2}}));
  EXPECT_EQ(knee({100, 52, 50, 49, 60}, 0.10), 1u);
  EXPECT_EQ(knee({}, 0.10), std::nullopt);
}

TEST(Statistics, SuccessBoundIsTheRuleOfThreesExactForm) {
  EXPECT_NEAR(success_bound(10, 10, 0.95), std::pow(0.05, 0.1), 1e-6);
  EXPECT_NEAR(success_bound(59, 59, 0.95), 0.9505, 0.001);
  EXPECT_DOUBLE_EQ(success_bound(0, 5, 0.95), 0);
  EXPECT_LT(success_bound(9, 10, 0.95), success_bound(10, 10, 0.95));
}

}  // namespace
}  // namespace gobox::lab
