// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "policies/directory.h"
#include "policies/loader.h"
#include "policies/positions.h"

namespace gobox::policies {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::uint64_t kMebi = 1ULL << 20;
constexpr std::uint64_t kGibi = 1ULL << 30;

// A folder of its own per test, gone with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "gobox-policy-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  ~TemporaryFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }

  const fs::path& path() const { return path_; }

  fs::path write(const fs::path& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }

 private:
  fs::path path_;
};

const PolicySet& shipped_policies() {
  static const Result<PolicySet> kSet = PolicySet::load(find_policy_dir().value());
  if (!kSet) ADD_FAILURE() << kSet.error().message;
  return kSet.value();
}

std::string complaint(const std::string& text) {
  const Result<void> checked = shipped_policies().check_text("mine.json", text);
  return checked ? "no complaint" : checked.error().message;
}

// A stage policy whose line 5 is `member`.
std::string stage_with(const std::string& member) {
  return "{\n  \"kind\": \"stage\",\n  \"comment\": \"c\",\n  \"extends\": \"run\",\n  " + member +
         "\n}\n";
}

// A stage policy with one line per rule, the first on line 5.
std::string stage_with_rules(const std::vector<std::string>& rules) {
  std::string text =
      "{\n  \"kind\": \"stage\", \"comment\": \"c\",\n  \"seccomp\": {\n    \"comment\": \"c\", "
      "\"rules\": [\n";
  for (std::size_t index = 0; index < rules.size(); ++index) {
    text += rules[index] + (index + 1 < rules.size() ? ",\n" : "\n");
  }
  return text + "]}}";
}

StagePolicy resolved(const std::string& text) {
  PolicySet set = shipped_policies();
  const std::string key = set.add_text("mine.json", text).value();
  return set.stage(key).value();
}

std::vector<std::string> targets(const StagePolicy& policy) {
  std::vector<std::string> result;
  for (const Bind& bind : policy.binds) result.push_back(bind.target);
  return result;
}

TEST(ShippedPolicies, AreListedByKind) {
  EXPECT_THAT(shipped_policies().job_names(), ElementsAre("ci", "default", "race", "strict"));
  EXPECT_THAT(shipped_policies().stage_names(),
              ElementsAre("base", "ci-compile", "ci-fetch", "ci-run", "compile", "fetch",
                          "race-compile", "race-run", "run", "strict-run", "test", "vet"));
}

TEST(ShippedPolicies, DefaultHasTheDocumentedLimits) {
  const JobPolicy job = shipped_policies().job("default").value();
  EXPECT_EQ(job.name, "default");
  EXPECT_EQ(job.total, seconds(12));
  EXPECT_FALSE(job.race);
  EXPECT_EQ(job.compile.name, "compile");
  EXPECT_EQ(job.compile.limits.wall, seconds(3));
  EXPECT_EQ(job.compile.limits.memory_bytes, kGibi);
  EXPECT_EQ(job.compile.limits.cpus, 2);
  EXPECT_EQ(job.compile.limits.pids, 256U);
  EXPECT_EQ(job.compile.limits.disk_bytes, 512 * kMebi);
  EXPECT_EQ(job.run.name, "run");
  EXPECT_EQ(job.run.limits.wall, seconds(8));
  EXPECT_EQ(job.run.limits.grace, milliseconds(250));
  EXPECT_EQ(job.run.limits.memory_bytes, 256 * kMebi);
  EXPECT_EQ(job.run.limits.cpus, 1);
  EXPECT_EQ(job.run.limits.pids, 128U);
  EXPECT_EQ(job.run.limits.disk_bytes, 64 * kMebi);
  EXPECT_EQ(job.run.limits.output_bytes, kMebi);
  EXPECT_FALSE(job.run.limits.cpu.has_value());
  EXPECT_EQ(job.run.network, Network::kLoopback);
  EXPECT_EQ(job.test.name, "test");
  EXPECT_EQ(job.test.limits.memory_bytes, 256 * kMebi);
  EXPECT_EQ(job.vet.name, "vet");
}

