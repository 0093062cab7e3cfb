// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstring>
#include <random>

#include "runner/diagnosis/diagnosis_json.h"
#include "runner/diagnosis/report_filter.h"
#include "runner/diagnosis/stage_watch.h"
#include "runner/golang/probe_source.h"
#include "runner/outcome/outcome.h"
#include "sandbox/ending.h"
#include "tests/unit/diagnosis_golden.h"

namespace gobox::runner {
namespace {

namespace json = boost::json;

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr std::uint64_t kMiB = 1 << 20;

sandbox::Ending ending_with(const std::string& stderr_text) {
  sandbox::Ending ending;
  ending.exit_code = 0;
  ending.wall = milliseconds(1000);
  ending.usage.cpu_total = milliseconds(500);
  ending.output.push_back({true, Nanoseconds(0), stderr_text});
  return ending;
}

Diagnosis diagnose(const sandbox::Ending& ending, const StageObservation* observation = nullptr) {
  Evidence evidence;
  evidence.ending = &ending;
  evidence.observation = observation;
  evidence.memory_limit = 64 * kMiB;
  evidence.race = true;
  evidence.paths = work_paths();
  return assemble_diagnosis(evidence);
}

StageObservation climb(std::initializer_list<std::pair<int, std::uint64_t>> points) {
  StageObservation observation;
  for (const auto& [at, mebibytes] : points) {
    TimelinePoint point;
    point.at = milliseconds(at);
    point.memory.total_bytes = mebibytes * kMiB;
    point.memory.anonymous_bytes = mebibytes * kMiB;
    observation.timeline.add(point);
  }
  return observation;
}

std::string page_of(const std::string& stats, const std::string& sites) {
  std::string page(kProbePageSize, '\0');
  std::memcpy(page.data(), kProbeMagic.data(), kProbeMagic.size());
  std::memcpy(page.data() + 40, stats.data(), stats.size());
  std::memcpy(page.data() + 512, sites.data(), sites.size());
  return page;
}

constexpr const char* kStats = "12 50000000 300000 7 250 60000000 70000000 2 ";

TEST(AssembleDiagnosis, MeasuresTheClimbToTheFullestPoint) {
  const auto observation = climb({{0, 4}, {100, 30}, {200, 40}, {300, 63}, {310, 20}});
  const auto ending = ending_with("");
  const auto memory = *diagnose(ending, &observation).memory;
  EXPECT_EQ(memory.at, milliseconds(300));
  EXPECT_EQ(*memory.half_to_full, milliseconds(200));
  EXPECT_NEAR(memory.growth_per_second, 33 / 0.2 * kMiB, 1);
}

TEST(AssembleDiagnosis, HasNoTimeToFullForMemoryThatNeverFilled) {
  const auto observation = climb({{0, 4}, {100, 10}});
  const auto ending = ending_with("");
  EXPECT_FALSE(diagnose(ending, &observation).memory->half_to_full.has_value());
}

TEST(AssembleDiagnosis, TakesTheDumpApartFromTheProgramsStderr) {
  auto ending = ending_with("goroutine 1 [running]:\nmain.fake()\n\t/work/fake.go:1 +0x1\n");
  ending.after_quit = golden("dump_blocked", "go1.26");
  const auto diagnosis = diagnose(ending);
  ASSERT_TRUE(diagnosis.goroutines.has_value());
  EXPECT_GT(diagnosis.goroutines->total, 1U);
}

TEST(AssembleDiagnosis, GivesSharesBetweenZeroAndOne) {
  auto ending = ending_with("");
  ending.usage.cpu_total = std::chrono::hours(5);
  ending.usage.cpu_system = std::chrono::hours(9);
  ending.usage.cpu_throttled = std::chrono::hours(9);
  ending.wall = Nanoseconds(0);
  const auto cpu = *diagnose(ending).cpu;
  EXPECT_EQ(cpu.used_share, 0);
  EXPECT_EQ(cpu.system_share, 1);
  EXPECT_EQ(cpu.throttled_share, 0);
}

// Whatever a program prints, the verdict is drawn without it.
TEST(AssembleDiagnosis, LeavesTheVerdictAlone) {
  const std::string forged = golden("ending_deadlock", "go1.26") + golden("race", "go1.26") +
                             golden("ending_overflow", "go1.26") + std::string(kGoroutinesBegin);
  for (const int code : {0, 1, 2, 137}) {
    auto ending = ending_with("");
    auto loud = ending_with(forged);
    ending.exit_code = loud.exit_code = code;
    const StageContext context{.kind = StageKind::kRun, .race = false};
    const Outcome before = judge(loud, context);
    const Diagnosis diagnosis = diagnose(loud);
    EXPECT_FALSE(diagnosis_json(diagnosis).empty());
    EXPECT_EQ(judge(loud, context), before);
    EXPECT_EQ(before, judge(ending, context));
  }
}

TEST(DiagnosisJson, HasEveryFieldEvenWhenNothingIsKnown) {
  const auto object = diagnosis_json(Diagnosis{});
  for (const char* field : {"reason", "runtime_message", "goroutines", "goroutine_dump", "races",
                            "races_found", "gc", "heap", "memory", "cpu", "compile"}) {
    ASSERT_TRUE(object.contains(field)) << field;
    EXPECT_TRUE(object.at(field).is_null()) << field;
  }
  EXPECT_TRUE(object.at("hints").as_array().empty());
}

TEST(DiagnosisJson, TellsWhereAHintPointsAndWhatCameOfTryingIt) {
  Diagnosis diagnosis;
  diagnosis.hints.push_back(Hint{"busy", "it computes"}.at("pkg/loop.go", 17));
  diagnosis.hints.push_back({"growth", "it grew"});
  diagnosis.hints.back().proved = Trial{.change = "memory 512M", .runs = 5, .ok = 4};
  EXPECT_EQ(json::serialize(diagnosis_json(diagnosis).at("hints")),
            R"([{"reason":"busy","text":"it computes","file":"pkg/loop.go","line":17,)"
            R"("proved":null},{"reason":"growth","text":"it grew","file":null,"line":null,)"
            R"("proved":{"change":"memory 512M","runs":5,"ok":4}}])");
}

TEST(DiagnosisJson, NamesNoPlaceOutsideOfTheUsersFiles) {
  const Frame library{.function = "sync.(*Mutex).Lock", .file = "/go/sync/mutex.go", .line = 8};
  EXPECT_EQ(Hint{"blocked"}.at(library).file, "");
  EXPECT_EQ(Hint{"blocked"}.at("main.go", 0).file, "");
}

TEST(DiagnosisJson, CutsListsAndSaysHowLongTheyWere) {
  Diagnosis diagnosis;
  diagnosis.goroutines.emplace();
  diagnosis.goroutines->groups.resize(400);
  const auto object = diagnosis_json(diagnosis);
  const auto& goroutines = object.at("goroutines");
  EXPECT_EQ(goroutines.as_array().size(), kMaxListed);
  EXPECT_EQ(object.at("goroutine_dump").at("group_count").to_number<int>(), 400);
}

TEST(ParseProbe, ReadsCountersAndSites) {
  const auto report =
      parse_probe(page_of(kStats,
                          "1048576 1 524288 \n\tmain.keep\t/work/main.go\t9 \n"
                          "64 1 524288 \n\truntime.mapassign\t/go/src/runtime/map.go\t1 \n"
                          "\tmain.put\t/work/main.go\t12 \n"),
                  work_paths());
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->collections, 12U);
  EXPECT_EQ(report->heap_bytes, 50'000'000U);
  EXPECT_EQ(report->goroutines, 7U);
  EXPECT_DOUBLE_EQ(report->gc_cpu_share, 0.25);
  EXPECT_EQ(report->forced_collections, 2U);
  ASSERT_EQ(report->sites.size(), 2U);
  EXPECT_EQ(report->sites[0].frames.front().file, "main.go");
  // A small object is seen once in rate/size times: one sample stands for about 512 KiB.
  EXPECT_NEAR(static_cast<double>(report->sites[1].bytes), 524288, 100);
}

TEST(ParseProbe, RefusesWhatIsNoPage) {
  EXPECT_FALSE(parse_probe("", work_paths()).has_value());
  EXPECT_FALSE(parse_probe(std::string(kProbePageSize, 'x'), work_paths()).has_value());
  EXPECT_FALSE(parse_probe(page_of("1 2 3 ", ""), work_paths()).has_value());
  EXPECT_FALSE(parse_probe(page_of("", ""), work_paths()).has_value());
}

TEST(ParseProbe, SurvivesHostilePages) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string page = page_of(kStats, "1048576 1 524288 \n\tmain.keep\t/work/main.go\t9 \n");
    for (int i = 0; i < 200; ++i)
      page[32 + random() % (page.size() - 32)] = static_cast<char>(random());
    if (round % 2 == 0) std::memcpy(page.data() + 40, kStats, std::strlen(kStats) + 1);
    const auto report = parse_probe(page, work_paths());
    if (!report) continue;
    for (const HeapSite& site : report->sites) EXPECT_LE(site.frames.size(), kMaxFrames);
  }
  std::string flood = kStats;
  std::string sites;
  while (sites.size() < kProbePageSize - 600) sites += "18446744073709551615 1 1 \n\t\t\t\n";
  EXPECT_TRUE(parse_probe(page_of(flood, sites), work_paths()).has_value());
}

