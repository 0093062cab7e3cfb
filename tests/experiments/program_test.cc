// SPDX-License-Identifier: Apache-2.0

// The experiments on running programs, in reduced form: their shape, never their figures.

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/experiments/laboratory.h"

namespace gobox::tests {
namespace {

constexpr double kMiB = 1048576;

TEST(GcMatrix, ALeakDiesInEveryCellAndCollectionsFallWithGogc) {
  const auto swept = sweep({"--repeat", "2", "--memory", "64M", "--vary", "gomemlimit=off,auto",
                            "--vary", "gogc=25,200,off", experiment("gc-matrix"), "--", "leak"});
  for (const char* limit : {"gomemlimit=off", "gomemlimit=auto"}) {
    for (const char* gogc : {"gogc=25", "gogc=200", "gogc=off"}) {
      EXPECT_EQ(outcome_of(swept, {limit, gogc}), "oom") << limit << " " << gogc;
    }
  }
  const auto collections = [&](const char* gogc) {
    return median_of(swept, {"gomemlimit=off", gogc}, "gc_count");
  };
  EXPECT_GT(collections("gogc=25"), collections("gogc=200"));
  EXPECT_GT(collections("gogc=200"), collections("gogc=off"));
}

TEST(GcMatrix, GarbageDiesOnlyWhereNothingBoundsTheHeap) {
  const auto swept = sweep({"--repeat", "2", "--memory", "80M", "--vary", "gomemlimit=off,auto",
                            "--vary", "gogc=50,off", experiment("gc-matrix"), "--", "garbage"});
  EXPECT_EQ(outcome_of(swept, {"gomemlimit=off", "gogc=off"}), "oom");
  EXPECT_EQ(outcome_of(swept, {"gomemlimit=off", "gogc=50"}), "ok");
  EXPECT_EQ(outcome_of(swept, {"gomemlimit=auto", "gogc=off"}), "ok");
  EXPECT_EQ(outcome_of(swept, {"gomemlimit=auto", "gogc=50"}), "ok");
}

TEST(GcMatrix, ALimitBelowTheLiveHeapIsADeathSpiral) {
  const auto swept = sweep({"--repeat", "1", "--memory", "256M", "--vary", "gomemlimit=20M,off",
                            experiment("gc-matrix"), "--", "garbage"});
  EXPECT_EQ(outcome_of(swept, {"gomemlimit=20M"}), "ok");
  EXPECT_GT(median_of(swept, {"gomemlimit=20M"}, "gc_count"),
            4 * median_of(swept, {"gomemlimit=off"}, "gc_count"));
}

TEST(GcMatrix, ABurstNeedsItsMemoryAtOnce) {
  const auto swept =
      sweep({"--repeat", "2", "--vary", "memory=40M,128M", experiment("gc-matrix"), "--", "burst"});
  EXPECT_EQ(outcome_of(swept, {"memory=40M"}), "oom");
  EXPECT_EQ(outcome_of(swept, {"memory=128M"}), "ok");
}

TEST(GcMatrix, ASawtoothPeaksAboveItsLiveHeapAsGogcAllows) {
  const auto swept = sweep({"--repeat", "2", "--memory", "512M", "--vary", "gogc=25,400",
                            experiment("gc-matrix"), "--", "sawtooth"});
  EXPECT_LT(median_of(swept, {"gogc=25"}, "anonymous_peak_bytes") * 1.3,
            median_of(swept, {"gogc=400"}, "anonymous_peak_bytes"));
}

TEST(GiveBack, TheControlGroupSeesMemoryReturnOnlyWithMadvDontneed) {
  const auto swept =
      sweep({"--repeat", "1", "--no-gctrace", "--memory", "192M", "--vary",
             "env.GODEBUG=madvdontneed=0,madvdontneed=1", experiment("give-back/main.go")});
  const Words offered{"env.GODEBUG=madvdontneed=0"};
  const Words returned{"env.GODEBUG=madvdontneed=1"};
  EXPECT_GT(figure_of(swept, returned, "full"), 60);
  EXPECT_LT(figure_of(swept, returned, "given_back"), 30);
  EXPECT_GT(figure_of(swept, offered, "given_back"), 50);
}

class Leak : public testing::TestWithParam<const char*> {};

TEST_P(Leak, ReachesAnyLimitAndMoreOfItTakesMoreRequests) {
  const auto swept = sweep({"--repeat", "1", "--vary", "memory=24M,64M",
                            experiment("goroutine-leaks"), "--", GetParam()});
  EXPECT_EQ(outcome_of(swept, {"memory=24M"}), "oom");
  EXPECT_EQ(outcome_of(swept, {"memory=64M"}), "oom");
  const std::string kind = GetParam();
  const char* counted = kind == "timer" ? "requests" : "goroutines";
  const double small = figure_of(swept, {"memory=24M"}, counted);
  const double large = figure_of(swept, {"memory=64M"}, counted);
  EXPECT_GT(small, 0);
  // Whose turn it is to report when an avalanche is killed is chance.
  if (kind == "avalanche") {
    EXPECT_GT(large, 0);
  } else {
    EXPECT_GT(large, 1.3 * small);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Leak, testing::Values("avalanche", "channel", "timer", "handler"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST(Allocations, SmallChoicesCostWhatThePageSays) {
  const auto swept =
      sweep({"--repeat", "1", "--no-gctrace", "--vary", "memory=256M", experiment("allocations")});
  const auto figure = [&](const char* name) { return figure_of(swept, {"memory=256M"}, name); };
  EXPECT_LT(figure("value_objects"), 0.01);
  EXPECT_GT(figure("pointer_objects"), 0.99);
  EXPECT_GT(figure("boxed_objects"), 0.99);
  EXPECT_GE(figure("closure_objects"), 1);
  EXPECT_GT(figure("slice_grown_bytes"), 2 * figure("slice_sized_bytes"));
  EXPECT_GT(figure("buffer_fresh_bytes"), 20 * figure("buffer_pooled_bytes"));
  EXPECT_GT(figure("stack_wide_kib"), 20 * figure("stack_narrow_kib"));
}

TEST(RaceDetector, CostsMemoryAndFindsWhatRaces) {
  const auto swept = sweep({"--repeat", "3", "--vary", "race=on,off", "--vary", "arg=locked,racy",
                            experiment("race-cost")});
  EXPECT_EQ(outcome_of(swept, {"race=on", "arg=locked"}), "ok");
  EXPECT_EQ(outcome_of(swept, {"race=off", "arg=racy"}), "ok");
  EXPECT_EQ(outcome_of(swept, {"race=on", "arg=racy"}), "race_detected");
  EXPECT_GT(median_of(swept, {"race=on", "arg=locked"}, "memory_peak_bytes"),
            2 * median_of(swept, {"race=off", "arg=locked"}, "memory_peak_bytes"));
}

std::string limit_of(const boost::json::object& result) {
  const auto& stages = result.at("stages").as_array();
  const boost::json::value& exceeded = stages.back().as_object().at("exceeded");
  return exceeded.is_object() ? text_of(exceeded.get_object(), "limit") : "";
}

TEST(StageTimeouts, TheLimitOfTheStageThatHangsFires) {
  const auto run = single({"--run-timeout", "300ms", experiment("stage-timeouts/run.go")});
  EXPECT_EQ(text_of(run, "outcome") + text_of(run, "stage") + limit_of(run), "timeoutrunwall");
  const auto compile =
      single({"--compile-timeout", "500ms", experiment("stage-timeouts/compile.go")});
  EXPECT_EQ(text_of(compile, "outcome") + text_of(compile, "stage") + limit_of(compile),
            "timeoutcompilewall");
  const auto link = single({"--compile-timeout", "120ms", experiment("stage-timeouts/link.go")});
  EXPECT_EQ(text_of(link, "outcome") + text_of(link, "stage"), "timeoutcompile");
  const auto total = single({"--total-timeout", "2s", experiment("stage-timeouts/run.go")});
  EXPECT_EQ(text_of(total, "outcome") + limit_of(total), "timeouttotal");
}

TEST(Search, FindsTheSmallestMemoryAndSaysHowSure) {
  const auto found = sweep({"--until", "memory=8M..128M", "--repeat", "2", "--confirm", "4",
                            experiment("gc-matrix"), "--", "burst"});
  const auto& until = found.at("until").as_object();
  EXPECT_TRUE(until.at("found").as_bool());
  EXPECT_EQ(until.at("runs").to_number<int>(), until.at("runs_ok").to_number<int>());
  EXPECT_GE(until.at("runs_ok").to_number<int>(), 4);
  // 48 MiB at once: the answer is above that, and not far above.
  const std::string value = text_of(until, "value");
  const double unit = value.back() == 'M' ? kMiB : 1024;
  const double bytes = std::stod(value) * unit;
  EXPECT_GT(bytes, 48 * kMiB);
  EXPECT_LT(bytes, 80 * kMiB);
}

}  // namespace
}  // namespace gobox::tests