TEST(ShippedPolicies, RaceTurnsTheDetectorOnAndGivesItMemory) {
  const JobPolicy job = shipped_policies().job("race").value();
  EXPECT_TRUE(job.race);
  EXPECT_EQ(job.run.limits.memory_bytes, kGibi);
  EXPECT_EQ(job.run.limits.wall, seconds(8));
}

TEST(ShippedPolicies, StrictReportsAndShowsNothingOfTheHost) {
  const StagePolicy run = shipped_policies().job("strict").value().run;
  EXPECT_EQ(run.seccomp.on_forbidden, Seccomp::OnForbidden::kReport);
  EXPECT_EQ(run.network, Network::kNone);
  EXPECT_THAT(run.binds, IsEmpty());
  EXPECT_EQ(run.limits.memory_bytes, 256 * kMebi);
  EXPECT_EQ(shipped_policies().stage("run").value().seccomp.on_forbidden,
            Seccomp::OnForbidden::kErrno);
}

TEST(ShippedPolicies, CiHasMinutes) {
  const JobPolicy job = shipped_policies().job("ci").value();
  EXPECT_EQ(job.total, minutes(10));
  EXPECT_EQ(job.compile.limits.wall, seconds(240));
  EXPECT_EQ(job.run.limits.wall, seconds(300));
  EXPECT_EQ(job.compile.limits.memory_bytes, 3 * kGibi);
  EXPECT_EQ(job.run.limits.memory_bytes, 4 * kGibi);
  EXPECT_EQ(job.run.limits.pids, 512U);
  EXPECT_EQ(job.run.limits.disk_bytes, 2 * kGibi);
}

TEST(ShippedPolicies, BindTheSystemAndNoSecrets) {
  const std::vector<std::string> shown = targets(shipped_policies().stage("run").value());
  for (const char* needed : {"/usr", "/bin", "/lib", "/etc/ssl/certs"}) {
    EXPECT_THAT(shown, Contains(needed));
  }
  for (const char* hidden : {"/", "/etc", "/home", "/root", "/var", "/proc", "/dev"}) {
    EXPECT_THAT(shown, Not(Contains(hidden)));
  }
}

TEST(PolicySet, ReportsWhichNamesItKnows) {
  EXPECT_THAT(shipped_policies().job("nope").error().message,
              AllOf(HasSubstr("no job policy \"nope\""), HasSubstr("ci, default, race, strict")));
  EXPECT_THAT(shipped_policies().job("run").error().message,
              HasSubstr("\"run\" is a stage policy"));
  EXPECT_THAT(shipped_policies().stage("ci").error().message, HasSubstr("\"ci\" is a job policy"));
  EXPECT_EQ(shipped_policies().show("nope").error().kind, Error::Kind::kCaller);
}

// The lines of a shown policy but for the comments that name it.
std::vector<std::string> meaning(const std::string& shown) {
  std::vector<std::string> lines;
  std::istringstream text(shown);
  for (std::string line; std::getline(text, line);) {
    const bool names_it = line.find("\"comment\": \"As resolved from") != std::string::npos ||
                          line.find("\"comment\": \"The stage policy") != std::string::npos ||
                          line.find("\"comment\": \"The job policy") != std::string::npos;
    if (!names_it) lines.push_back(line);
  }
  return lines;
}

class ShownPolicy : public testing::TestWithParam<std::string> {};

