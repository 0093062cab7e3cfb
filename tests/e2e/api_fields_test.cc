// SPDX-License-Identifier: Apache-2.0

// Each field of POST /v1/runs that /openapi.json knows: a right value is accepted, and a wrong one
// is refused with a pointer to it. A field that is in one place and not in the other fails the
// test.

#include <boost/json.hpp>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::StartsWith;

// JSON; `wrong` is a list of values.
struct Field {
  const char* name;
  const char* right;
  const char* wrong;
  const char* beside = R"({"source": "package main\n\nfunc main() {}\n"})";
};

constexpr const char* kTests =
    R"({"kind": "test", "files": {"a_test.go":
        "package a\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n"}})";

constexpr Field kFields[] = {
    {"source", R"("package main\n\nfunc main() {}\n")", R"([1, "", ["package main"]])", "{}"},
    {"files", R"({"main.go": "package main\n\nfunc main() {}\n"})",
     R"([1, {}, {"main.go": 1}, {"../a.go": "package main"}])", "{}"},
    {"txtar", R"("-- main.go --\npackage main\n\nfunc main() {}\n")", R"([1, ""])", "{}"},
    {"kind", R"("build")", R"([1, "walk"])"},
    {"args", R"(["a"])", R"(["a", [1]])"},
    {"env", R"({"A": "b"})", R"([["A=b"], {"A": 1}, {"": "b"}, {"A=B": "c"}])"},
    {"stdin", R"("text")", "[1, {}]"},
    {"stdin_encoding", R"("utf-8")", R"([1, "latin1"])"},
    {"toolchain", R"("")", R"([1, "go0.0.1", "/usr/local/go"])"},
    {"policy", R"("strict")", R"([1, "no-such-policy"])"},
    {"network", R"("none")", R"([1, "host"])"},
    {"package", R"(".")", R"([1, "", "./nowhere"])"},
    {"tags", R"("integration")", R"([1, "a b;c"])"},
    {"ldflags", R"("-X main.version=1")", R"([1, "-extld=/bin/sh"])"},
    {"gcflags", R"("-N")", R"([1, "-o=/etc/passwd"])"},
    {"modules", R"("off")", R"([1, "sometimes"])"},
    {"artifacts", R"(["out/*.png"])", R"(["out", [""], ["/etc/passwd"]])"},
    {"output_limit", R"("truncate")", R"([1, "ignore"])"},
    {"callback", R"("https://ci.example.org/")",
     R"([1, "ci.example.org", "https://elsewhere.example.org/"])"},
    {"race", "false", R"([1, "yes"])"},
    {"vet", "true", R"([1, "yes"])"},
    {"cgo", "false", R"([1, "yes"])"},
    {"timeline", "true", R"([1, "yes"])"},
    {"goroutines", "true", R"([1, "yes"])"},
    {"gctrace", "true", R"([1, "yes"])"},
    {"prove", "true", R"([1, "yes"])"},
    {"pprof", "true", R"([1, "yes"])"},
    {"scratch", R"("memory")", R"([1, "elsewhere"])"},
    {"stdin_open", "true", R"([1, "yes"])"},
    {"gogc", "50", R"([-1, "many", true])"},
    {"gomemlimit", R"("64M")", R"([true, "much", 0])"},
    {"parallelism", "2", R"([0, -1, 4097, "2"])"},
    {"grace_ms", "100", R"([-1, "100", 1.5])"},
    {"limits", R"({"run": {"wall_ms": 1000}})",
     R"([7, {"walk": 1}, {"run": {"wall_ms": 0}}, {"run": {"memory_bytes": 1125899906842624}},
         {"total_ms": -1}])"},
    {"packages", R"(["./..."])", R"(["./...", [1]])", kTests},
    {"test", R"({"count": 1})", R"([7, {"count": -1}, {"exec": "sh"}])", kTests},
    {"cache", R"("ci")", R"([1, ""])", kTests},
    {"cache_write", "true", R"([1, "yes"])", kTests},
};

TEST(ApiFields, AreAcceptedWhereRightAndRefusedByNameWhereWrong) {
  const ApiServer server({"--allow-callbacks", "ci.example.org"});
  std::set<std::string> tried;
  for (const Field& field : kFields) {
    tried.insert(field.name);
    json::object body = json::parse(field.beside).as_object();
    body[field.name] = json::parse(field.right);
    const ApiAnswer accepted = server.post("/v1/runs?wait=false", body);
    EXPECT_EQ(accepted.status, 202) << field.name << ": " << accepted.body;
    server.remove(accepted.header("location"));
    const json::value wrong = json::parse(field.wrong);
    for (const json::value& each : wrong.as_array()) {
      body[field.name] = each;
      const ApiAnswer refused = server.post("/v1/runs?wait=false", body);
      EXPECT_EQ(refused.status, 422) << json::serialize(body);
      EXPECT_THAT(text_of(refused.json(), "pointer"), StartsWith(std::string("/") + field.name))
          << json::serialize(body);
    }
  }
  std::set<std::string> described;
  const json::object document = server.get("/openapi.json").json();
  for (const auto& property :
       document.at("components").at("schemas").at("RunRequest").at("properties").as_object()) {
    described.insert(property.key());
  }
  EXPECT_EQ(tried, described);
}

}  // namespace
}  // namespace gobox::tests
