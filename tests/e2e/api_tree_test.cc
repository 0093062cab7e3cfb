// SPDX-License-Identifier: Apache-2.0

// What goes in and comes out as files over HTTP: a tree in a multipart body, files in base64,
// artifacts.

#include <boost/json.hpp>
#include <filesystem>

#include "base/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/tar_archive.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::HasSubstr;

constexpr const char* kBoundary = "xxBOUNDARYxx";
constexpr const char* kMain =
    "package main\n\nimport (\n\t\"fmt\"\n\t\"m/word\"\n)\n\nfunc main() { fmt.Println(word.Word) "
    "}\n";

std::string form_of(const json::object& request, const std::string& tree, const std::string& type) {
  const std::string begin = std::string("--") + kBoundary + "\r\nContent-Disposition: form-data; ";
  return begin + "name=\"request\"\r\nContent-Type: application/json\r\n\r\n" +
         json::serialize(request) + "\r\n" + begin +
         "name=\"tree\"; filename=\"tree\"\r\nContent-Type: " + type + "\r\n\r\n" + tree +
         "\r\n--" + kBoundary + "--\r\n";
}

const std::string kFormType = std::string("multipart/form-data; boundary=") + kBoundary;

std::vector<TarMember> project() {
  return {{"go.mod", "module m\n\ngo 1.19\n"},
          {"cmd/tool/main.go", kMain},
          {"word/word.go", "package word\n\nconst Word = \"spelt\"\n"}};
}

class ApiTree : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new ApiServer({"--upload-cap", "32M"}); }

  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  static ApiAnswer send(const json::object& request, const std::string& tree,
                        const std::string& type = "application/x-tar",
                        const std::string& query = "") {
    return server_->post("/v1/runs" + query, form_of(request, tree, type), kFormType);
  }

  static std::string files_directory() { return server_->data_directory() + "/files"; }

  static ApiServer* server_;
};

ApiServer* ApiTree::server_ = nullptr;

TEST_F(ApiTree, IsBuiltAndRunHoweverItIsPacked) {
  const json::object request{{"package", "./cmd/tool"}, {"policy", "ci"}};
  const std::vector<std::pair<TarFilter, std::string>> kinds{
      {TarFilter::kNone, "application/x-tar"},
      {TarFilter::kGzip, "application/gzip"},
      {TarFilter::kZstd, "application/zstd"}};
  for (const auto& [filter, type] : kinds) {
    const ApiAnswer answer = send(request, tar_of(project(), filter), type);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(text_of(answer.json(), "stdout"), "spelt\n") << type;
  }
}

TEST_F(ApiTree, ALargeOneLiesOnDiskAndLeavesNothing) {
  auto members = project();
  members.push_back({"data.bin", std::string(std::size_t{12} << 20, 'x')});
  const std::uint64_t before = server_->resident_bytes();
  const ApiAnswer answer = send({{"package", "./cmd/tool"}, {"policy", "ci"}}, tar_of(members));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(text_of(answer.json(), "outcome"), "ok");
  EXPECT_LT(server_->resident_bytes(), before + (std::uint64_t{48} << 20));
  EXPECT_TRUE(fs::is_empty(files_directory()));
}

TEST_F(ApiTree, IsRefusedWithItsReason) {
  const std::string tree = tar_of(project());
  const auto problem = [&](const ApiAnswer& answer, int status) {
    EXPECT_EQ(answer.status, status) << answer.body;
    return text_of(answer.json(), "detail");
  };
  EXPECT_THAT(problem(send({{"source", "package main"}}, tree), 422), HasSubstr("part tree"));
  EXPECT_THAT(problem(send({}, tree, "text/plain"), 415), HasSubstr("application/zstd"));
  EXPECT_THAT(problem(send({}, tar_of({{"../up.go", "x"}})), 422), HasSubstr("../up.go"));
  EXPECT_THAT(problem(send({}, "no archive"), 422), HasSubstr("archive"));
  EXPECT_THAT(problem(send({{"package", "./none"}}, tree), 422), HasSubstr("none"));
  // Without a package, those that there are are named.
  auto two = project();
  two.push_back({"cmd/other/main.go", "package main\n\nfunc main() {}\n"});
  EXPECT_THAT(problem(send({}, tar_of(two)), 422), HasSubstr("cmd/other"));
  const std::string large(std::size_t{33} << 20, 'x');
  EXPECT_EQ(send({}, large).status, 413);
  // Other calls take no uploads, and forms no larger than any body.
  EXPECT_EQ(
      server_->post("/fmt", form_of({}, std::string(std::size_t{5} << 20, 'x'), "x"), kFormType)
          .status,
      413);
  EXPECT_TRUE(fs::is_empty(files_directory()));
}

TEST_F(ApiTree, SurvivesTheServerThatTookIt) {
  ApiServer server;
  auto members = project();
  members[2].bytes =
      "package word\n\nimport \"time\"\n\nvar Word = func() string { "
      "time.Sleep(2 * time.Second); return \"slept\" }()\n";
  const ApiAnswer answer = server.post(
      "/v1/runs?wait=false",
      form_of({{"package", "./cmd/tool"}, {"policy", "ci"}}, tar_of(members), "application/x-tar"),
      kFormType);
  ASSERT_EQ(answer.status, 202) << answer.body;
  server.kill_and_restart();
  const std::string id = text_of(answer.json(), "id");
  const json::object result = server.result_of(id);
  EXPECT_EQ(text_of(result, "stdout"), "slept\n") << json::serialize(result);
  EXPECT_TRUE(fs::is_empty(server.data_directory() + "/files"));
}

