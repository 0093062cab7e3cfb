// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/test_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "runner/testing/test_event.h"
#include "runner/testing/test_tally.h"

namespace gobox::runner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// The events of a text that arrives in pieces of `step` bytes, without the package's own.
std::string stream_of(const std::string& text, std::size_t step) {
  std::string lines;
  TestStream stream("", TestFraming::kMarked, [&](const TestEvent& event) {
    TestEvent shown = event;
    shown.elapsed.reset();
    lines += to_json_line(shown) + "\n";
  });
  for (std::size_t at = 0; at < text.size(); at += step) stream.write(text.substr(at, step));
  stream.close("", "pass", 0);
  return lines;
}

// Go's own converter closes with an event of the package only where it saw PASS or FAIL.
std::string without_package_end(std::string lines) {
  if (lines.ends_with('\n')) lines.pop_back();
  const std::size_t last = lines.rfind('\n');
  const std::string end = lines.substr(last == std::string::npos ? 0 : last + 1);
  const bool of_package = end == "{\"Action\":\"pass\"}" || end == "{\"Action\":\"fail\"}" ||
                          end == "{\"Action\":\"skip\"}";
  return of_package ? lines.substr(0, last) : lines;
}

// What Go's converter is tested with, where the toolchain brings it along.
TEST(TestStream, TellsWhatGosConverterTells) {
  const std::filesystem::path samples = "/usr/local/go/src/cmd/internal/test2json/testdata";
  if (!std::filesystem::is_directory(samples)) GTEST_SKIP() << "no sources of Go here";
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(samples)) {
    if (entry.path().extension() != ".test") continue;
    const auto text = read_file(entry.path());
    const auto wanted = read_file(std::filesystem::path(entry.path()).replace_extension(".json"));
    ASSERT_TRUE(text && wanted) << entry.path();
    // The heads of benchmarks' and of very long lines are told as soon as they are there.
    const std::string name = entry.path().filename();
    const bool shows_pieces = name.starts_with("bench") || name == "framebig.test";
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, text->size() + 1}) {
      if (shows_pieces && step <= text->size()) continue;
      EXPECT_EQ(without_package_end(stream_of(*text, step)), without_package_end(*wanted))
          << entry.path() << " in pieces of " << step;
    }
    ++compared;
  }
  EXPECT_GE(compared, 10u);
}

TEST(TestEvent, IsWrittenAsGoWritesIt) {
  TestEvent event;
  event.action = "output";
  event.package = "p";
  event.test = "T";
  event.output = std::string("<a> & \"b\"\t\x01\xff\xe2\x80\xa8\n");
  event.elapsed = 0.25;
  EXPECT_EQ(to_json_line(event),
            "{\"Action\":\"output\",\"Package\":\"p\",\"Test\":\"T\",\"Elapsed\":0.25,"
            "\"Output\":\"\\u003ca\\u003e \\u0026 \\\"b\\\"\\t\\u0001\\ufffd\\u2028\\n\"}");
}

PackageTests tally_of(const std::string& text, Outcome outcome, TallyOptions options = {}) {
  TestTally tally(std::move(options));
  TestStream stream("p", TestFraming::kMarked, [&](const TestEvent& event) { tally.add(event); });
  stream.write(text);
  stream.end();
  PackageTests result;
  tally.finish(outcome, result);
  return result;
}

std::vector<std::string> outcomes_of(const PackageTests& package) {
  std::vector<std::string> list;
  for (const TestCase& each : package.tests) {
    list.push_back(each.name + " " + name_of(each.outcome));
  }
  return list;
}

// Before Go 1.20 nobody sends the marker, so a test that prints it must not hide what follows.
TEST(TestStream, TakesNoMarkerWhereNobodySendsIt) {
  std::vector<std::string> results;
  TestStream stream("p", test_framing(19), [&](const TestEvent& event) {
    if (event.action == "pass" || event.action == "fail") {
      results.push_back(event.action + " " + event.test);
    }
  });
  stream.write("=== RUN   TestH\n\x16--- PASS: TestH (0.00s)\n\x16PASS\n--- FAIL: TestH (0.00s)\n");
  stream.end();
  EXPECT_THAT(results, ElementsAre("fail TestH"));
  EXPECT_EQ(test_framing(20), TestFraming::kMarked);
}

