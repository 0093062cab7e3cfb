// SPDX-License-Identifier: Apache-2.0

// The public Go Playground's protocol, as its existing front ends speak it.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kForm = "application/x-www-form-urlencoded";
constexpr const char* kHello =
    "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"<hello> & bye\")\n}\n";

std::string encoded(const std::string& text) {
  static const char* const kDigits = "0123456789ABCDEF";
  std::string all;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      all += c;
    } else {
      all += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return all;
}

class ApiPlayground : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new ApiServer; }

  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  static ApiAnswer post_form(const std::string& path, const std::string& body,
                             const std::string& more = "") {
    return server_->post(path, "version=2&body=" + encoded(body) + more, kForm);
  }

  static json::object compile(const std::string& body, const std::string& more = "") {
    const ApiAnswer answer = post_form("/compile", body, more);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }

  static ApiServer* server_;
};

ApiServer* ApiPlayground::server_ = nullptr;

std::vector<std::string> keys_of(const json::object& object) {
  std::vector<std::string> keys;
  for (const auto& member : object) keys.emplace_back(member.key());
  return keys;
}

std::string messages(const json::object& answer, const std::string& kind) {
  std::string text;
  const json::value& events = answer.at("Events");
  if (events.is_null()) return text;
  for (const json::value& event : events.as_array()) {
    if (text_of(event.as_object(), "Kind") == kind) text += text_of(event.as_object(), "Message");
  }
  return text;
}

std::string main_with(const std::string& statements, const std::string& import = "fmt") {
  return "package main\nimport \"" + import + "\"\nfunc main() {\n" + statements + "\n}\n";
}

TEST_F(ApiPlayground, AnswersAFormAsThePublicServiceDoes) {
  const ApiAnswer answer = post_form("/compile", kHello, "&withVet=true");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "*");
  EXPECT_THAT(answer.header("Content-Type"), StartsWith("application/json"));
  // As Go's encoder writes it.
  EXPECT_THAT(
      answer.body,
      StartsWith(
          R"({"Errors":"","Events":[{"Message":"\u003chello\u003e \u0026 bye\n","Kind":"stdout","Delay":0}],"Status":0,"IsTest":false,"TestsFailed":0,"VetOK":true,)"));
  EXPECT_TRUE(answer.body.ends_with("}\n"));
  EXPECT_THAT(keys_of(answer.json()), ElementsAre("Errors", "Events", "Status", "IsTest",
                                                  "TestsFailed", "VetOK", "Sandbox"));
}

TEST_F(ApiPlayground, AnswersJsonAndTheOtherPathsTheSame) {
  const json::object wanted = compile(kHello);
  for (const char* path :
       {"/compile", "/_/compile", "/_/compile?backend=", "/_/compile?backend=gotip"}) {
    const json::object as_json =
        server_->post(path, json::object{{"Body", kHello}, {"WithVet", false}}).json();
    EXPECT_EQ(as_json.at("Events"), wanted.at("Events")) << path;
    const json::object lower =
        server_->post(path, json::object{{"body", kHello}, {"more", 1}}).json();
    EXPECT_EQ(lower.at("Events"), wanted.at("Events")) << path;
    EXPECT_EQ(post_form(path, kHello).json().at("Events"), wanted.at("Events")) << path;
  }
}

TEST_F(ApiPlayground, TakesMultipartForms) {
  const std::string body =
      std::string("--b\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\n") + kHello +
      "\r\n--b--\r\n";
  const json::object answer =
      server_->post("/compile", body, "multipart/form-data; boundary=b").json();
  EXPECT_EQ(messages(answer, "stdout"), "<hello> & bye\n");
}

TEST_F(ApiPlayground, RefusesWhatIsNoRequest) {
  EXPECT_EQ(server_->post("/compile", "", kForm).status, 400);
  EXPECT_EQ(server_->post("/compile", "{", "application/json").status, 400);
  EXPECT_EQ(server_->post("/compile", "{\"Body\": 1}", "application/json").status, 400);
  EXPECT_EQ(server_->post("/compile", "body=%zz", kForm).status, 400);
  EXPECT_EQ(server_->get("/compile").status, 405);
}