TEST_P(ShownPolicy, IsAPolicyFileThatMeansTheSame) {
  const std::string text = shipped_policies().show(GetParam()).value();
  PolicySet copy = shipped_policies();
  const Result<std::string> key = copy.add_text("copy.json", text);
  ASSERT_TRUE(key.has_value()) << key.error().message;
  EXPECT_EQ(meaning(copy.show(*key).value()), meaning(text));
  EXPECT_EQ(text.find("\"extends\""), std::string::npos);
  EXPECT_EQ(text.find("\"replaces\""), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Policies, ShownPolicy,
                         testing::Values("default", "race", "strict", "ci", "base", "run",
                                         "race-run", "strict-run", "compile"));

TEST(ShownPolicy, HasInheritedLimitsFilledIn) {
  EXPECT_THAT(shipped_policies().show("test").value(),
              AllOf(HasSubstr("\"memory\": \"256M\""), HasSubstr("\"wall\": \"8s\""),
                    HasSubstr("\"source\": \"/usr\""), HasSubstr("\"clone3\"")));
}

TEST(ShippedPolicies, ShareOneFilterWhereNothingDiffers) {
  const JobPolicy job = shipped_policies().job("default").value();
  EXPECT_EQ(job.compile.seccomp, job.vet.seccomp);
  EXPECT_EQ(job.run.seccomp, job.test.seccomp);
  EXPECT_NE(job.compile.seccomp, job.run.seccomp);
  EXPECT_NE(job.run.seccomp, shipped_policies().job("race").value().run.seccomp);
}

TEST(ShippedPolicies, GiveJobsEveryRuleButItsComment) {
  for (const std::string& name : shipped_policies().job_names()) {
    const JobPolicy job = shipped_policies().job(name).value();
    for (const StagePolicy* stage : {&job.fetch, &job.compile, &job.vet, &job.run, &job.test}) {
      Seccomp written = shipped_policies().stage(stage->name).value().seccomp;
      for (SyscallRule& rule : written.rules) rule.comment.clear();
      EXPECT_EQ(stage->seccomp, written) << name << ": " << stage->name;
    }
  }
}

TEST(Extends, OverridesLimitsKeyByKey) {
  const StagePolicy policy = resolved(
      stage_with("\"limits\": {\"comment\": \"c\", \"memory\": 33554432, \"cpus\": 0.5, \"cpu\": "
                 "\"2s\", \"grace\": \"0s\"}"));
  EXPECT_EQ(policy.name, "mine");
  EXPECT_EQ(policy.limits.memory_bytes, 32 * kMebi);
  EXPECT_DOUBLE_EQ(policy.limits.cpus, 0.5);
  EXPECT_EQ(policy.limits.cpu, seconds(2));
  EXPECT_EQ(policy.limits.grace, Nanoseconds::zero());
  EXPECT_EQ(policy.limits.wall, seconds(8));
}

std::string with_most(const std::string& most) {
  return stage_with("\"most\": {\"comment\": \"c\", " + most + "}");
}

TEST(Most, IsWhatTheLimitsGrantWhereNothingIsSaid) {
  const StagePolicy policy = resolved(with_most("\"memory\": \"1G\""));
  EXPECT_EQ(policy.limits.memory_bytes, 256 * kMebi);
  EXPECT_EQ(policy.most.memory_bytes, 1024 * kMebi);
  EXPECT_EQ(policy.most.wall, policy.limits.wall);
  EXPECT_EQ(policy.most.pids, policy.limits.pids);
}

// A stricter policy must not grant more by silence.
TEST(Most, IsNotInherited) {
  const StagePolicy strict = shipped_policies().stage("strict-run").value();
  EXPECT_GT(shipped_policies().stage("run").value().most.memory_bytes, 256 * kMebi);
  EXPECT_EQ(strict.most.memory_bytes, strict.limits.memory_bytes);
  EXPECT_EQ(strict.most.wall, strict.limits.wall);
}

TEST(Most, IsNeverLessAndOnlyOfWhatCanBeAskedFor) {
  for (const char* wrong :
       {"\"memory\": \"1M\"", "\"wall\": \"1s\"", "\"cpus\": 0.1", "\"pids\": 1",
        "\"disk\": \"4K\"", "\"output\": 1", "\"inodes\": 100000", "\"open_files\": 4096",
        "\"grace\": \"1s\"", "\"memory\": 0"}) {
    EXPECT_FALSE(shipped_policies().check_text("mine.json", with_most(wrong))) << wrong;
  }
}

TEST(Most, OfAJobIsItsTotal) {
  const JobPolicy job = shipped_policies().job("default").value();
  EXPECT_EQ(job.total, seconds(12));
  EXPECT_EQ(job.total_most, seconds(60));
  EXPECT_EQ(shipped_policies().job("ci").value().total_most,
            shipped_policies().job("ci").value().total);
}

TEST(Extends, AddsBindsOrStartsAfresh) {
  const std::string bind =
      "\"binds\": [{\"comment\": \"c\", \"source\": \"/opt/x\", \"target\": \"/x\"}]";
  EXPECT_THAT(targets(resolved(stage_with(bind))), AllOf(Contains("/usr"), Contains("/x")));
  EXPECT_THAT(targets(resolved(stage_with("\"inherit_binds\": false, " + bind))),
              ElementsAre("/x"));
}

TEST(Jobs, MayHoldAStageInPlace) {
  PolicySet set = shipped_policies();
  const std::string key =
      set.add_text("dir/mine.json", R"({"kind": "job", "comment": "c", "total": "5s", "stages": {
        "comment": "c", "compile": "compile", "vet": "vet", "test": "test",
        "run": {"comment": "c", "extends": "run", "limits": {"comment": "c", "pids": 7}}}})")
          .value();
  const JobPolicy job = set.job(key).value();
  EXPECT_EQ(job.name, "mine");
  EXPECT_EQ(job.total, seconds(5));
  EXPECT_EQ(job.run.limits.pids, 7U);
  EXPECT_EQ(job.run.limits.wall, seconds(8));
  EXPECT_EQ(job.compile.name, "compile");
  EXPECT_EQ(job.fetch.network, Network::kLoopback) << "the relay listens there";
  EXPECT_EQ(job.fetch.limits.wall, seconds(60));
  EXPECT_EQ(job.fetch.limits.memory_bytes, job.compile.limits.memory_bytes);
}

