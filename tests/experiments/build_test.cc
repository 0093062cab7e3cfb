// SPDX-License-Identifier: Apache-2.0

// The experiments on builds, in reduced form: their shape, never their figures.

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/experiments/laboratory.h"
#include "tests/support/command.h"

namespace gobox::tests {
namespace {

TEST(BuildParallelism, MoreOfItRunsMoreCompilersAtOnce) {
  const auto swept = sweep({"--build", "--cpus", "2", "--repeat", "2", "--project", "flat",
                            "--packages", "12", "--vary", "p=1,2,6"});
  for (const char* p : {"p=1", "p=2", "p=6"}) EXPECT_EQ(outcome_of(swept, {p}), "ok");
  EXPECT_GT(median_of(swept, {"p=6"}, "memory_peak_bytes"), 0);
  // The knee is one of the values, found by the rule the result states.
  ASSERT_TRUE(swept.at("knee").is_object());
  EXPECT_NE(text_of(swept.at("knee").get_object(), "rule").find("within 10 %"), std::string::npos);
}

TEST(BuildGc, MemoryRisesWithGogc) {
  const auto swept =
      sweep({"--build", "--cpus", "2", "--repeat", "1", "--project", "functions", "--packages",
             "1500", "--vary", "gogc=25,100,off", "--gomemlimit", "off"});
  const auto memory = [&](const char* gogc) {
    return median_of(swept, {gogc}, "anonymous_peak_bytes");
  };
  EXPECT_LT(memory("gogc=25") * 1.1, memory("gogc=100"));
  EXPECT_LT(memory("gogc=100") * 1.1, memory("gogc=off"));
}

TEST(BuildGc, GomemlimitSavesMemoryWithoutGogc) {
  const auto swept = sweep({"--build", "--cpus", "2", "--repeat", "1", "--project", "functions",
                            "--packages", "1500", "--gogc", "off", "--vary", "gomemlimit=48M,off"});
  EXPECT_EQ(outcome_of(swept, {"gomemlimit=48M"}), "ok");
  EXPECT_LT(median_of(swept, {"gomemlimit=48M"}, "anonymous_peak_bytes") * 1.3,
            median_of(swept, {"gomemlimit=off"}, "anonymous_peak_bytes"));
}

class Shape : public testing::TestWithParam<const char*> {};

TEST_P(Shape, TimeGrowsWithTheNumberOfPackages) {
  const auto swept = sweep({"--build", "--cpus", "2", "--repeat", "2", "--project", GetParam(),
                            "--vary", "packages=3,24"});
  EXPECT_EQ(outcome_of(swept, {"packages=3"}), "ok");
  EXPECT_GT(median_of(swept, {"packages=24"}, "time_ms"),
            1.3 * median_of(swept, {"packages=3"}, "time_ms"));
}

INSTANTIATE_TEST_SUITE_P(Imports, Shape, testing::Values("flat", "deep", "diamond"),
                         [](const auto& shape) { return std::string(shape.param); });

struct Growth {
  const char* shape;
  const char* sizes;
  const char* least;
  const char* most;
};

class OnePackage : public testing::TestWithParam<Growth> {};

TEST_P(OnePackage, MemoryGrowsWithItsSize) {
  const Growth& growth = GetParam();
  const auto swept = sweep({"--build", "--cpus", "2", "--repeat", "1", "--gogc", "50", "--project",
                            growth.shape, "--vary", std::string("packages=") + growth.sizes});
  const std::string least = std::string("packages=") + growth.least;
  const std::string most = std::string("packages=") + growth.most;
  EXPECT_EQ(outcome_of(swept, {most}), "ok");
  EXPECT_GT(median_of(swept, {most}, "anonymous_peak_bytes"),
            1.5 * median_of(swept, {least}, "anonymous_peak_bytes"));
  EXPECT_GT(slope_of(swept, "heap and stacks"), 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, OnePackage,
                         testing::Values(Growth{"functions", "200,800,2000", "200", "2000"},
                                         Growth{"generics", "20,100,300", "20", "300"},
                                         Growth{"literal", "1000,10000,40000", "1000", "40000"},
                                         Growth{"reflect", "50,300,1000", "50", "1000"}),
                         [](const auto& kind) { return std::string(kind.param.shape); });

TEST(BuildModes, ColdCostsMoreThanWarmAndStrippedIsSmaller) {
  const auto swept = sweep({"--exec",
                            "--memory",
                            "1G",
                            "--disk",
                            "512M",
                            "--cpus",
                            "2",
                            "--pids",
                            "256",
                            "--no-gctrace",
                            "--repeat",
                            "1",
                            "--run-timeout",
                            "300s",
                            "--vary",
                            "arg=warm,cold,stripped",
                            experiment("build-modes"),
                            "--",
                            "sh",
                            "/work/build.sh",
                            "{go}",
                            "{arg}"});
  for (const char* mode : {"arg=warm", "arg=cold", "arg=stripped"}) {
    EXPECT_EQ(outcome_of(swept, {mode}), "ok") << mode;
  }
  EXPECT_GT(median_of(swept, {"arg=cold"}, "time_ms"), median_of(swept, {"arg=warm"}, "time_ms"));
  EXPECT_LT(figure_of(swept, {"arg=stripped"}, "binary_kib"),
            0.9 * figure_of(swept, {"arg=warm"}, "binary_kib"));
}

TEST(BuildSchemes, AnActionOfItsOwnIsSmallerThanTheWholeBuild) {
  const CommandResult actions = run_command({experiment("build-schemes/actions.sh"), "3"},
                                            {.input = "",
                                             .environment = {"SANDBOX_RUN=" GOBOX_SANDBOX_RUN},
                                             .directory = "",
                                             .user = {}});
  ASSERT_EQ(actions.status, 0) << actions.err;
  EXPECT_NE(actions.out.find("actions=4\n"), std::string::npos) << actions.out;
  const std::size_t peak = actions.out.find("largest_action_mib=");
  ASSERT_NE(peak, std::string::npos);
  const auto module =
      sweep({"--build", "--repeat", "1", "--project", "flat", "--vary", "packages=3"});
  EXPECT_EQ(outcome_of(module, {"packages=3"}), "ok");
  EXPECT_LT(std::stod(actions.out.substr(peak + 19)) * 1048576,
            median_of(module, {"packages=3"}, "memory_peak_bytes"));
}

TEST(BuildSchemes, AGoCommandPerPackageTakesLonger) {
  const auto swept = sweep({"--exec",     "--memory",
                            "1G",         "--disk",
                            "1G",         "--cpus",
                            "2",          "--pids",
                            "256",        "--run-timeout",
                            "120s",       "--no-gctrace",
                            "--repeat",   "2",
                            "--project",  "flat",
                            "--packages", "6",
                            "--vary",     "arg=module,packages",
                            "--",         "sh",
                            "-c",         R"(cd /work; case {arg} in
    module) {go} build -o /tmp/out . ;;
    packages) export GOCACHE=/tmp/cache; cp -r /gocache /tmp/cache;
      for p in p*; do {go} build ./$p; done; {go} build -o /tmp/out . ;;
  esac)"});
  EXPECT_EQ(outcome_of(swept, {"arg=module"}), "ok");
  EXPECT_EQ(outcome_of(swept, {"arg=packages"}), "ok");
  EXPECT_GT(median_of(swept, {"arg=packages"}, "time_ms"),
            median_of(swept, {"arg=module"}, "time_ms"));
}

TEST(KilledBuild, LeavesFilesInsideAndNothingOutside) {
  const auto swept = sweep({"--build", "--repeat", "1", "--project", "flat", "--packages", "60",
                            "--vary", "compile-timeout=700ms,120s"});
  EXPECT_EQ(outcome_of(swept, {"compile-timeout=700ms"}), "timeout");
  EXPECT_EQ(outcome_of(swept, {"compile-timeout=120s"}), "ok");
  const auto left = [&](const char* limit) {
    const auto& samples = cell_of(swept, {limit}).at("samples").as_array();
    return samples.at(0).at("leftover_files").to_number<int>();
  };
  EXPECT_GT(left("compile-timeout=700ms"), 0);
  EXPECT_EQ(left("compile-timeout=120s"), 0);
}

}  // namespace
}  // namespace gobox::tests
