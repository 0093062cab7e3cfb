// SPDX-License-Identifier: Apache-2.0

#include "base/json_text.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>

#include "base/utf8.h"

namespace gobox::runner {
namespace {

namespace json = boost::json;

TEST(JsonText, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(json_text(244.368), "244.368");
  EXPECT_EQ(json_text(8000.0), "8000");
  EXPECT_EQ(json_text(0.5), "0.5");
  EXPECT_EQ(json_text(-0.001), "-0.001");
  EXPECT_EQ(json_text(268435456), "268435456");
  EXPECT_EQ(json_text(std::uint64_t{18446744073709551615U}), "18446744073709551615");
}

TEST(JsonText, WritesWhatJsonDoesNotHaveAsNull) {
  EXPECT_EQ(json_text(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(json_text(std::numeric_limits<double>::quiet_NaN()), "null");
}

TEST(JsonText, IsReadBackAsTheSameValue) {
  const json::value value{
      {"text\n\"\\", "\x01 caf\xc3\xa9 </script>"},
      {"list", {1, -2.25, nullptr, true, json::array(), json::object()}},
      {"extremes",
       {std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min(), 0.1}}};
  EXPECT_EQ(json::parse(json_text(value)), value);
}

TEST(JsonText, IsUtf8WhateverItSays) {
  const std::string name =
      "a\xff"
      "b\xc3\xa9\xed\xa0\x80";
  const std::string shown =
      "a\xef\xbf\xbd"
      "b\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd";
  const std::string text = json_text(json::object{{name, json::array{name}}});
  EXPECT_TRUE(is_utf8(text));
  EXPECT_EQ(json::parse(text), (json::value{{shown, json::array{shown}}}));
}

TEST(Utf8, IsCutBetweenCharacters) {
  const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";  // of 1, 2, 3, 4 and 1 bytes
  const std::size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (std::size_t most = 0; most < std::size(ends); ++most) {
    EXPECT_EQ(cut_utf8(text, most), text.substr(0, ends[most])) << most;
  }
  EXPECT_EQ(cut_utf8("\x80\x80\x80\x80\x80\x80", 5).size(), 5U) << "no character to spare";
  EXPECT_EQ(cut_utf8("", 0), "");
}

}  // namespace
}  // namespace gobox::runner