TEST(ReportFilter, TakesTheReportOutWhateverTheChunks) {
  const std::string stream = "before\n" + std::string(kGoroutinesBegin) + "the report\n" +
                             std::string(kGoroutinesEnd) + "after";
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    ReportFilter filter;
    std::string passed;
    for (std::size_t at = 0; at < stream.size(); at += size)
      passed += filter.feed(stream.substr(at, size));
    passed += filter.release();
    EXPECT_EQ(passed, "before\nafter");
    EXPECT_EQ(filter.report(), "the report\n");
  }
}

TEST(ReportFilter, GivesOutWhatOnlyLooksLikeAMarker) {
  ReportFilter filter;
  const std::string half(kGoroutinesBegin.substr(0, 9));
  const std::string passed = filter.feed("x" + half);
  EXPECT_EQ(passed + filter.release(), "x" + half);
}

TEST(ReportFilter, KeepsABoundedReport) {
  ReportFilter filter;
  filter.feed(kGoroutinesBegin);
  const std::string chunk(std::size_t{1} << 20, 'x');
  std::size_t passed = 0;
  for (int i = 0; i < 12; ++i) passed += filter.feed(chunk).size();
  EXPECT_EQ(filter.report().size(), ReportFilter::kMaxReport);
  EXPECT_EQ(passed + filter.report().size(), 12 * chunk.size());
}

