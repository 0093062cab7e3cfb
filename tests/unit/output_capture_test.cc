// SPDX-License-Identifier: Apache-2.0

// OutputCapture: every byte is kept, and what keeping them costs does not depend on how they come.

#include "sandbox/output_capture.h"

#include <unistd.h>

#include "gtest/gtest.h"

namespace gobox::sandbox {
namespace {

OutputCapture capture_of(std::uint64_t cap,
                         policies::OutputLimit at_cap = policies::OutputLimit::kKill) {
  auto made = OutputCapture::create(cap, at_cap, ::getuid(), {});
  EXPECT_TRUE(made.has_value());
  made->start(OutputCapture::Clock::now());
  return std::move(*made);
}

void say(OutputCapture& capture, bool is_stderr, std::string_view bytes) {
  ASSERT_EQ(::write(capture.writing_end(is_stderr), bytes.data(), bytes.size()),
            static_cast<ssize_t>(bytes.size()));
  capture.read_once(is_stderr);
}

TEST(OutputCapture, KeepsTheOrderOfFewPieces) {
  OutputCapture capture = capture_of(1 << 20);
  for (const char* text : {"a", "b", "c"}) {
    say(capture, false, text);
    say(capture, true, text);
  }
  Ending ending;
  capture.move_into(ending);
  ASSERT_EQ(ending.output.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(ending.output[i].is_stderr, i % 2 == 1) << i;
}

TEST(OutputCapture, BoundsThePiecesOfTwoStreamsInTurn) {
  OutputCapture capture = capture_of(1 << 20);
  std::string written;
  for (int i = 0; i < 20'000; ++i) {
    const std::string byte(1, static_cast<char>('a' + i % 26));
    say(capture, false, byte);
    say(capture, true, byte);
    written += byte;
  }
  Ending ending;
  capture.move_into(ending);
  EXPECT_EQ(ending.text(false), written);
  EXPECT_EQ(ending.text(true), written);
  EXPECT_LT(ending.output.size(), 5000U);
  for (std::size_t i = 1; i < ending.output.size(); ++i) {
    EXPECT_GE(ending.output[i].offset, ending.output[i - 1].offset);
  }
}

TEST(OutputCapture, CutsATextBetweenCharacters) {
  OutputCapture capture = capture_of(10);
  say(capture, false, "12345678\xe2\x82\xac\xe2\x82\xac");
  say(capture, false, "x");  // what comes behind the cut is not kept, though there would be room
  EXPECT_TRUE(capture.over_cap());
  Ending ending;
  capture.move_into(ending);
  EXPECT_EQ(ending.text(false), "12345678");
  EXPECT_TRUE(ending.stdout_truncated);
}

TEST(OutputCapture, KeepsTheFirstAndTheLastWhereTheProgramGoesOn) {
  OutputCapture capture = capture_of(400, policies::OutputLimit::kTruncate);
  std::string written;
  for (int i = 0; i < 1000; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    say(capture, false, line);
    written += line;
  }
  EXPECT_FALSE(capture.over_cap());
  Ending ending;
  capture.move_into(ending);
  const std::string text = ending.text(false);
  EXPECT_TRUE(text.starts_with(written.substr(0, 200))) << text;
  EXPECT_TRUE(text.ends_with("line 998\nline 999\n")) << text;
  const std::string gap = "[" + std::to_string(ending.stdout_omitted) + " bytes left out here]\n";
  const std::size_t at = text.find(gap);
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_TRUE(text.substr(at + gap.size()).starts_with("line ")) << "whole lines follow";
  const std::size_t kept = text.size() - gap.size() - 1;
  EXPECT_EQ(kept + ending.stdout_omitted, written.size());
  EXPECT_LE(kept, 400U);
  EXPECT_TRUE(ending.stdout_truncated);
}

TEST(OutputCapture, LosesNothingOfWhatFits) {
  OutputCapture capture = capture_of(400, policies::OutputLimit::kTruncate);
  const std::string text = std::string(350, 'x') + "\xe2\x82\xac";
  say(capture, true, text.substr(0, 150));
  say(capture, true, text.substr(150));
  Ending ending;
  capture.move_into(ending);
  EXPECT_EQ(ending.text(true), text);
  EXPECT_FALSE(ending.stderr_truncated);
  EXPECT_EQ(ending.stderr_omitted, 0U);
}

}  // namespace
}  // namespace gobox::sandbox
