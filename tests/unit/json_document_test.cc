// SPDX-License-Identifier: Apache-2.0

// parse_document: the bounds that hold before anything is built, and where a refusal points.

#include "api/runs/json_document.h"

#include <boost/json.hpp>

#include "gtest/gtest.h"

namespace gobox::api {
namespace {

void expect_refused(const std::string& text, int status, const std::string& pointer) {
  Problem problem;
  EXPECT_FALSE(parse_document(text, problem).has_value()) << text;
  EXPECT_EQ(problem.status, status) << text;
  EXPECT_EQ(problem.pointer, pointer) << text;
}

TEST(JsonDocument, TakesWhatIsJson) {
  Problem problem;
  const auto value = parse_document(R"( {"a": [1, {"b,:": "}\"{"}], "c": null} )", problem);
  ASSERT_TRUE(value.has_value()) << problem.detail;
  EXPECT_EQ(value->at("a").as_array().size(), 2U);
}

TEST(JsonDocument, PointsAtTheSyntaxErrorsPlace) {
  expect_refused("", 400, "");
  expect_refused("x", 400, "");
  expect_refused("{", 400, "");
  expect_refused(R"({"a": NaN})", 400, "/a");
  expect_refused(R"({"a": 1, "b": [1, {"c~/d": Infinity}]})", 400, "/b/1/c~0~1d");
  expect_refused(R"({"a": [1, 2, nul]})", 400, "/a/2");
  expect_refused(R"({"a": {}, "b": {"c": 1}, "d": -})", 400, "/d");
  expect_refused("{\"a\": \"\xff\"}", 400, "/a");
}

TEST(JsonDocument, PointsAtTheKeyGivenTwice) {
  expect_refused(R"({"a": 1, "a": 2})", 422, "/a");
  expect_refused(R"({"a": [{"b": 1}, {"b": 1, "\u0062": 2}]})", 422, "/a/1/b");
}

TEST(JsonDocument, IsBoundedBeforeItIsParsed) {
  expect_refused(std::string(kMaxNesting + 1, '['), 422, "");
  std::string wide = "[0";
  for (std::size_t i = 0; i < kMaxValues; ++i) wide += ",0";
  expect_refused(wide + "]", 422, "");
  Problem problem;
  const std::string deepest = std::string(kMaxNesting, '[') + std::string(kMaxNesting, ']');
  EXPECT_TRUE(parse_document(deepest, problem).has_value()) << problem.detail;
}

}  // namespace
}  // namespace gobox::api
