// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/test_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "runner/job/artifacts.h"
#include "runner/testing/build_report.h"
#include "runner/testing/cover_html.h"
#include "runner/testing/cover_profile.h"
#include "runner/testing/declared_tests.h"
#include "runner/testing/junit.h"
#include "runner/testing/kept_tests.h"
#include "runner/testing/test_text.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::runner {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Result<TestSettings> read_settings(const std::vector<std::string>& words) {
  TestSettings settings;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t taken = TRY(take_test_flag(words, at, settings));
    if (taken == 0) return Error::caller("left: " + words[at]);
    at += taken;
  }
  return settings;
}

TEST(TestSettings, ReadsGosSpellings) {
  const auto settings = read_settings(
      {"-run", "TestA", "--count=2", "-test.short", "-v=false", "-timeout", "1m30s", "-bench=."});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->timeout, "1m30s");
  EXPECT_FALSE(settings->verbose);
  EXPECT_TRUE(settings->repeats && settings->selects);
  EXPECT_THAT(settings->binary,
              ElementsAre("-test.run=TestA", "-test.count=2", "-test.short=true", "-test.bench=."));
}

TEST(TestSettings, LeavesOurOwnFlagsAlone) {
  TestSettings settings;
  for (const char* word : {"--json", "--memory=64M", "--vet", "-", "--", "./...", "-tags=x"}) {
    const auto taken = take_test_flag({word}, 0, settings);
    ASSERT_TRUE(taken) << word;
    EXPECT_EQ(*taken, 0u) << word;
  }
}

TEST(TestSettings, RefusesByName) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"-exec", "x"},
                                             {"-o=x"},
                                             {"-c"},
                                             {"-count=-1"},
                                             {"-timeout=soon"},
                                             {"-run"},
                                             {"-cpuprofile=/etc/x"},
                                             {"-cpuprofile=../x"},
                                             {"-covermode=all"},
                                             {"-short=perhaps"}}) {
    const auto settings = read_settings(words);
    ASSERT_FALSE(settings) << words[0];
    EXPECT_EQ(settings.error().kind, Error::Kind::kCaller);
    const std::string name = words[0].substr(0, words[0].find('='));
    EXPECT_THAT(settings.error().message, HasSubstr(name));
  }
}

TEST(TestSettings, PassesWhatGoTestPasses) {
  EXPECT_THAT(test_binary_arguments({}, 26),
              ElementsAre("-test.paniconexit0", "-test.v=test2json", "-test.timeout=10m0s"));
  EXPECT_THAT(test_binary_arguments({}, 19), Contains("-test.v=true"));
}

TEST(TestSettings, KnowsWhatIsTooNew) {
  const auto settings = read_settings({"-skip=X"});
  ASSERT_TRUE(settings);
  EXPECT_FALSE(check_for_version(*settings, 19));
  EXPECT_TRUE(check_for_version(*settings, 20));
}

// As Go 1.26 says it.
TEST(BuildReport, ReadsEventsOfBuilds) {
  std::vector<std::string> binaries;
  BuildReport report(
      [&](const BuildReport::Package& package) -> Result<void> {
        binaries.push_back(package.path + " " + package.binary + " " + package.directory);
        return {};
      },
      [](std::string_view) {});
  const std::string text =
      R"({"ImportPath":"m/b [m/b.test]","Action":"build-output","Output":"# m/b [m/b.test]\n"}
{"ImportPath":"m/b [m/b.test]","Action":"build-output","Output":"b/b_test.go:3:27: wrong\n"}
{"ImportPath":"m/b [m/b.test]","Action":"build-fail"}
{"Action":"start","Package":"m/a-b"}
{"Action":"output","Package":"m/a-b","Output":"gobox-test: b001 /work/a-b\n"}
{"Action":"pass","Package":"m/a-b","Elapsed":0.003}
{"Action":"output","Package":"m/b","Output":"FAIL\tm/b [build failed]\n"}
{"Action":"fail","Package":"m/b","Elapsed":0,"FailedBuild":"m/b [m/b.test]"}
{"Action":"output","Package":"m/d","Output":"?   \tm/d\t[no test files]\n"}
{"Action":"skip","Package":"m/d","Elapsed":0}
{"Action":"output","Package":"m/a/c","Output":"gobox-test: b002 /work/a/c d\n"}
)";
  for (std::size_t at = 0; at < text.size(); at += 10) report.add(false, text.substr(at, 10));
  ASSERT_TRUE(report.finish());
  EXPECT_THAT(binaries, ElementsAre("m/a-b b001 /work/a-b", "m/a/c b002 /work/a/c d"));
  std::vector<std::string> order;
  for (const auto& each : report.packages()) order.push_back(each.path);
  EXPECT_THAT(order, ElementsAre("m/a/c", "m/a-b", "m/b", "m/d"));
  EXPECT_TRUE(report.packages()[2].failed);
  EXPECT_TRUE(report.packages()[3].has_no_tests);
  EXPECT_EQ(report.messages_of(report.packages()[2]),
            "# m/b [m/b.test]\nb/b_test.go:3:27: wrong\n");
}

