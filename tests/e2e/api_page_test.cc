// SPDX-License-Identifier: Apache-2.0

// The page: its files, what keeps strangers' text from becoming markup, and the form without
// JavaScript.

#include <boost/json.hpp>
#include <cstdio>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPageForm = "application/x-www-form-urlencoded";

class ApiPage : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new ApiServer; }

  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  // The first name behind "/assets/" that ends so.
  static std::string asset(const std::string& ending) {
    const std::string page = server_->get("/").body;
    const std::size_t end = page.find(ending + "\"");
    const std::size_t begin = page.rfind("/assets/", end);
    return page.substr(begin, end + ending.size() - begin);
  }

  static ApiServer* server_;
};

ApiServer* ApiPage::server_ = nullptr;

std::string form_encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    char escaped[4];
    std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned char>(c));
    out += escaped;
  }
  return out;
}

TEST_F(ApiPage, LetsNothingInButItsOwn) {
  for (const std::string& path : {std::string("/"), asset(".js"), asset(".css")}) {
    const ApiAnswer answer = server_->get(path);
    EXPECT_EQ(answer.status, 200) << path;
    const std::string policy = answer.header("content-security-policy");
    EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
    EXPECT_THAT(policy, HasSubstr("require-trusted-types-for 'script'"));
    EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(answer.header("cross-origin-opener-policy"), "same-origin");
  }
  EXPECT_THAT(server_->get("/").body, Not(HasSubstr("://")));
}

TEST_F(ApiPage, IsKnownByItsTag) {
  for (const std::string& path : {std::string("/"), asset(".js")}) {
    const ApiAnswer first = server_->get(path);
    const std::string tag = first.header("etag");
    ASSERT_FALSE(tag.empty());
    const ApiAnswer again = server_->get(path, {{"If-None-Match", tag}});
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(server_->get(path, {{"If-None-Match", "\"other\""}}).status, 200);
  }
  EXPECT_THAT(server_->get(asset(".js")).header("cache-control"), HasSubstr("immutable"));
  EXPECT_EQ(server_->get("/").header("cache-control"), "no-cache");
}

TEST_F(ApiPage, SendsItsFilesCompressedToWhoTakesThem) {
  const std::string script = asset(".js");
  const ApiAnswer plain = server_->get(script, {{"Accept-Encoding", "identity"}});
  const ApiAnswer refused = server_->get(script, {{"Accept-Encoding", "gzip;q=0, br"}});
  EXPECT_EQ(plain.header("content-encoding"), "");
  EXPECT_EQ(refused.header("content-encoding"), "");
  EXPECT_EQ(refused.body, plain.body);
  const UniqueFd socket = server_->connect();
  ASSERT_TRUE(send_all(socket.get(), "GET " + script +
                                         " HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n"
                                         "Connection: close\r\n\r\n"));
  const std::string packed = receive_all(socket.get());
  EXPECT_THAT(packed, HasSubstr("Content-Encoding: gzip"));
  EXPECT_LT(packed.size(), plain.body.size() / 2);
  EXPECT_EQ(plain.header("vary"), "Accept-Encoding");
}

TEST_F(ApiPage, HasNoOtherFiles) {
  for (const char* path : {"/assets/", "/assets/index.html", "/assets/..", "/assets/%2e%2e%2fetc",
                           "/assets/.hidden", "/assets/a/b", "/play/p/", "/play"}) {
    EXPECT_EQ(server_->get(path).status, 404) << path;
  }
}

TEST_F(ApiPage, ShowsASharedProgramAsText) {
  const std::string source = "package main // </textarea><script>alert(1)</script>\n";
  const std::string id = server_->post("/share", source, "text/plain").body;
  const ApiAnswer page = server_->get("/play/p/" + id);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(page.body, Not(HasSubstr("<script>alert")));
  EXPECT_EQ(server_->get("/play/p/unknown").status, 404);
}

TEST_F(ApiPage, AnswersItsFormWithoutJavaScript) {
  const std::string source =
      "package main\r\nimport (\"fmt\"; \"io\"; \"os\")\r\nfunc main() {\r\n"
      "in, _ := io.ReadAll(os.Stdin)\r\nfmt.Printf(\"<b>%s</b>\", in)\r\npanic(\"why\")\r\n}\r\n";
  const ApiAnswer answer = server_->post(
      "/", "source=" + form_encoded(source) + "&stdin=" + form_encoded("a<i>b") + "&kind=run",
      kPageForm);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("&lt;b&gt;a&lt;i&gt;b&lt;/b&gt;"));
  EXPECT_THAT(answer.body, HasSubstr("<h2>exited"));
  EXPECT_THAT(answer.body, HasSubstr("panic: why"));
  EXPECT_THAT(answer.body, HasSubstr("fmt.Printf(&quot;&lt;b&gt;%s&lt;/b&gt;&quot;, in)"));
  EXPECT_THAT(answer.body, Not(HasSubstr("\r")));
  EXPECT_EQ(server_->post("/", "source=", kPageForm).status, 422);
  EXPECT_EQ(server_->post("/", "source=%zz", kPageForm).status, 400);
}

TEST_F(ApiPage, TakesNoFormFromAnotherSite) {
  const std::string form = "source=" + form_encoded("package main\nfunc main() {}\n");
  EXPECT_EQ(server_->post("/", form, kPageForm, {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(server_->post("/", form, kPageForm, {{"Origin", "http://evil.example"}}).status, 403);
  EXPECT_EQ(server_->post("/", form, kPageForm, {{"Sec-Fetch-Site", "same-origin"}}).status, 200);
}

TEST(ApiPageSettings, LeavesThePageOutOrTakesItFromAFolder) {
  const ApiServer bare({"--no-web"});
  EXPECT_EQ(bare.get("/").status, 404);
  EXPECT_EQ(bare.get("/play/p/a").status, 404);
  ScratchDirectory folder;
  folder.write("index.html", "mine <!--source-->x<!--/source-->");
  folder.write("a.js", "one");
  const ApiServer own({"--web-dir", folder / "", "--frame-ancestors", "https://a.example"});
  EXPECT_THAT(own.get("/").body, HasSubstr("mine"));
  EXPECT_THAT(own.get("/").header("content-security-policy"),
              HasSubstr("frame-ancestors https://a.example;"));
  EXPECT_EQ(own.get("/assets/a.js").body, "one");
  folder.write("a.js", "two");
  EXPECT_EQ(own.get("/assets/a.js").body, "two");
}

}  // namespace
}  // namespace gobox::tests
