// SPDX-License-Identifier: Apache-2.0

#include "base/quantity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace gobox {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::uint64_t kMebi = 1ULL << 20;

struct Refused {
  std::string text;
  std::string reason;
};

// Names parameterised cases by what they try.
void PrintTo(const Refused& refused, std::ostream* out) {
  *out << '"' << refused.text << '"';
}

std::vector<Refused> refused_by_all() {
  return {{"", "is empty"},         {" ", "white space"},
          {" 1", "white space"},    {"1 ", "white space"},
          {"1\n", "white space"},   {"-1", "negative"},
          {"-0", "negative"},       {"-1s", "negative"},
          {"-64M", "negative"},     {"+1", "sign"},
          {"+5s", "sign"},          {"NaN", "is not a"},
          {"nan", "is not a"},      {"inf", "is not a"},
          {"Infinity", "is not a"}, {"-inf", "negative"},
          {".5", "is not a"},       {"M", "is not a"},
          {"s", "is not a"},        {"1.5.2s", "is not a"},
          {"1.s", "is not a"},      {"\xef\xbc\x95s", "is not a"}};
}

class EveryQuantityRefuses : public testing::TestWithParam<Refused> {};

TEST_P(EveryQuantityRefuses, WithASentenceThatNamesTheFlag) {
  const std::string& text = GetParam().text;
  const std::vector<Error> errors = {
      parse_size("--flag", text).error(), parse_duration("--flag", text).error(),
      parse_grace("--flag", text).error(), parse_cpus("--flag", text).error(),
      parse_count("--flag", text, 1, 10).error()};
  for (const Error& error : errors) {
    EXPECT_EQ(error.kind, Error::Kind::kCaller);
    EXPECT_THAT(error.message, StartsWith("--flag: "));
    EXPECT_THAT(error.message, HasSubstr(GetParam().reason));
  }
}

INSTANTIATE_TEST_SUITE_P(Quantity, EveryQuantityRefuses, testing::ValuesIn(refused_by_all()));

class SizeRefuses : public testing::TestWithParam<Refused> {};

