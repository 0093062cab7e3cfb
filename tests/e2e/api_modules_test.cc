// SPDX-License-Identifier: Apache-2.0

// Modules over HTTP: the runs, the playground's protocol, what is kept, and what is allowed.

#include <stdlib.h>

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/module_proxy.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kProgram =
    "package main\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/words\"\n)\n\n"
    "func main() {\n\tfmt.Println(words.Say())\n}\n";

class ApiModules : public ::testing::Test {
 protected:
  ApiModules() : proxy_(scratch_ / "proxy") {
    ::setenv("GOSUMDB", "off", 1);
    ::setenv("GOBOX_MODULE_DIR", (scratch_ / "store").c_str(), 1);
    proxy_.add("example.com/words", "v1.0.0",
               {{"words.go", "package words\n\nfunc Say() string { return \"hello\" }\n"}});
    proxy_.add("example.com/evil", "v1.0.0", {{"evil.go", "package evil\n"}});
  }

  ~ApiModules() override {
    ::unsetenv("GOSUMDB");
    ::unsetenv("GOBOX_MODULE_DIR");
  }

  std::vector<std::string> flags(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--module-proxy", proxy_.url()});
    return more;
  }

  static json::object source(const std::string& text) {
    return {{"source", text}, {"policy", "ci"}};
  }

  ScratchDirectory scratch_;
  ModuleProxy proxy_;
};

TEST_F(ApiModules, AreFetchedOnceAndListed) {
  const ApiServer server(flags());
  const json::object first = server.run(source(kProgram));
  EXPECT_EQ(text_of(first, "stdout"), "hello\n") << text_of(first, "message");
  EXPECT_EQ(first.at("modules").as_array().size(), 1U);
  const json::object again = server.run(source(std::string(kProgram) + "\n// another\n"));
  EXPECT_EQ(text_of(again, "stdout"), "hello\n");
  EXPECT_EQ(text_of(again.at("stages").as_array().front().as_object(), "name"), "compile");
  const json::object kept = server.get("/v1/modules").json();
  EXPECT_EQ(kept.at("enabled"), json::value(true));
  ASSERT_EQ(kept.at("modules").as_array().size(), 1U);
  EXPECT_EQ(text_of(kept.at("modules").as_array()[0].as_object(), "path"), "example.com/words");
}

TEST_F(ApiModules, WithoutAProxyNothingIsFetched) {
  const ApiServer server;
  const json::object result = server.run(source(kProgram));
  EXPECT_EQ(text_of(result, "outcome"), "compile_error");
  EXPECT_EQ(server.get("/v1/modules").json().at("enabled"), json::value(false));
}

TEST_F(ApiModules, WhatIsDeniedIsNamed) {
  const ApiServer server(flags({"--deny-modules", "example.com/evil"}));
  const json::object result =
      server.run(source("package main\n\nimport _ \"example.com/evil\"\n\nfunc main() {}\n"));
  EXPECT_EQ(text_of(result, "outcome"), "fetch_error");
  EXPECT_EQ(result.at("retryable"), json::value(false));
  EXPECT_THAT(text_of(result, "message"),
              AllOf(HasSubstr("example.com/evil"), HasSubstr("not allowed")));
  EXPECT_EQ(text_of(server.run(source(kProgram)), "outcome"), "ok");
}

TEST_F(ApiModules, ARequestMaySayWhereFromAndNothingElse) {
  const ApiServer server(flags());
  json::object off = source(kProgram);
  off["modules"] = "off";
  EXPECT_EQ(text_of(server.run(off), "outcome"), "compile_error");
  off["modules"] = "cache";
  const ApiAnswer refused = server.post("/v1/runs", off);
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(text_of(refused.json(), "pointer"), "/modules");
}

TEST_F(ApiModules, ThePlaygroundsProtocolTellsVersionsAndErrors) {
  const ApiServer server(flags());
  const auto compile = [&](const std::string& body) {
    return server.post("/compile", json::object{{"Body", body}}).json();
  };
  const json::object ran = compile(kProgram);
  EXPECT_EQ(text_of(ran, "Errors"), "");
  EXPECT_EQ(text_of(ran.at("Events").as_array()[0].as_object(), "Message"), "hello\n");
  const json::object wrong =
      compile("package main\n\nimport \"example.com/words\"\n\nfunc main() { words.Nothing() }\n");
  EXPECT_THAT(text_of(wrong, "Errors"),
              AllOf(HasSubstr("go: found example.com/words in example.com/words v1.0.0"),
                    HasSubstr("words.Nothing")));
  const json::object missing =
      compile("package main\n\nimport _ \"example.com/nowhere\"\n\nfunc main() {}\n");
  EXPECT_THAT(text_of(missing, "Errors"), HasSubstr("example.com/nowhere"));
}

TEST_F(ApiModules, AKilledServerLeavesAWholeStore) {
  ApiServer server(flags());
  const std::string id = server.submit(source(kProgram));
  server.kill_and_restart();
  EXPECT_EQ(text_of(server.result_of(id), "stdout"), "hello\n");
}

}  // namespace
}  // namespace gobox::tests