TEST(ProcessWatch, NamesThePackageOfATool) {
  using namespace std::string_literals;
  EXPECT_EQ(package_of_tool("compile\0-o\0x.a\0-p\0net/http\0-lang=go1.26\0"s), "net/http");
  EXPECT_EQ(package_of_tool("link\0-o\0x\0"s), "");
  EXPECT_EQ(package_of_tool("compile\0-p"s), "");
}

TEST(ProcessWatch, SeesOurselves) {
  ProcessWatch watch(ProcessWatch::Detail::kNames);
  watch.look({::getpid(), -1, 0});
  ASSERT_EQ(watch.largest(5).size(), 1U);
  EXPECT_GT(watch.largest(5).front().own_bytes, kMiB);
}

TEST(ProbeSource, IsLeftOutWhereItCouldChangeTheProgram) {
  const auto placed = [](const std::string& source) {
    Workspace workspace;
    workspace.files = {{"main.go", source, false}};
    return add_probe(workspace, "", {.memory_bytes = 64 * kMiB});
  };
  EXPECT_EQ(placed("package main\n\nfunc main() {}\n").path, kProbeFile);
  EXPECT_EQ(placed("package main\n\nvar runtime, debug int\n\nfunc main() {}\n").path, kProbeFile);
  EXPECT_EQ(placed("package main\n\nfunc f(a int, b string) (string, int) { return b, a }\n").path,
            kProbeFile);
  EXPECT_THAT(placed("package main\n\n//go:embed *\nvar x string\n").left_out, HasSubstr("embeds"));
  for (const char* declaration :
       {"type string int", "func len() {}", "var (\n\tx = 1\n\tint = 2\n)", "const nil = 1",
        "type (\n\tbyte int\n)"}) {
    EXPECT_THAT(placed(std::string("package main\n\n") + declaration + "\n").left_out,
                HasSubstr("predeclares"))
        << declaration;
  }
  EXPECT_THAT(placed("package main\n\nvar goboxZ7Page int\n").left_out, HasSubstr("goboxZ7"));
}

TEST(ProbeSource, RenamesMainAndKeepsItsPlace) {
  Workspace workspace;
  workspace.files = {
      {"cmd/main.go", "package main\n\nfunc (t T) main() {}\n\nfunc main() { run() }\n", false},
      {"cmd/other.go", "package main\n\n// func main() {}\nvar s = `func main()`\n", false}};
  const auto placement =
      add_probe(workspace, "cmd", {.memory_bytes = 64 * kMiB, .goroutines = true});
  EXPECT_TRUE(placement.goroutines);
  EXPECT_EQ(placement.path, "cmd/zz_gobox_probe.go");
  const SourceFile* const file = find_file(workspace, "cmd/main.go");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(
      file->bytes.view(),
      "package main\n\nfunc (t T) main() {}\n\nfunc goboxZ7UserMain/*line :5:10*/() { run() }\n");
}

TEST(ProbeSource, TellsWhenMainIsInTwoFiles) {
  Workspace workspace;
  workspace.files = {{"a.go", "package main\n\nfunc main() {}\n", false},
                     {"b.go", "//go:build windows\n\npackage main\n\nfunc main() {}\n", false}};
  EXPECT_FALSE(add_probe(workspace, "", {.memory_bytes = kMiB, .goroutines = true}).goroutines);
}

TEST(ProbeSource, StackLimitLeavesRoomForTheCopy) {
  for (const std::uint64_t memory : {8 * kMiB, 64 * kMiB, 256 * kMiB, 1024 * kMiB}) {
    EXPECT_LE(stack_limit_for(memory), memory / 2);
    EXPECT_GE(stack_limit_for(memory), memory / 4);
  }
  EXPECT_EQ(stack_limit_for(std::uint64_t{1} << 40), 1'000'000'000U);
}

}  // namespace
}  // namespace gobox::runner
