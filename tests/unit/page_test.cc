// SPDX-License-Identifier: Apache-2.0

// What the server writes into the page, and who its visitors are.

#include <unistd.h>

#include "api/operation/visitors.h"
#include "api/runs/omission.h"
#include "api/runs/run_input.h"
#include "api/web/assets.h"
#include "api/web/form_run.h"
#include "api/web/page_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTemplate =
    "<textarea><!--source-->mine<!--/source--></textarea><i><!--input--></i><!--answer-->";

TEST(PageText, KeepsTheTemplatesProgramWhereThereIsNone) {
  EXPECT_THAT(fill_page(kTemplate, {}), HasSubstr("<textarea>\nmine</textarea>"));
}

TEST(PageText, EscapesWhateverComesFromOutside) {
  PageText text;
  text.source = "</textarea><script>\0&\"'";
  text.source->push_back('\0');
  text.input = "<b>";
  text.answer.outcome = "<x>";
  text.answer.message = "<y>";
  text.answer.hints = {"<z>"};
  text.answer.out = "<o>";
  text.answer.err = "<e>";
  const std::string page = fill_page(kTemplate, text);
  for (const char* markup : {"<script>", "<b>", "<x>", "<y>", "<z>", "<o>", "<e>"}) {
    EXPECT_THAT(page, Not(HasSubstr(markup)));
  }
  EXPECT_EQ(page.find('\0'), std::string::npos);
}

// A program that holds the template's own marks must not be cut or filled in anew.
TEST(PageText, TakesNoMarkFromAProgram) {
  PageText text;
  text.source = "a <!--answer--> <!--input--> <!--source-->b<!--/source-->";
  text.input = "<!--source-->in<!--/source-->";
  text.answer.notice = "<!--input-->";
  const std::string page = fill_page(kTemplate, text);
  EXPECT_THAT(page, HasSubstr("a &lt;!--answer--&gt; &lt;!--input--&gt;"));
  EXPECT_THAT(page, HasSubstr("<i>&lt;!--source--&gt;in"));
}

TEST(Assets, AreNamedPlainly) {
  const auto assets = Assets::open("");
  ASSERT_TRUE(assets);
  for (const char* name : {"", ".", "..", "../policies/run.json", "a/b", ".gz", "unknown"}) {
    EXPECT_FALSE(assets->find(name)) << name;
  }
  EXPECT_FALSE(Assets::open("/nowhere"));
}

TEST(Assets, AreUnpackedWithinABound) {
  EXPECT_EQ(gunzip("not gzip", 100), "");
  for (const EmbeddedFile& file : embedded_files()) {
    if (!file.name.ends_with(".gz")) continue;
    const std::string whole = gunzip(file.bytes, std::size_t{8} << 20);
    EXPECT_GT(whole.size(), file.bytes.size() / 2) << file.name;
    EXPECT_EQ(gunzip(file.bytes, whole.size() - 1), "") << file.name;
    EXPECT_EQ(gunzip(file.bytes.substr(0, file.bytes.size() / 2), whole.size()), "");
  }
}