// https://github.com/golang/go/issues/46823: front ends print "All tests passed." where TestsFailed
// is 0.
TEST_F(ApiPlayground, TestsThatDoNotEndWellNeverReadAsPassed) {
  const auto test_of = [](const std::string& statements) {
    return compile(
        "package main\n\nimport (\n\t\"os\"\n\t\"syscall\"\n\t\"testing\"\n\t\"time\"\n)\n\n"
        "var _, _, _ = os.Exit, syscall.SIGTERM, time.Second\n\n"
        "func TestFine(t *testing.T) {}\n\nfunc TestEnds(t *testing.T) {\n" +
        statements + "\n}\n");
  };
  for (const char* statements :
       {"syscall.Kill(os.Getpid(), syscall.SIGTERM); time.Sleep(5 * time.Second)",
        "syscall.Kill(os.Getpid(), syscall.SIGKILL); time.Sleep(5 * time.Second)", "os.Exit(3)",
        "panic(1)", "time.Sleep(time.Hour)"}) {
    const json::object answer = test_of(statements);
    EXPECT_TRUE(answer.at("IsTest").as_bool()) << statements;
    EXPECT_GE(answer.at("TestsFailed").as_int64(), 1) << statements;
    EXPECT_NE(answer.at("Status").as_int64(), 0) << statements;
    EXPECT_NE(messages(answer, "stderr"), "") << statements;
  }
  const json::object passed = test_of("");
  EXPECT_EQ(passed.at("TestsFailed").as_int64(), 0);
  EXPECT_EQ(passed.at("Status").as_int64(), 0);
}

TEST_F(ApiPlayground, TellsWhereTheCompilerStumbled) {
  const json::object answer = compile("package main\n\nfunc main() {\n\tx := 1\n}\n");
  // As Go words it since 1.20, and before.
  EXPECT_THAT(text_of(answer, "Errors"),
              ::testing::AnyOf("./prog.go:4:2: declared and not used: x\n",
                               "./prog.go:4:2: x declared but not used\n"));
  EXPECT_TRUE(answer.at("Events").is_null());
  EXPECT_EQ(text_of(compile("package other\n"), "Errors"), "package name must be main");
}

TEST_F(ApiPlayground, TellsWhatVetSays) {
  const std::string source = main_with("fmt.Printf(\"%d\\n\", \"x\")");
  const json::object asked = compile(source, "&withVet=true");
  EXPECT_THAT(text_of(asked, "VetErrors"), HasSubstr("prog.go:4:"));
  EXPECT_FALSE(asked.contains("VetOK"));
  EXPECT_EQ(messages(asked, "stdout"), "%!d(string=x)\n") << "and runs it all the same";
  EXPECT_FALSE(compile(source).contains("VetErrors"));
  EXPECT_THAT(text_of(post_form("/vet", source).json(), "Errors"), HasSubstr("prog.go:4:"));
  const json::object fine = post_form("/vet", kHello).json();
  EXPECT_EQ(text_of(fine, "Errors"), "");
  EXPECT_TRUE(fine.at("Events").is_null()) << "/vet runs nothing";
}

TEST_F(ApiPlayground, ReturnsTheExitStatusAndThePanic) {
  const json::object exited = compile(main_with("os.Exit(3)", "os"));
  EXPECT_EQ(text_of(exited, "Status"), "3");
  EXPECT_THAT(messages(exited, "stderr"), HasSubstr("3"));
  const json::object panicked = compile(main_with("fmt.Println(\"a\"); panic(\"b\")"));
  EXPECT_EQ(text_of(panicked, "Status"), "2");
  EXPECT_EQ(messages(panicked, "stdout"), "a\n");
  EXPECT_THAT(messages(panicked, "stderr"), HasSubstr("panic: b"));
}