// As Go 1.19 says it: the build's words are no events.
TEST(BuildReport, ReadsPlainLines) {
  BuildReport report([](const BuildReport::Package&) { return Result<void>(); },
                     [](std::string_view) {});
  report.add(true, "# m/b [m/b.test]\nb/b_test.go:3:27: wrong\n# m/e\ne/e_test.go:1:1: vet\n");
  report.add(false, "FAIL\tm/b [build failed]\nFAIL\tm/e [build failed]\n");
  ASSERT_TRUE(report.finish());
  ASSERT_EQ(report.packages().size(), 2u);
  EXPECT_EQ(report.messages_of(report.packages()[0]),
            "# m/b [m/b.test]\nb/b_test.go:3:27: wrong\n");
  EXPECT_EQ(report.messages_of(report.packages()[1]), "# m/e\ne/e_test.go:1:1: vet\n");
}

TEST(BuildReport, TakesNoStrangeNames) {
  bool taken = false;
  BuildReport report(
      [&](const BuildReport::Package&) {
        taken = true;
        return Result<void>();
      },
      [](std::string_view) {});
  report.add(false, R"({"Action":"output","Package":"m","Output":"gobox-test: ../../x /work\n"})"
                    "\n");
  ASSERT_TRUE(report.finish());
  EXPECT_FALSE(taken);
}

TEST(DeclaredTests, ReadsFunctions) {
  const auto workspace = workspace_from_map(
      {{"a/a_test.go",
        "package a\nimport \"testing\"\nfunc TestA(t *testing.T) {}\nfunc Testing(t *testing.T) "
        "{}\nfunc BenchmarkB(b *testing.B) {}\nfunc TestMain(m *testing.M) {}\nfunc helper() "
        "{}\nconst src = `\nfunc "
        "TestInText(t *testing.T) {}\n`\n/*\nfunc TestInComment(t *testing.T) {}\n*/\n"},
       {"b/b_test.go", "package b\nfunc TestB(t *testing.T) {}\n"}});
  ASSERT_TRUE(workspace);
  const DeclaredTests declared = declared_tests(*workspace, "a", {});
  EXPECT_THAT(declared.names, ElementsAre("BenchmarkB", "TestA"));
  EXPECT_THAT(declared.expected, ElementsAre("TestA"));
  EXPECT_TRUE(declared.has_main);
}

TEST(CoverProfile, MergesAndLeavesOutWhatIsNone) {
  CoverProfile profile;
  profile.add("mode: set\nm/a.go:1.2,3.4 2 1\n");
  profile.add("mode: set\nm/b.go:1.2,3.4 2 0\n<script>\nm/b.go:1.2,3.4 2 x\n");
  EXPECT_EQ(profile.text(), "mode: set\nm/a.go:1.2,3.4 2 1\nm/b.go:1.2,3.4 2 0\n");
  EXPECT_EQ(profile.lines_left_out(), 2u);
  EXPECT_DOUBLE_EQ(covered_percent(profile.text()), 50);
}

TEST(CoverHtml, PaintsLinesAndEscapesThem) {
  const std::string page =
      cover_html("mode: set\nm/a.go:2.1,2.9 1 1\nm/a.go:3.1,3.9 1 0\nm/<b>.go:1.1,1.2 1 0\n",
                 [](const std::string& name) -> std::optional<std::string> {
                   if (name != "m/a.go") return std::nullopt;
                   return "package a\nran < 1\nmissed\n";
                 });
  EXPECT_THAT(page, HasSubstr("<span class=\"ran\">ran &lt; 1</span>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"missed\">missed</span>"));
  EXPECT_THAT(page, HasSubstr("m/&lt;b&gt;.go"));
}

