#include "base/json_text.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>

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

}  // namespace
}  // namespace gobox::runner