TEST(UserFile, IsChosenByPathAndNeverHidesAShippedPolicy) {
  const TemporaryFolder folder;
  const fs::path file =
      folder.write("run.json", stage_with("\"limits\": {\"comment\": \"c\", \"memory\": \"8M\"}"));
  PolicySet set = shipped_policies();
  const std::string key = set.choose(file.string()).value();
  EXPECT_EQ(set.stage(key).value().limits.memory_bytes, 8 * kMebi);
  EXPECT_EQ(set.stage("run").value().limits.memory_bytes, 256 * kMebi);
  EXPECT_EQ(set.choose("run").value(), "run");
  EXPECT_EQ(set.choose("default").value(), "default");
  EXPECT_THAT(set.choose("nope").error().message, HasSubstr("no policy \"nope\""));
  EXPECT_EQ(set.stage_names(), shipped_policies().stage_names());
}

TEST(UserFile, ThatCannotBeReadIsTheCallersFault) {
  const TemporaryFolder folder;
  const Result<void> missing = shipped_policies().check_file(folder.path() / "none.json");
  EXPECT_EQ(missing.error().kind, Error::Kind::kCaller);
  EXPECT_THAT(missing.error().message, EndsWith("none.json: No such file or directory"));
  EXPECT_THAT(shipped_policies().check_file(folder.path()).error().message,
              HasSubstr("not a regular file"));
}

TEST(UserFile, ErrorNamesTheFileAsGiven) {
  const TemporaryFolder folder;
  const fs::path file = folder.write("mine.json", "{\n  \"kind\": \"state\"\n}");
  EXPECT_EQ(shipped_policies().check_file(file).error().message,
            file.string() + ":2:11: kind: \"state\" is not one of stage, job");
}

struct Bad {
  std::string text;
  std::string message;
};

void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.message;
}

class PolicyFile : public testing::TestWithParam<Bad> {};