TEST(Artifacts, AreChosenByPatterns) {
  EXPECT_TRUE(matches_glob("cover.out", "cover.out"));
  EXPECT_FALSE(matches_glob("cover.out", "a/cover.out"));
  EXPECT_TRUE(matches_glob("out/**/*.png", "out/a/b/c.png"));
  EXPECT_TRUE(matches_glob("out/**/*.png", "out/c.png"));
  EXPECT_FALSE(matches_glob("out/*.png", "out/a/c.png"));
  EXPECT_TRUE(matches_glob("**", "a/b"));
}

TEST(KeptTests, ComeBackWholeOrNotAtAll) {
  const gobox::tests::ScratchDirectory scratch;
  const KeptTests kept(scratch / "kept");
  const Sha256Digest key = sha256("key");
  EXPECT_FALSE(kept.find(key));
  KeptBuild build;
  build.messages = "said \xff\n";
  build.packages.emplace_back().result.package = "m/a";
  build.packages.back().binary = sealed_memory_file("a", "a binary").value();
  build.packages.emplace_back().result.package = "m/b";
  ASSERT_TRUE(kept.keep(key, build));
  auto found = kept.find(key);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->messages, build.messages);
  ASSERT_EQ(found->packages.size(), 2u);
  EXPECT_EQ(read_fd(found->packages[0].binary.get(), 100).value(), "a binary");
  EXPECT_FALSE(found->packages[1].binary);
  scratch.write("kept/" + hex(key) + "/0.test", "another!");
  EXPECT_FALSE(kept.find(key));
  EXPECT_FALSE(kept.find(key)) << "what was spoilt is gone";
}

TEST(KeptTests, MakeRoomForTheNewest) {
  const gobox::tests::ScratchDirectory scratch;
  const KeptTests kept(scratch / "kept", 20'000);
  const auto build = [](char byte) {
    KeptBuild made;
    made.packages.emplace_back().binary = sealed_memory_file("a", std::string(9'000, byte)).value();
    return made;
  };
  for (const char* name : {"1", "2", "3"}) {
    ASSERT_TRUE(kept.keep(sha256(name), build(name[0])));
  }
  EXPECT_FALSE(kept.find(sha256("1")));
  EXPECT_TRUE(kept.find(sha256("3")));
}

PackageTests failing_package() {
  PackageTests package;
  package.package = "m/a";
  package.outcome = Outcome::kExited;
  package.elapsed = std::chrono::milliseconds(12);
  package.tests = {{"TestA", TestOutcome::kFail, std::chrono::milliseconds(10),
                    "    a_test.go:3: <wrong> & \x01\n"},
                   {"TestB", TestOutcome::kPass, Nanoseconds(0), "quiet\n"}};
  return package;
}

TEST(TestText, PrintsFailuresAndTheirPackage) {
  const PackageTests package = failing_package();
  EXPECT_EQ(package_line(package), "FAIL\tm/a\t0.012s");
  EXPECT_THAT(failure_text(package), HasSubstr("--- FAIL: TestA (0.01s)\n    a_test.go:3:"));
  EXPECT_THAT(failure_text(package), Not(HasSubstr("quiet")));
}

TEST(JUnit, HoldsEveryTestAndNoForbiddenByte) {
  PackageTests broken;
  broken.package = "m/b";
  broken.state = PackageTests::State::kBuildFailed;
  broken.outcome = Outcome::kCompileError;
  broken.build_output = "b.go:1:1: wrong\n";
  const std::string xml = junit_xml({failing_package(), broken}, "go1.26");
  EXPECT_THAT(xml, HasSubstr("<testsuites tests=\"3\" failures=\"2\""));
  EXPECT_THAT(xml, HasSubstr("a_test.go:3: &lt;wrong&gt; &amp; \xef\xbf\xbd\n"));
  EXPECT_THAT(xml, HasSubstr("classname=\"m/b\" name=\"TestMain\""));
}

}  // namespace
}  // namespace gobox::runner