TEST_P(SizeRefuses, WithTheReason) {
  const auto size = parse_size("--memory", GetParam().text);
  ASSERT_FALSE(size.has_value()) << *size;
  EXPECT_THAT(size.error().message, StartsWith("--memory: \""));
  EXPECT_THAT(size.error().message, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Quantity, SizeRefuses,
    testing::Values(Refused{"0", "is zero"}, Refused{"0M", "is zero"}, Refused{"0.0G", "is zero"},
                    Refused{"64X", "unknown unit \"X\""}, Refused{"64MM", "unknown unit"},
                    Refused{"1e308", "unknown unit \"e308\""}, Refused{"0x10", "unknown unit"},
                    Refused{"1,5G", "unknown unit"}, Refused{"64P", "unknown unit"},
                    Refused{"5s", "unknown unit"}, Refused{"1.5", "whole number of bytes"},
                    Refused{"1.5B", "whole number of bytes"}, Refused{"0.0001K", "less than 1"},
                    Refused{"1025T", "too large"}, Refused{"1024.1T", "too large"},
                    Refused{"1125899906842625", "too large"},
                    Refused{"18446744073709551616", "too large"},
                    Refused{"18014398509481984K", "too large"},
                    Refused{std::string(5000, '9'), "too large"}));

TEST(Size, TakesPowersOf1024WithAndWithoutB) {
  EXPECT_EQ(parse_size("x", "1048576").value(), kMebi);
  EXPECT_EQ(parse_size("x", "1").value(), 1U);
  EXPECT_EQ(parse_size("x", "64M").value(), 64 * kMebi);
  EXPECT_EQ(parse_size("x", "64MB").value(), 64'000'000U) << "told from MiB";
  EXPECT_EQ(parse_size("x", "1gb").value(), 1'000'000'000U);
  EXPECT_EQ(parse_size("x", "64MiB").value(), 64 * kMebi);
  EXPECT_EQ(parse_size("x", "64m").value(), 64 * kMebi);
  EXPECT_EQ(parse_size("x", "1K").value(), 1024U);
  EXPECT_EQ(parse_size("x", "1G").value(), 1024 * kMebi);
  EXPECT_EQ(parse_size("x", "1.5G").value(), 1536 * kMebi);
  EXPECT_EQ(parse_size("x", "007K").value(), 7U * 1024);
}

TEST(Size, ReachesOnePebibyteAndNoFurther) {
  EXPECT_EQ(parse_size("x", "1024T").value(), 1ULL << 50);
  EXPECT_EQ(parse_size("x", "1125899906842624").value(), 1ULL << 50);
}

TEST(Size, MessageIsTheWholeSentence) {
  EXPECT_EQ(parse_size("--memory", "0").error().message,
            "--memory: \"0\" is zero; a size must be at least 1 byte");
}

TEST(Size, MessageStaysOneShortLineWhateverWasWritten) {
  const std::string message =
      parse_size("--memory", "1\x1b[31m" + std::string(9999, 'x')).error().message;
  EXPECT_LT(message.size(), 300U);
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_THAT(message, HasSubstr("..."));
}

class DurationRefuses : public testing::TestWithParam<Refused> {};

TEST_P(DurationRefuses, WithTheReason) {
  const auto duration = parse_duration("--run-timeout", GetParam().text);
  ASSERT_FALSE(duration.has_value()) << duration->count();
  EXPECT_THAT(duration.error().message, StartsWith("--run-timeout: \""));
  EXPECT_THAT(duration.error().message, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Quantity, DurationRefuses,
    testing::Values(Refused{"0", "no unit"}, Refused{"8", "no unit"}, Refused{"1.5", "no unit"},
                    Refused{"0s", "is zero"}, Refused{"0.000ms", "is zero"},
                    Refused{"-0s", "negative"}, Refused{"0.1ns", "less than 1ns"},
                    Refused{"8S", "unknown unit \"S\""}, Refused{"8sec", "unknown unit"},
                    Refused{"1d", "unknown unit"}, Refused{"1e308s", "unknown unit \"e308s\""},
                    Refused{"0x8s", "unknown unit"}, Refused{"721h", "too long"},
                    Refused{"720.1h", "too long"}, Refused{"2592000000000001us", "too long"},
                    Refused{"18446744073709551617ns", "too long"},
                    Refused{std::string(400, '9') + "s", "too long"}));

TEST(Duration, TakesEveryUnitAndFractions) {
  EXPECT_EQ(parse_duration("x", "7ns").value(), Nanoseconds(7));
  EXPECT_EQ(parse_duration("x", "7us").value(), Nanoseconds(7000));
  EXPECT_EQ(parse_duration("x", "250ms").value(), milliseconds(250));
  EXPECT_EQ(parse_duration("x", "8s").value(), seconds(8));
  EXPECT_EQ(parse_duration("x", "1.5s").value(), milliseconds(1500));
  EXPECT_EQ(parse_duration("x", "0.3s").value(), milliseconds(300));
  EXPECT_EQ(parse_duration("x", "1m").value(), minutes(1));
  EXPECT_EQ(parse_duration("x", "0.5h").value(), minutes(30));
  EXPECT_EQ(parse_duration("x", "720h").value(), hours(720));
}

TEST(Grace, MayBeZeroAndOtherwiseIsADuration) {
  EXPECT_EQ(parse_grace("--grace", "0").value(), Nanoseconds::zero());
  EXPECT_EQ(parse_grace("--grace", "0s").value(), Nanoseconds::zero());
  EXPECT_EQ(parse_grace("--grace", "0.0ms").value(), Nanoseconds::zero());
  EXPECT_EQ(parse_grace("--grace", "250ms").value(), milliseconds(250));
  EXPECT_THAT(parse_grace("--grace", "-0").error().message, HasSubstr("negative"));
  EXPECT_THAT(parse_grace("--grace", "0parsec").error().message, HasSubstr("unknown unit"));
  EXPECT_THAT(parse_grace("--grace", "5").error().message, HasSubstr("no unit"));
}

TEST(Cpus, TakesFractionsBetweenItsBounds) {
  EXPECT_DOUBLE_EQ(parse_cpus("x", "1").value(), 1);
  EXPECT_DOUBLE_EQ(parse_cpus("x", "0.5").value(), 0.5);
  EXPECT_DOUBLE_EQ(parse_cpus("x", "0.01").value(), 0.01);
  EXPECT_DOUBLE_EQ(parse_cpus("x", "1024").value(), 1024);
}

TEST(Cpus, RefusesWhatLiesOutside) {
  EXPECT_THAT(parse_cpus("--cpus", "0").error().message, HasSubstr("is zero"));
  EXPECT_THAT(parse_cpus("--cpus", "0.009").error().message, HasSubstr("too small"));
  EXPECT_THAT(parse_cpus("--cpus", "0." + std::string(400, '0') + "1").error().message,
              HasSubstr("too small"));
  EXPECT_THAT(parse_cpus("--cpus", "1024.01").error().message, HasSubstr("too large"));
  EXPECT_THAT(parse_cpus("--cpus", std::string(400, '9')).error().message, HasSubstr("too large"));
  EXPECT_THAT(parse_cpus("--cpus", "1e3").error().message, HasSubstr("is not a number of CPUs"));
  EXPECT_THAT(parse_cpus("--cpus", "0x1p3").error().message, HasSubstr("is not a number of CPUs"));
}

TEST(Count, TakesWholeNumbersWithinItsBoundsOnly) {
  EXPECT_EQ(parse_count("x", "1", 1, 128).value(), 1U);
  EXPECT_EQ(parse_count("x", "128", 1, 128).value(), 128U);
  EXPECT_EQ(parse_count("x", "0", 0, 128).value(), 0U);
  EXPECT_EQ(parse_count("x", "18446744073709551615", 1, ~0ULL).value(), ~0ULL);
  EXPECT_THAT(parse_count("--pids", "0", 1, 128).error().message, HasSubstr("is zero"));
  EXPECT_THAT(parse_count("--pids", "1", 2, 128).error().message, HasSubstr("at least 2"));
  EXPECT_THAT(parse_count("--pids", "129", 1, 128).error().message, HasSubstr("at most 128"));
  EXPECT_THAT(parse_count("--pids", "18446744073709551616", 1, ~0ULL).error().message,
              HasSubstr("too large"));
  EXPECT_THAT(parse_count("--pids", "1.0", 1, 128).error().message, HasSubstr("whole number"));
  EXPECT_THAT(parse_count("--pids", "1K", 1, 128).error().message, HasSubstr("whole number"));
}

TEST(FormatSize, UsesTheLargestUnitAndAtMostTwoDecimals) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(812), "812 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1024), "1 KiB");
  EXPECT_EQ(format_size(256 * kMebi), "256 MiB");
  EXPECT_EQ(format_size(1536 * kMebi), "1.5 GiB");
  EXPECT_EQ(format_size(kMebi - 1), "1 MiB");
  EXPECT_EQ(format_size(1ULL << 50), "1 PiB");
  EXPECT_EQ(format_size(std::numeric_limits<std::uint64_t>::max()), "16384 PiB");
}

TEST(FormatDuration, UsesTheLargestUnitAndAtMostTwoDecimals) {
  EXPECT_EQ(format_duration(Nanoseconds::zero()), "0 s");
  EXPECT_EQ(format_duration(Nanoseconds(15)), "15 ns");
  EXPECT_EQ(format_duration(milliseconds(250)), "250 ms");
  EXPECT_EQ(format_duration(seconds(8)), "8 s");
  EXPECT_EQ(format_duration(milliseconds(1250)), "1.25 s");
  EXPECT_EQ(format_duration(Nanoseconds(999'999'999)), "1 s");
  EXPECT_EQ(format_duration(seconds(90)), "1.5 min");
  EXPECT_EQ(format_duration(hours(2)), "2 h");
  EXPECT_EQ(format_duration(milliseconds(-5)), "-5 ms");
}

TEST(Format, CanBeReadBackWithoutTheSpace) {
  EXPECT_EQ(parse_size("x", "256MiB").value(), 256 * kMebi);
  EXPECT_EQ(parse_duration("x", "1.25s").value(), milliseconds(1250));
}

}  // namespace
}  // namespace gobox