TEST_P(PolicyFile, IsRefusedAtItsLineAndColumn) {
  EXPECT_THAT(complaint(GetParam().text), StartsWith(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Json, PolicyFile,
    testing::Values(Bad{"", "mine.json:1:1: incomplete JSON"},
                    Bad{"{\n  ]", "mine.json:2:3: syntax error"},
                    Bad{"{\"a\": 1} x", "mine.json:1:10: extra data"},
                    Bad{"{\n \"kind\": \"stage\",\n \"kind\": \"job\"}",
                        "mine.json:3:2: the key \"kind\" is given twice"},
                    Bad{std::string(17, '['), "mine.json:1:17: too deep"},
                    Bad{"[]", "mine.json:1:1: a policy is an object"},
                    Bad{"{}", "mine.json:1:1: the key \"kind\" is missing"},
                    Bad{"{\"kind\": 7}", "mine.json:1:10: kind: must be a string, not a number"},
                    Bad{"{\"kind\": \"stage\"}", "mine.json:1:1: the key \"comment\" is missing"},
                    Bad{"{\"kind\": \"stage\", \"comment\": \" \"}",
                        "mine.json:1:30: comment: is empty"}));

INSTANTIATE_TEST_SUITE_P(
    Stage, PolicyFile,
    testing::Values(
        Bad{stage_with("\"limist\": {}"), "mine.json:5:3: limist: unknown key; known here: kind, "},
        Bad{stage_with("\"limits\": 5"), "mine.json:5:13: limits: must be an object, not a number"},
        Bad{stage_with("\"limits\": {\"memory\": \"1G\"}"),
            "mine.json:5:13: limits: the key \"comment\" is missing"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\",\n    \"memory\": \"0\"}"),
            "mine.json:6:15: limits.memory: \"0\" is zero; a size must be at least 1 byte"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\",\n    \"memory\": 0}"),
            "mine.json:6:15: limits.memory: \"0\" is zero"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\",\n    \"memory\": -5}"),
            "mine.json:6:15: limits.memory: \"-5\" is negative"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"memory\": 1.5}"),
            "mine.json:5:40: limits.memory: must be a size like \"64M\", not a fraction"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"memory\": \"4K\"}"),
            "mine.json:5:40: limits.memory: 4 KiB is too small; it must be at least 1 MiB"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"memory\": \"2000T\"}"),
            "mine.json:5:40: limits.memory: \"2000T\" is too large"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"wall\": 8}"),
            "mine.json:5:38: limits.wall: \"8\" has no unit"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"wall\": \"31000h\"}"),
            "mine.json:5:38: limits.wall: \"31000h\" is too long"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"cpu\": \"0s\"}"),
            "mine.json:5:37: limits.cpu: \"0s\" is zero"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"grace\": \"2m\"}"),
            "mine.json:5:39: limits.grace: is too long"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"cpus\": 1e300}"),
            "mine.json:5:38: limits.cpus: \"1"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"cpus\": 0.001}"),
            "mine.json:5:38: limits.cpus: \"0.001\" is too small"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"pids\": 0}"),
            "mine.json:5:38: limits.pids: \"0\" is zero"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"pids\": true}"),
            "mine.json:5:38: limits.pids: must be a whole number, not true or false"},
        Bad{stage_with("\"limits\": {\"comment\": \"c\", \"open_files\": 3}"),
            "mine.json:5:44: limits.open_files: \"3\" is too small"},
        Bad{stage_with("\"network\": \"host\""),
            "mine.json:5:14: network: \"host\" is not one of none, loopback"},
        Bad{stage_with("\"binds\": [{\"source\": \"/opt\"}]"),
            "mine.json:5:13: binds[0]: the key \"comment\" is missing"},
        Bad{stage_with("\"binds\": [{\"comment\": \"c\", \"source\": \"opt\"}]"),
            "mine.json:5:40: binds[0].source: \"opt\" is not an absolute path"},
        Bad{stage_with("\"binds\": [{\"comment\": \"c\", \"source\": \"/opt/../etc\"}]"),
            "mine.json:5:40: binds[0].source: \"/opt/../etc\" has an empty part"},
        Bad{stage_with("\"binds\": [{\"comment\": \"c\", \"source\": \"/\"}]"),
            "mine.json:5:40: binds[0].source: \"/\" is the whole tree"},
        Bad{stage_with("\"binds\": [{\"comment\": \"c\", \"source\": \"/proc/1\"}]"),
            "mine.json:5:40: binds[0].source: \"/proc/1\" is /proc or below it"},
        Bad{stage_with(
                "\"binds\": [{\"comment\": \"c\", \"source\": \"/opt\", \"target\": \"/tmp/x\"}]"),
            "mine.json:5:58: binds[0].target: \"/tmp/x\" is /tmp or below it"},
        Bad{stage_with("\"binds\": [{\"comment\": \"c\", \"source\": \"/opt\\u0000\"}]"),
            "mine.json:5:40: binds[0].source: contains a NUL"},
        Bad{stage_with("\"binds\": [{\"comment\": \"c\", \"source\": \"/usr\"}]"),
            "mine.json:5:13: binds[0]: \"/usr\" is the target of another bind already"},
        Bad{"{\"kind\": \"stage\", \"comment\": \"c\", \"extends\": \"nope\"}",
            "mine.json:1:46: extends: there is no stage policy \"nope\"; stage policies: base, "},
        Bad{"{\"kind\": \"stage\", \"comment\": \"c\", \"extends\": \"default\"}",
            "mine.json:1:46: extends: \"default\" is a job policy, not a stage policy"}));