TEST_F(ApiPlayground, NamesTheLimitsAProgramRunsInto) {
  const json::object oom = compile(
      "package main\nimport \"fmt\"\nfunc main() {\nfmt.Println(\"before\")\nvar all [][]byte\nfor "
      "{\n"
      "b := make([]byte, 1<<20)\nfor i := range b { b[i] = 1 }\nall = append(all, b)\n}\n}\n");
  EXPECT_EQ(messages(oom, "stdout"), "before\n");
  EXPECT_THAT(messages(oom, "stderr"), HasSubstr("[oom]"));
  EXPECT_EQ(text_of(oom.at("Sandbox").as_object(), "outcome"), "oom");

  const json::object timeout = compile(main_with("fmt.Println(\"before\"); for {}"));
  EXPECT_EQ(messages(timeout, "stdout"), "before\n");
  EXPECT_TRUE(messages(timeout, "stderr").ends_with("timeout running program"));
  EXPECT_EQ(text_of(timeout.at("Sandbox").as_object(), "outcome"), "timeout");
}

TEST_F(ApiPlayground, RunsArchivesOfSeveralFiles) {
  const std::string archive =
      "package main\n\nimport \"play.ground/foo\"\n\nfunc main() { foo.Bar() }\n"
      "-- go.mod --\nmodule play.ground\n-- foo/foo.go --\npackage foo\n\nimport \"fmt\"\n\nfunc "
      "Bar() { fmt.Println(\"bar\") }\n";
  const json::object answer = compile(archive);
  EXPECT_EQ(messages(answer, "stdout"), "bar\n") << json::serialize(answer);
}

TEST_F(ApiPlayground, RefusesArchivesAsThePublicServiceDoes) {
  std::string many = kHello;
  for (int i = 0; i < 21; ++i) many += "-- f" + std::to_string(i) + ".txt --\n";

  const struct {
    std::string body;
    const char* says;
  } cases[] = {
      {many, "too many files in txtar archive"},
      {std::string(kHello) + "-- ../up --\n", "invalid file name"},
      {std::string(kHello) + "-- a --\n-- a --\n", "duplicate file name"},
      {std::string(kHello) + "-- " + std::string(201, 'n') + " --\n", "file name too long"},
      {std::string(kHello) + "-- a/b/c/d/e/f/g/h/i/j/k --\n", "too deep"}};

  for (const auto& [body, says] : cases)
    EXPECT_THAT(text_of(compile(body), "Errors"), HasSubstr(says));
}

TEST_F(ApiPlayground, RunsTestsWhereThereIsNoMain) {
  const json::object answer = compile(
      "package main\n\nimport \"testing\"\n\nfunc TestGood(t *testing.T) {}\nfunc TestBad(t "
      "*testing.T) { t.Fatal(\"no\") }\n");
  EXPECT_TRUE(answer.at("IsTest").as_bool());
  EXPECT_EQ(text_of(answer, "TestsFailed"), "1");
  EXPECT_EQ(text_of(answer, "Status"), "1");
  EXPECT_THAT(messages(answer, "stdout"), HasSubstr("--- PASS: TestGood"));
  EXPECT_THAT(messages(answer, "stdout"), HasSubstr("--- FAIL: TestBad"));
}

TEST_F(ApiPlayground, Formats) {
  const auto format = [&](const std::string& body, const std::string& more = "") {
    const ApiAnswer answer = post_form("/fmt", body, more);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "*");
    EXPECT_THAT(keys_of(answer.json()), ElementsAre("Body", "Error"));
    return answer.json();
  };
  EXPECT_EQ(text_of(format("package main\nfunc  main( ){x:=1;_=x}"), "Body"),
            "package main\n\nfunc main() { x := 1; _ = x }\n");
  const json::object imports =
      format("package main\n\nimport \"os\"\n\nfunc main() {\n\tfmt.Println(rand.Int())\n}\n",
             "&imports=true");
  EXPECT_THAT(text_of(imports, "Body"), HasSubstr("import (\n\t\"fmt\"\n\t\"math/rand\"\n)"));
  EXPECT_EQ(text_of(imports, "Error"), "");
  const json::object wrong = format("package main\nfunc main() {\n");
  EXPECT_EQ(text_of(wrong, "Body"), "");
  EXPECT_THAT(text_of(wrong, "Error"), StartsWith("prog.go:"));
  const json::object archive =
      format("package main\nfunc  main(){}\n-- a.txt --\n x \n-- b/b.go --\npackage  b\n");
  EXPECT_EQ(text_of(archive, "Body"),
            "package main\n\nfunc main() {}\n-- a.txt --\n x \n-- b/b.go --\npackage b\n");
}