TEST(TestTally, CountsTestsAndSubtests) {
  const auto result = tally_of(
      "=== RUN   TestA\n=== RUN   TestA/one\n    a_test.go:3: said\n--- FAIL: TestA (0.25s)\n"
      "    --- FAIL: TestA/one (0.20s)\n=== RUN   TestB\n--- SKIP: TestB (0.00s)\n"
      "=== RUN   TestC\n--- PASS: TestC (0.00s)\nFAIL\n",
      Outcome::kExited);
  EXPECT_THAT(outcomes_of(result),
              ElementsAre("TestA fail", "TestA/one fail", "TestB skip", "TestC pass"));
  EXPECT_EQ(result.tests[0].elapsed, std::chrono::milliseconds(250));
  EXPECT_THAT(result.tests[1].output, HasSubstr("a_test.go:3: said"));
  EXPECT_THAT(result.doubts, IsEmpty());
}

TEST(TestTally, PassesOnlyWhatEndedWithPass) {
  const std::string good = "=== RUN   TestA\n--- PASS: TestA (0.00s)\nPASS\n";
  EXPECT_EQ(tally_of(good, Outcome::kOk).outcome, Outcome::kOk);
  // exit_group(2) by hand, which paniconexit0 does not see.
  const auto silent = tally_of("=== RUN   TestA\n", Outcome::kOk);
  EXPECT_EQ(silent.outcome, Outcome::kExited);
  EXPECT_THAT(outcomes_of(silent), ElementsAre("TestA fail"));
  EXPECT_EQ(tally_of("", Outcome::kOk).outcome, Outcome::kExited);
  EXPECT_EQ(tally_of("=== RUN   TestA\nPASS\n", Outcome::kOk).outcome, Outcome::kExited);
  EXPECT_EQ(tally_of("=== RUN   TestA\n--- FAIL: TestA (0s)\nPASS\n", Outcome::kOk).outcome,
            Outcome::kExited);
}

TEST(TestTally, TakesTheLastClosingLine) {
  const std::string text =
      "=== RUN   TestA\nFAIL\n--- PASS: TestA (0.00s)\nPASS\n";  // of a child's output
  EXPECT_EQ(tally_of(text, Outcome::kOk).outcome, Outcome::kOk);
}

TEST(TestTally, LetsTestMainDecideThatNothingRuns) {
  TallyOptions options;
  options.declared.has_main = true;
  EXPECT_EQ(tally_of("not here\n", Outcome::kOk, options).outcome, Outcome::kOk);
}

TEST(TestTally, MissesDeclaredTestsThatNeverBegan) {
  TallyOptions options;
  options.declared.names = options.declared.expected = {"TestA", "TestMore"};
  const std::string forged = "=== RUN   TestA\n--- PASS: TestA (0.00s)\nPASS\n";
  const auto result = tally_of(forged, Outcome::kOk, options);
  EXPECT_EQ(result.outcome, Outcome::kExited);
  EXPECT_THAT(result.message, HasSubstr("TestMore"));
  options.selects = true;
  EXPECT_EQ(tally_of(forged, Outcome::kOk, options).outcome, Outcome::kOk);
}

TEST(TestTally, OfTwoResultsTheWorseStands) {
  const auto result =
      tally_of("=== RUN   TestA\n--- PASS: TestA (0.00s)\n--- FAIL: TestA (0.00s)\nFAIL\n",
               Outcome::kExited);
  EXPECT_THAT(outcomes_of(result), ElementsAre("TestA fail"));
  EXPECT_THAT(result.doubts, SizeIs(1));
  const auto other =
      tally_of("=== RUN   TestA\n--- FAIL: TestA (0.00s)\n--- PASS: TestA (0.00s)\nFAIL\n",
               Outcome::kExited);
  EXPECT_THAT(outcomes_of(other), ElementsAre("TestA fail"));
}