INSTANTIATE_TEST_SUITE_P(
    Seccomp, PolicyFile,
    testing::Values(
        Bad{stage_with_rules({R"({"calls": ["read"], "action": "allow"})"}),
            "mine.json:5:1: seccomp.rules[0]: the key \"comment\" is missing"},
        Bad{stage_with_rules({R"({"comment": "c", "calls": ["raed"], "action": "allow"})"}),
            "mine.json:5:28: seccomp.rules[0].calls[0]: \"raed\" is not a system call"},
        Bad{stage_with_rules({R"({"comment": "c", "calls": ["read", "read"], "action": "allow"})"}),
            "mine.json:5:36: seccomp.rules[0].calls[1]: \"read\" is named twice"},
        Bad{stage_with_rules({R"({"comment": "c", "calls": [], "action": "allow"})"}),
            "mine.json:5:27: seccomp.rules[0].calls: is empty"},
        Bad{stage_with_rules({R"({"comment": "c", "calls": ["read"], "action": "kill"})"}),
            "mine.json:5:47: seccomp.rules[0].action: \"kill\" is not one of"},
        Bad{stage_with_rules({R"({"comment": "c", "calls": ["read"], "action": "errno"})"}),
            "mine.json:5:1: seccomp.rules[0]: the action \"errno\" needs"},
        Bad{stage_with_rules(
                {R"({"comment": "c", "calls": ["read"], "action": "errno", "errno": "EWHAT"})"}),
            "mine.json:5:65: seccomp.rules[0].errno: \"EWHAT\" is not the name of an errno"},
        Bad{stage_with_rules(
                {R"({"comment": "c", "calls": ["read"], "action": "allow", "errno": "EPERM"})"}),
            "mine.json:5:56: seccomp.rules[0].errno: only the action \"errno\""},
        Bad{stage_with_rules(
                {R"({"comment": "c", "calls": ["read"], "action": "allow"})",
                 R"({"comment": "c", "calls": ["write", "read"], "action": "forbid"})"}),
            "mine.json:6:1: seccomp.rules[1]: \"read\" matches arguments that a condition of "
            "seccomp.rules[0]"},
        Bad{stage_with_rules({R"({"comment": "c", "calls": ["ioctl"], "action": "allow", "when": [
              {"argument": 0, "op": "less", "value": 3}, {"argument": 0, "op": "equal", "value": 9}]})"}),
            "mine.json:6:58: seccomp.rules[0].when[1]: tests argument 0 a second time"},
        Bad{stage_with_rules({R"({"comment": "c", "calls": ["ioctl"], "action": "allow", "when": [
              {"argument": 6, "op": "less", "value": 3}]})"}),
            "mine.json:6:28: seccomp.rules[0].when[0].argument: \"6\" is too large"},
        Bad{stage_with_rules({R"({"comment": "c", "calls": ["ioctl"], "action": "allow", "when": [
              {"argument": 0, "op": "masked_equal", "mask": "0xf", "value": "0x1f"}]})"}),
            "mine.json:6:77: seccomp.rules[0].when[0].value: has bits outside the mask"},
        Bad{stage_with_rules({R"({"comment": "c", "calls": ["ioctl"], "action": "allow", "when": [
              {"argument": 0, "op": "equal", "value": "0xZZ"}]})"}),
            "mine.json:6:55: seccomp.rules[0].when[0].value: must be a number of 64 bits"},
        Bad{stage_with_rules(
                {R"({"comment": "c", "calls": ["ioctl"], "action": "allow", "otherwise": true})"}),
            "mine.json:5:1: seccomp.rules[0]: \"ioctl\" has no other rule"},
        Bad{stage_with_rules(
                {R"({"comment": "c", "calls": ["read"], "action": "allow", "replaces": true})"}),
            "mine.json:5:1: seccomp.rules[0]: \"read\" says replaces, but the inherited policy has "
            "no"},
        Bad{stage_with(R"("seccomp": {"comment": "c", "rules": [
    {"comment": "c", "calls": ["mount"], "action": "allow"}]})"),
            "mine.json:6:5: seccomp.rules[0]: \"mount\" has rules in the inherited policy; say"},
        Bad{stage_with(R"("seccomp": {"comment": "c", "default_errno": "EPERM"})"),
            "mine.json:5:48: seccomp.default_errno: must not be EPERM"},
        Bad{stage_with(R"("seccomp": {"comment": "c", "on_forbidden": "allow"})"),
            "mine.json:5:47: seccomp.on_forbidden: \"allow\" is not one of errno, report"}));

