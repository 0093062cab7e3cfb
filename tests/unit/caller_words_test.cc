// SPDX-License-Identifier: Apache-2.0

#include "api/runs/caller_words.h"

#include <gtest/gtest.h>

namespace gobox::api {
namespace {

TEST(CallerWords, NameTheFieldInPlaceOfTheFlag) {
  EXPECT_EQ(in_field_words("raise --memory, or --run-timeout (--gomemlimit auto)"),
            "raise limits.run.memory_bytes, or limits.run.wall_ms (gomemlimit auto)");
  EXPECT_EQ(in_field_words("a larger --compile-memory; --cpus and --cpu-time"),
            "a larger limits.compile.memory_bytes; limits.run.cpus and limits.run.cpu_ms");
  EXPECT_EQ(in_field_words("--explain lists them"), "sandbox-run --explain lists them");
  EXPECT_EQ(in_field_words("no setting here"), "no setting here");
}

TEST(CallerWords, ReachSentencesAndObjects) {
  runner::JobResult result;
  result.hints = {"raise --pids"};
  result.stages.emplace_back();
  result.stages.back().diagnosis.emplace();
  result.stages.back().diagnosis->hints.push_back({"threads", "raise --pids"});
  speak_in_fields(result);
  EXPECT_EQ(result.hints.front(), "raise limits.run.pids");
  EXPECT_EQ(result.stages.back().diagnosis->hints.front().text, "raise limits.run.pids");
}

}  // namespace
}  // namespace gobox::api