TEST_F(ApiPlayground, KeepsWhatIsShared) {
  const ApiAnswer shared = server_->post("/share", kHello, "text/plain; charset=utf-8");
  EXPECT_EQ(shared.status, 200);
  ASSERT_GE(shared.body.size(), 11U);
  EXPECT_EQ(server_->post("/_/share", kHello, "text/plain").body, shared.body)
      << "the id is the content's";
  const ApiAnswer got = server_->get("/p/" + shared.body + ".go");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, kHello);
  EXPECT_THAT(got.header("Content-Type"), StartsWith("text/plain"));
  EXPECT_EQ(server_->get("/_/share?id=" + shared.body).body, kHello);
  const ApiAnswer file = server_->get("/p/" + shared.body + ".go?download=true");
  EXPECT_THAT(file.header("Content-Disposition"), HasSubstr("attachment"));
  EXPECT_EQ(server_->get("/p/AAAAAAAAAAA.go").status, 404);
  EXPECT_EQ(server_->get("/p/..%2Fx.go").status, 404);
  EXPECT_EQ(server_->post("/share", std::string(64 << 10, 'x'), "text/plain").status, 200);
  const ApiAnswer large = server_->post("/share", std::string((64 << 10) + 1, 'x'), "text/plain");
  EXPECT_EQ(large.status, 413);
  EXPECT_THAT(large.body, StartsWith("Snippet is too large"));
  EXPECT_EQ(server_->get("/share").status, 405);
}

TEST_F(ApiPlayground, TellsItsVersionAndHealth) {
  const json::object version = server_->get("/version").json();
  EXPECT_THAT(keys_of(version), ElementsAre("Version", "Release", "Name"));
  EXPECT_THAT(text_of(version, "Version"), StartsWith(text_of(version, "Release")));
  EXPECT_THAT(text_of(version, "Name"), StartsWith("Go 1."));
  EXPECT_EQ(server_->get("/_ah/health").body, "ok");
}

TEST_F(ApiPlayground, LetsBrowsersIn) {
  for (const char* path :
       {"/compile", "/_/compile", "/vet", "/fmt", "/share", "/version", "/p/x.go"}) {
    const ApiAnswer preflight =
        server_->call("OPTIONS", path, "", {{"Origin", "https://example.com"}});
    EXPECT_EQ(preflight.status, 200) << path;
    EXPECT_EQ(preflight.body, "") << path;
    EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "*") << path;
    EXPECT_THAT(preflight.header("Access-Control-Allow-Headers"), HasSubstr("Content-Type"))
        << path;
  }
  EXPECT_EQ(server_->call("OPTIONS", "/v1/runs", "", {}).header("Access-Control-Allow-Origin"), "");
}

TEST(ApiPlaygroundClock, StartsIn2009AndSleepsInNoTime) {
  const ApiServer server({"--fake-clock"});
  const std::string source =
      "package main\nimport (\"fmt\"; \"time\")\nfunc main() {\nfmt.Println(time.Now().UTC())\n"
      "time.Sleep(3 * time.Hour)\nfmt.Println(time.Now().UTC())\n}\n";
  const auto start = std::chrono::steady_clock::now();
  const json::object answer = server.post("/compile", json::object{{"Body", source}}).json();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(2));
  ASSERT_TRUE(answer.at("Events").is_array()) << json::serialize(answer);
  const json::array& events = answer.at("Events").as_array();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_THAT(text_of(events[0].as_object(), "Message"),
              StartsWith("2009-11-10 23:00:00 +0000 UTC"));
  EXPECT_EQ(text_of(events[0].as_object(), "Delay"), "0");
  EXPECT_THAT(text_of(events[1].as_object(), "Message"),
              StartsWith("2009-11-11 02:00:00 +0000 UTC"));
  EXPECT_EQ(text_of(events[1].as_object(), "Delay"), std::to_string(3LL * 3600 * 1'000'000'000));
  // The other calls keep the real time.
  const json::object real = server.run(program("fmt.Println(time.Now().Year())", {"fmt", "time"}));
  EXPECT_NE(text_of(real, "stdout"), "2009\n");
}

}  // namespace
}  // namespace gobox::tests
