// SPDX-License-Identifier: Apache-2.0

// "prove": true: what is advised after a failed run is tried, within the caller's bounds.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

json::object hungry(std::uint64_t mebibytes, std::uint64_t limit) {
  json::object body = program("b := make([]byte, " + std::to_string(mebibytes) +
                              "<<20); for i := range b { b[i] = 1 }; println(len(b))");
  body["limits"] = {{"run", {{"memory_bytes", limit << 20}}}};
  return body;
}

// Of the hints of a result, those that were tried.
json::array proved_of(const json::object& result) {
  json::array proved;
  for (const json::value& hint : result.at("diagnosis").at("hints").as_array()) {
    if (!hint.at("proved").is_null()) proved.push_back(hint.at("proved"));
  }
  return proved;
}

TEST(ApiProve, AMemoryLimitThatHelpsIsFoundAndTold) {
  const ApiServer server;
  json::object body = hungry(40, 32);
  const json::object plain = server.run(body);
  EXPECT_EQ(text_of(plain, "outcome"), "oom");
  EXPECT_TRUE(proved_of(plain).empty()) << "nothing is tried unasked";
  body["prove"] = true;
  const json::object result = server.run(body);
  EXPECT_EQ(text_of(result, "outcome"), "oom") << "the verdict stays";
  const json::array proved = proved_of(result);
  ASSERT_FALSE(proved.empty()) << json::serialize(result.at("diagnosis"));
  const json::object& trial = proved.front().as_object();
  EXPECT_THAT(text_of(trial, "change"), HasSubstr("memory"));
  EXPECT_GE(trial.at("ok").to_number<int>(), 1);
  EXPECT_EQ(trial.at("ok"), trial.at("runs"));
  EXPECT_EQ(server.metric("sandbox_runs_total{outcome=\"oom\",stage=\"run\"}"), 2)
      << "what was tried is part of the run, not a run of its own";
}

TEST(ApiProve, NothingBeyondThePolicysMostIsTried) {
  const ApiServer server;
  json::object body = hungry(1500, 1024);  // the policy's most is 1 GiB
  body["prove"] = true;
  const json::object result = server.run(body);
  EXPECT_EQ(text_of(result, "outcome"), "oom");
  for (const json::value& trial : proved_of(result)) {
    EXPECT_THAT(text_of(trial.as_object(), "change"), ::testing::Not(HasSubstr("memory 2048")));
  }
}

TEST(ApiProve, ExcludesAnOpenInputAndTakesABoolean) {
  const ApiServer server;
  json::object body = program("print(1)");
  body["prove"] = true;
  body["stdin_open"] = true;
  const ApiAnswer refused = server.post("/v1/runs?wait=false", body);
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(text_of(refused.json(), "pointer"), "/prove");
  body["prove"] = "yes";
  EXPECT_EQ(server.post("/v1/runs", body).status, 422);
}

// "pprof": true: what was sampled is among the artifacts.
TEST(ApiProfiles, AreArtifactsOfARunThatAsksForThem) {
  const ApiServer server;
  json::object body = program(
      "kept := map[int][]byte{}; for i := 0; ; i++ { kept[i] = make([]byte, 64<<10); "
      "for at := range kept[i] { kept[i][at] = 1 } }");
  body["limits"] = {{"run", {{"memory_bytes", 96 << 20}}}};
  EXPECT_TRUE(server.run(body).at("artifacts").as_array().empty()) << "unasked";
  body["pprof"] = true;
  const json::object result = server.run(body);
  EXPECT_EQ(text_of(result, "outcome"), "oom");
  const json::array& list = result.at("artifacts").as_array();
  ASSERT_EQ(list.size(), 2U) << json::serialize(list);
  EXPECT_EQ(text_of(list[0].as_object(), "name"), "pprof/heap.pb.gz");
  EXPECT_EQ(text_of(list[1].as_object(), "name"), "pprof/heap.svg");
  const ApiAnswer packed = server.get(text_of(list[0].as_object(), "href"));
  EXPECT_EQ(packed.status, 200);
  EXPECT_TRUE(packed.body.starts_with("\x1f\x8b"));
  const ApiAnswer picture = server.get(text_of(list[1].as_object(), "href"));
  EXPECT_THAT(picture.body, HasSubstr("<svg"));
}

}  // namespace
}  // namespace gobox::tests