TEST_F(ApiTree, FilesMayBeBase64) {
  const json::object files{{"main.go",
                            "package main\n\nimport (\n\t_ \"embed\"\n\t\"fmt\"\n)\n\n//go:embed "
                            "blob.bin\nvar blob []byte\n\nfunc main() { fmt.Println(blob) }\n"},
                           {"go.mod", "module m\n\ngo 1.19\n"},
                           {"blob.bin", json::object{{"base64", "AP8B"}}}};
  EXPECT_EQ(text_of(server_->run({{"files", files}}), "stdout"), "[0 255 1]\n");
  const auto refused = [&](const json::value& file) {
    json::object wrong = files;
    wrong["blob.bin"] = file;
    const ApiAnswer answer = server_->post("/v1/runs", json::object{{"files", wrong}});
    EXPECT_EQ(answer.status, 422) << answer.body;
    return text_of(answer.json(), "pointer");
  };
  EXPECT_EQ(refused(json::object{{"base64", "!"}}), "/files/blob.bin/base64");
  EXPECT_EQ(refused(json::object{{"base32", ""}}), "/files/blob.bin/base32");
  EXPECT_EQ(refused(7), "/files/blob.bin");
}

json::object leaves_files() {
  json::object body = program(
      "os.MkdirAll(\"out/a b\", 0o755)\nos.WriteFile(\"out/a b/x.txt\", []byte(\"hello\"), "
      "0o644)\nos.WriteFile(\"y.bin\", make([]byte, 70000), 0o644)\nos.Symlink(\"/etc/passwd\", "
      "\"out/link.txt\")",
      {"os"});
  body["artifacts"] = {"out/**/*.txt", "*.bin"};
  return body;
}

TEST_F(ApiTree, ArtifactsAreKeptWithTheResult) {
  const json::object result = server_->run(leaves_files());
  ASSERT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
  const json::array& list = result.at("artifacts").as_array();
  ASSERT_EQ(list.size(), 2U) << json::serialize(list);
  const json::object& text = list[0].as_object();
  EXPECT_EQ(text_of(text, "name"), "out/a b/x.txt");
  EXPECT_EQ(text_of(text, "href"),
            "/v1/runs/" + text_of(result, "id") + "/artifacts/out/a%20b/x.txt");
  const ApiAnswer got = server_->get(text_of(text, "href"));
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.header("content-type"), "application/octet-stream");
  EXPECT_EQ(got.header("content-disposition"), "attachment");
  EXPECT_EQ(hex(sha256(got.body)), text_of(text, "sha256"));
  const ApiAnswer large = server_->get(text_of(list[1].as_object(), "href"));
  EXPECT_EQ(large.body, std::string(70000, '\0'));
  const std::string base = "/v1/runs/" + text_of(result, "id") + "/artifacts/";
  for (const char* wrong : {"nothing", "out/link.txt", "../../runs.sqlite", "out", "%2e%2e/tree"}) {
    EXPECT_EQ(server_->get(base + wrong).status, 404) << wrong;
  }
  EXPECT_EQ(server_->get("/v1/runs/none/artifacts/y.bin").status, 404);
}

TEST_F(ApiTree, ARunThatLeavesNothingHasNoDirectory) {
  json::object body = leaves_files();
  body["artifacts"] = {"none/*"};
  const json::object result = server_->run(body);
  EXPECT_TRUE(result.at("artifacts").as_array().empty());
  EXPECT_FALSE(fs::exists(files_directory() + "/" + text_of(result, "id")));
}

TEST_F(ApiTree, ArtifactsExpireWithTheResult) {
  ApiServer server({"--results-cap", "150K"});
  std::string first;
  for (int i = 0; i < 4; ++i) {
    const json::object result = server.run(leaves_files());
    if (first.empty()) first = text_of(result.at("artifacts").as_array()[0].as_object(), "href");
  }
  EXPECT_EQ(server.get(first).status, 404);
  std::size_t kept = 0;
  for (const auto& each : fs::directory_iterator(server.data_directory() + "/files")) {
    kept += each.is_directory() ? 1U : 0U;
  }
  EXPECT_LE(kept, 2U);
}

TEST_F(ApiTree, OutputGoesOnWhereItIsTruncated) {
  json::object body = program("for i := 0; i < 300000; i++ { fmt.Println(\"line\", i) }", {"fmt"});
  body["output_limit"] = "truncate";
  const json::object result = server_->run(body);
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
  EXPECT_TRUE(text_of(result, "stdout").ends_with("line 299999\n"));
  const json::object& omitted = result.at("output_omitted_bytes").as_object();
  EXPECT_GT(omitted.at("stdout").to_number<std::int64_t>(), 0);
  EXPECT_EQ(omitted.at("stderr").to_number<std::int64_t>(), 0);
  body["output_limit"] = "kill";
  EXPECT_EQ(text_of(server_->run(body), "outcome"), "output_limit");
}

}  // namespace
}  // namespace gobox::tests