TEST(Assets, GoCompressedToWhoSaysSo) {
  const auto takes = [](const std::string& accepted) {
    Request request;
    request.headers.emplace("Accept-Encoding", accepted);
    return takes_gzip(request);
  };
  EXPECT_FALSE(takes_gzip({}));
  for (const char* yes : {"gzip", "br, gzip;q=0.5", "*", "deflate, gzip"})
    EXPECT_TRUE(takes(yes)) << yes;
  for (const char* no : {"", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"})
    EXPECT_FALSE(takes(no)) << no;
}

TEST(Form, KnowsWhereItCameFrom) {
  const auto from = [](std::multimap<std::string, std::string, IgnoreCase> headers) {
    Request request;
    request.headers = std::move(headers);
    return is_from_elsewhere(request);
  };
  EXPECT_FALSE(from({}));
  EXPECT_FALSE(from({{"Sec-Fetch-Site", "same-origin"}}));
  EXPECT_FALSE(from({{"Origin", "http://a:1"}, {"Host", "a:1"}}));
  EXPECT_TRUE(from({{"Sec-Fetch-Site", "cross-site"}}));
  EXPECT_TRUE(from({{"Sec-Fetch-Site", "same-site"}}));
  EXPECT_TRUE(from({{"Origin", "null"}, {"Host", "a:1"}}));
  EXPECT_TRUE(from({{"Origin", "http://b"}, {"Host", "a:1"}}));
}

TEST(Visitors, AreNobodyUnlessLetIn) {
  EXPECT_EQ(Visitors().name_of("192.0.2.1", ""), std::nullopt);
  EXPECT_FALSE(Visitors::parse("concurrency=0", ""));
  EXPECT_FALSE(Visitors::parse("colour=red", ""));
  EXPECT_FALSE(Visitors::parse("", "not-an-address"));
}

TEST(Visitors, AreWhomATrustedProxySaysAndNobodyElse) {
  const auto visitors = Visitors::parse(" concurrency=2 policies=default", "10.0.0.1,10.0.0.2");
  ASSERT_TRUE(visitors);
  EXPECT_EQ(visitors->caller()->concurrency, 2U);
  const auto name = [&](const char* remote, const char* forwarded) {
    return visitors->name_of(remote, forwarded).value_or("none");
  };
  const std::string direct = name("192.0.2.1", "");
  EXPECT_TRUE(Visitors::is_visitor(direct));
  EXPECT_NE(direct, name("192.0.2.2", ""));
  EXPECT_EQ(direct, name("192.0.2.1", "192.0.2.9")) << "who is no proxy names only himself";
  EXPECT_EQ(direct, name("10.0.0.1", "198.51.100.7, 192.0.2.1"));
  EXPECT_EQ(direct, name("10.0.0.1", "198.51.100.7, 192.0.2.1, 10.0.0.2"));
  EXPECT_EQ(direct, name("::ffff:192.0.2.1", ""));
  EXPECT_EQ(name("10.0.0.1", "rubbish"), name("10.0.0.1", ""));
  EXPECT_EQ(name("2001:db8:1:2:3::4", ""), name("2001:db8:1:2::5", ""));
  EXPECT_NE(name("2001:db8:1:2::4", ""), name("2001:db8:1:3::4", ""));
}

TEST(Omission, LeavesOutWhatWasHeard) {
  const std::string result =
      R"({"stdout":"o","stderr":"e","stages":[{"stdout":"o","stderr":"e"}],)"
      R"("events":[{"kind":"stdout","text":"o"},{"kind":"stderr","text":"e"}]})";
  EXPECT_EQ(without(result, {}), result);
  EXPECT_EQ(without(result, {.out = true}),
            R"({"stdout":null,"stderr":"e","stages":[{"stdout":null,"stderr":"e"}],)"
            R"("events":[{"kind":"stderr","text":"e"}]})");
  EXPECT_EQ(without("not json", {.out = true}), "not json");
}

TEST(RunInput, HoldsAPipeAndNoMore) {
  auto input = RunInput::open("first");
  ASSERT_TRUE(input);
  const std::string much(RunInput::kMostWaiting * 2, 'x');
  const auto taken = (*input)->send(much);
  ASSERT_TRUE(taken);
  EXPECT_LT(*taken, RunInput::kMostWaiting);
  EXPECT_EQ((*input)->send("y").value(), 0U);
  char byte = 0;
  ASSERT_EQ(::read((*input)->reading_end(), &byte, 1), 1);
  EXPECT_EQ(byte, 'f');
  (*input)->close();
  EXPECT_FALSE((*input)->send("z"));
  EXPECT_FALSE(RunInput::open(much));
}

}  // namespace
}  // namespace gobox::api
