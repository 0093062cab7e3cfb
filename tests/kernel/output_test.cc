// SPDX-License-Identifier: Apache-2.0

// Output: exact bytes up to the cap, and the run's end beyond it.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"

namespace gobox::tests {
namespace {

using sandbox::Ending;
using sandbox::KillReason;

constexpr std::uint64_t kCap = 70'000;  // more than one read's worth, and no round number

// What write_bytes sends.
std::string pattern(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i % 256);
  return bytes;
}

Trial with_cap(std::uint64_t bytes) {
  Trial trial;
  trial.policy.limits.output_bytes = bytes;
  return trial;
}

struct Stream {
  const char* number;
  bool is_stderr;
};

class Output : public ::testing::TestWithParam<Stream> {};

TEST_P(Output, IsExactUpToTheCap) {
  const Ending ending =
      run({"write_bytes", GetParam().number, std::to_string(kCap)}, with_cap(kCap));
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(ending.killed, KillReason::kNone);
  EXPECT_TRUE(ending.text(GetParam().is_stderr) == pattern(kCap));
  EXPECT_EQ(ending.text(!GetParam().is_stderr), "");
  EXPECT_FALSE(ending.stdout_truncated);
  EXPECT_FALSE(ending.stderr_truncated);
}

TEST_P(Output, OneByteMoreEndsTheRun) {
  const Ending ending =
      run({"write_bytes", GetParam().number, std::to_string(kCap + 1)}, with_cap(kCap));
  EXPECT_EQ(ending.killed, KillReason::kOutputLimit);
  EXPECT_TRUE(ending.text(GetParam().is_stderr) == pattern(kCap));
  EXPECT_EQ(ending.stdout_truncated, !GetParam().is_stderr);
  EXPECT_EQ(ending.stderr_truncated, GetParam().is_stderr);
}

TEST_P(Output, AFloodIsCutAtTheCap) {
  const Ending ending = run({"write_bytes", GetParam().number, "9000000000000"}, with_cap(kCap));
  EXPECT_EQ(ending.killed, KillReason::kOutputLimit);
  EXPECT_TRUE(ending.text(GetParam().is_stderr) == pattern(kCap));
}

INSTANTIATE_TEST_SUITE_P(Streams, Output, ::testing::Values(Stream{"1", false}, Stream{"2", true}),
                         [](const auto& param) {
                           return std::string(param.param.is_stderr ? "Stderr" : "Stdout");
                         });

TEST(Outputs, NulAndInvalidUtf8ComeThrough) {
  const std::string bytes("a\0b\xff\xfe\xc3(\n", 8);
  EXPECT_EQ(output_of({"/bin/sh", "-c", "printf 'a\\000b\\377\\376\\303(\\n'"}), bytes);
}

TEST(Outputs, TheStreamsCanBeReopenedByName) {
  const Ending ending = run({"/bin/sh", "-c", "echo one > /dev/stdout; echo two > /dev/stderr"});
  EXPECT_EQ(ending.text(false), "one\n");
  EXPECT_EQ(ending.text(true), "two\n");
}

TEST(Outputs, AreToldAsTheyComeAndInOrder) {
  std::string told;
  Trial trial;
  trial.execution.sink = [&](bool is_stderr, std::string_view bytes) {
    told += std::string(is_stderr ? "2:" : "1:") + std::string(bytes);
  };
  const Ending ending = run({"/bin/sh", "-c", "echo one; echo two"}, std::move(trial));
  EXPECT_EQ(ending.text(false), "one\ntwo\n");
  EXPECT_THAT(told, ::testing::StartsWith("1:one\n"));
  Nanoseconds last{0};
  for (const sandbox::OutputChunk& chunk : ending.output) {
    EXPECT_GE(chunk.offset, last);
    last = chunk.offset;
  }
}

TEST(Outputs, WhatWasPrintedBeforeACrashIsReturned) {
  const Ending ending = run({"/bin/sh", "-c", "echo said; kill -SEGV $$"});
  EXPECT_EQ(ending.signal, SIGSEGV);
  EXPECT_EQ(ending.text(false), "said\n");
}

}  // namespace
}  // namespace gobox::tests
