// SPDX-License-Identifier: Apache-2.0

#include "run/production.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::run {
namespace {

using ::testing::HasSubstr;

TEST(Production, MemoryMeansWhatItMeansThere) {
  EXPECT_EQ(parse_production("--like", "kubernetes:memory=512Mi")->memory, 512U << 20);
  EXPECT_EQ(parse_production("--like", "kubernetes:memory=512M")->memory, 512'000'000U);
  EXPECT_EQ(parse_production("--like", "kubernetes:memory=1.5Gi")->memory, 1536U << 20);
  EXPECT_EQ(parse_production("--like", "kubernetes:memory=134217728")->memory, 128U << 20);
  EXPECT_EQ(parse_production("--like", "docker:memory=512m")->memory, 512U << 20);
  EXPECT_EQ(parse_production("--like", "systemd:MemoryMax=512M")->memory, 512U << 20);
}

TEST(Production, ProcessorsAreThousandthsPercentOrPlain) {
  EXPECT_DOUBLE_EQ(*parse_production("--like", "kubernetes:cpu=500m")->cpus, 0.5);
  EXPECT_DOUBLE_EQ(*parse_production("--like", "kubernetes:cpu=2")->cpus, 2);
  EXPECT_DOUBLE_EQ(*parse_production("--like", "docker:cpus=1.5,memory=1g")->cpus, 1.5);
  EXPECT_DOUBLE_EQ(*parse_production("--like", "systemd:CPUQuota=150%")->cpus, 1.5);
}

TEST(Production, WithoutSettingsThereIsNothingToApply) {
  const auto production = parse_production("--like", "docker");
  ASSERT_TRUE(production);
  EXPECT_FALSE(production->memory);
  EXPECT_FALSE(production->cpus);
}

TEST(Production, RefusalsNameTheFlag) {
  for (const char* text : {"", "nomad", "kubernetes:", "kubernetes:memory=", "kubernetes:memory=Mi",
                           "kubernetes:memory=1..5Gi", "kubernetes:memory=99999999Ti",
                           "kubernetes:cpu=m", "kubernetes:cpu=-1", "kubernetes:memory=64Mi,",
                           "kubernetes:memory=9999999999999999999999"}) {
    SCOPED_TRACE(text);
    const auto production = parse_production("--like", text);
    ASSERT_FALSE(production);
    EXPECT_THAT(production.error().message, HasSubstr("--like"));
  }
}

}  // namespace
}  // namespace gobox::run