INSTANTIATE_TEST_SUITE_P(
    Job, PolicyFile,
    testing::Values(
        Bad{R"({"kind": "job", "comment": "c", "total": "0s", "stages": {}})",
            "mine.json:1:42: total: \"0s\" is zero"},
        Bad{R"({"kind": "job", "comment": "c", "total": "1s", "stages": {"comment": "c"}})",
            "mine.json:1:58: stages: the key \"compile\" is missing"},
        Bad{R"({"kind": "job", "comment": "c", "total": "1s", "stages": {"comment": "c",
 "compile": "compile", "vet": "vet", "run": "rnu", "test": "test"}})",
            "mine.json:2:45: stages.run: there is no stage policy \"rnu\""},
        Bad{R"({"kind": "job", "comment": "c", "total": "1s", "stages": {"comment": "c",
 "compile": "compile", "vet": "vet", "run": {"comment": "c", "limits":
 {"comment": "c", "pids": 0}}, "test": "test"}})",
            "mine.json:3:27: stages.run.limits.pids: \"0\" is zero"},
        Bad{R"({"kind": "job", "comment": "c", "total": "1s", "extends": "default", "stages": {}})",
            "mine.json:1:48: extends: unknown key"}));

// Every complete policy that docs/policies.md shows.
TEST(Documentation, ShowsPoliciesThatAreTaken) {
  std::ifstream file(std::filesystem::path(GOBOX_SOURCE_DIR) / "docs" / "policies.md");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string fence = "```json\n{\n";
  std::size_t shown = 0;
  for (auto at = text.find(fence); at != std::string::npos; at = text.find(fence, at + 1)) {
    const auto start = text.find('{', at);
    EXPECT_EQ(complaint(text.substr(start, text.find("```", start) - start)), "no complaint");
    ++shown;
  }
  EXPECT_EQ(shown, 2U);
}

TEST(PolicyDirectory, WithACycleIsRefusedWhereItCloses) {
  const TemporaryFolder folder;
  folder.write("a.json", R"({"kind": "stage", "comment": "c", "extends": "b"})");
  folder.write("b.json", "{\"kind\": \"stage\", \"comment\": \"c\",\n \"extends\": \"a\"}");
  EXPECT_EQ(PolicySet::load(folder.path()).error().message,
            (folder.path() / "b.json").string() + ":2:13: extends: extends itself: a, b, a");
}

TEST(PolicyDirectory, WithOneBadFileIsRefusedAsAWhole) {
  const TemporaryFolder folder;
  folder.write("a.json", R"({"kind": "stage", "comment": "c"})");
  folder.write("b.json",
               R"({"kind": "stage", "comment": "c", "limits": {"comment": "c", "disk": "0K"}})");
  EXPECT_THAT(PolicySet::load(folder.path()).error().message,
              HasSubstr("b.json:1:70: limits.disk: \"0K\" is zero"));
}

TEST(PolicyDirectory, ThatIsMissingOrEmptyIsTheHostsFault) {
  const TemporaryFolder folder;
  const Result<PolicySet> empty = PolicySet::load(folder.path());
  EXPECT_EQ(empty.error().kind, Error::Kind::kHost);
  EXPECT_THAT(empty.error().message, HasSubstr("no *.json file"));
  const Result<PolicySet> missing = PolicySet::load(folder.path() / "none");
  EXPECT_EQ(missing.error().errno_value, ENOENT);
  EXPECT_THAT(missing.error().message, HasSubstr("No such file or directory"));
}

TEST(PolicyDirectory, TakesPlainNamesOnly) {
  const TemporaryFolder folder;
  folder.write("A b.json", R"({"kind": "stage", "comment": "c"})");
  EXPECT_THAT(PolicySet::load(folder.path()).error().message, HasSubstr("a-z, 0-9"));
}