TEST(TestTally, TakesNoPassOfWhatHasNotBegun) {
  const std::string forged =
      "=== RUN   TestA\n--- PASS: TestA (0.00s)\n--- PASS: TestB (0.00s)\nPASS\n";
  const auto result = tally_of(forged, Outcome::kOk);
  EXPECT_EQ(result.outcome, Outcome::kExited);
  EXPECT_THAT(outcomes_of(result), ElementsAre("TestA pass", "TestB fail"));
  // Go 1.19 does not say that fuzzing begins.
  TallyOptions options;
  options.selects = true;
  options.fuzzes = true;
  EXPECT_EQ(tally_of("--- PASS: FuzzA (0.00s)\nPASS\n", Outcome::kOk, options).outcome,
            Outcome::kOk);
}

TEST(TestTally, BelievesNothingOfAProcessThatDidNotComeToItsEnd) {
  TestTally tally({});
  TestStream stream("p", TestFraming::kMarked, [&](const TestEvent& event) { tally.add(event); });
  stream.write(
      "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n--- PASS: TestB (0.00s)\nPASS\n");
  stream.end();
  tally.deny_end();
  PackageTests result;
  tally.finish(Outcome::kOk, result);
  EXPECT_EQ(result.outcome, Outcome::kExited);
  EXPECT_THAT(outcomes_of(result), ElementsAre("TestA fail", "TestB fail"));
  EXPECT_THAT(result.doubts, SizeIs(1));
}

TEST(TestTally, BlamesTheLastTestOfAProcessThatDiedInTheMiddle) {
  const auto result = tally_of("=== RUN   TestA\n--- PASS: TestA (0.00s)\n", Outcome::kSignaled);
  EXPECT_THAT(outcomes_of(result), ElementsAre("TestA fail"));
  EXPECT_THAT(result.running, ElementsAre("TestA"));
  EXPECT_THAT(result.doubts, SizeIs(1));
}

TEST(TestTally, NamesWhoHangs) {
  const auto result =
      tally_of("=== RUN   TestA\n=== RUN   TestA/slow\nSIGQUIT: quit\n", Outcome::kTimeout);
  EXPECT_THAT(outcomes_of(result), ElementsAre("TestA timeout", "TestA/slow timeout"));
  EXPECT_THAT(result.running, ElementsAre("TestA/slow"));
}

TEST(TestTally, TellsPanicsApart) {
  const auto result =
      tally_of("=== RUN   TestA\n--- FAIL: TestA (0.00s)\npanic: boom [recovered]\n\tpanic: boom\n",
               Outcome::kExited);
  EXPECT_THAT(outcomes_of(result), ElementsAre("TestA panic"));
}

TEST(TestTally, DoubtsWhatNoSourceDeclares) {
  TallyOptions options;
  options.declared.names = {"TestA"};
  const auto result = tally_of(
      "=== RUN   TestGhost\n--- PASS: TestGhost (0.00s)\n=== RUN   TestA\n--- PASS: TestA "
      "(0.00s)\nPASS\n",
      Outcome::kOk, options);
  EXPECT_THAT(result.doubts, ElementsAre(HasSubstr("TestGhost")));
}

TEST(TestTally, KeepsHeadAndTailOfLongOutput) {
  std::string text = "=== RUN   TestA\n";
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i) + "\n";
  text += "--- PASS: TestA (0.00s)\nPASS\n";
  const auto result = tally_of(text, Outcome::kOk);
  const std::string& output = result.tests[0].output;
  EXPECT_LE(output.size(), 2 * TestTally::kMaxTestOutput);
  EXPECT_THAT(output, HasSubstr("line 0\n"));
  EXPECT_THAT(output, HasSubstr("line 19999\n"));
  EXPECT_THAT(output, HasSubstr("bytes left out]"));
}

TEST(TestTally, ReadsCoverage) {
  const auto result =
      tally_of("=== RUN   TestA\n--- PASS: TestA (0.00s)\nPASS\ncoverage: 83.3% of statements\n",
               Outcome::kOk);
  ASSERT_TRUE(result.coverage);
  EXPECT_DOUBLE_EQ(*result.coverage, 83.3);
}

}  // namespace
}  // namespace gobox::runner