TEST(PolicyDirectory, TheOperatorsOwnWinByName) {
  const TemporaryFolder own;
  own.write("run.json", R"({"kind": "stage", "comment": "Ours.", "extends": "base",
      "limits": {"comment": "Small.", "memory": "99M"}})");
  own.write("course.json", R"({"kind": "job", "comment": "Ours.", "total": "9s", "stages": {
      "comment": "As shipped_policies.", "compile": "compile", "vet": "vet", "run": "run", "test": "test"}})");
  const auto set = PolicySet::load(find_policy_dir().value(), own.path());
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->stage("run")->limits.memory_bytes, 99U << 20);
  EXPECT_EQ(set->job("default")->run.limits.memory_bytes, 99U << 20);
  EXPECT_EQ(set->job("course")->total, std::chrono::seconds(9));
  EXPECT_TRUE(PolicySet::load(find_policy_dir().value(), own.path() / "none"));
}

TEST(PolicyDirectory, TheOperatorsOwnCountForInstalledBinariesAlone) {
  EXPECT_EQ(find_own_policy_dir("/usr/bin/sandbox-api", std::nullopt), "/etc/gobox/policies");
  EXPECT_EQ(find_own_policy_dir("/usr/local/bin/sandbox-run", std::nullopt), "/etc/gobox/policies");
  EXPECT_EQ(find_own_policy_dir("/usr/bin/sandbox-api", "/srv/policies"), "");
  EXPECT_EQ(find_own_policy_dir("/home/me/gobox/build/bin/sandbox-run", std::nullopt), "");
}

TEST(FindPolicyDirectory, PrefersTheEnvironmentAndNeverLooksPastIt) {
  const TemporaryFolder folder;
  folder.write("mine/default.json", "{}");
  const std::string mine = (folder.path() / "mine").string();
  EXPECT_EQ(find_policy_dir("/nowhere/bin/x", mine).value(), mine);
  const auto wrong = find_policy_dir("/nowhere/bin/x", folder.path().string());
  EXPECT_THAT(wrong.error().message, StartsWith("GOBOX_POLICY_DIR: "));
}

TEST(FindPolicyDirectory, FindsInstalledAndBuildTrees) {
  const TemporaryFolder folder;
  folder.write("usr/share/gobox/policies/default.json", "{}");
  folder.write("source/policies/default.json", "{}");
  EXPECT_EQ(find_policy_dir(folder.path() / "usr/bin/x", std::nullopt).value(),
            folder.path() / "usr/share/gobox/policies");
  EXPECT_EQ(find_policy_dir(folder.path() / "source/build/bin/x", std::nullopt).value(),
            folder.path() / "source/policies");
}

TEST(PositionIndex, KnowsWhereEveryValueAndKeyStarts) {
  const PositionIndex index =
      PositionIndex::scan("x", "{ \"a\" : [1,\n\t-2.5e3 , true,[]], \"b/c~\":{\"d\":null}}")
          .value();
  const auto at = [&](const char* pointer) { return index.value(pointer).in("x"); };
  EXPECT_EQ(at(""), "x:1:1");
  EXPECT_EQ(at("/a"), "x:1:9");
  EXPECT_EQ(at("/a/0"), "x:1:10");
  EXPECT_EQ(at("/a/1"), "x:2:2");
  EXPECT_EQ(at("/a/2"), "x:2:11");
  EXPECT_EQ(at("/a/3"), "x:2:16");
  EXPECT_EQ(at("/b~1c~0"), "x:2:28");
  EXPECT_EQ(at("/b~1c~0/d"), "x:2:33");
  EXPECT_EQ(index.key("/b~1c~0").in("x"), "x:2:21");
  EXPECT_EQ(index.key("/a").in("x"), "x:1:3");
}

TEST(PositionIndex, IsNotMisledByBracketsAndQuotesInStrings) {
  const PositionIndex index =
      PositionIndex::scan("x", R"({"a\"]":"x\\\"}{,:","b":[" [ ",7]})").value();
  EXPECT_EQ(index.value("/b/1").column, 32U);
}

}  // namespace
}  // namespace gobox::policies
