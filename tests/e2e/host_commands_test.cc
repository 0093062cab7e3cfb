// SPDX-License-Identifier: Apache-2.0

// The forms that run nothing of the user's: check, warm, policy.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;

TEST(Check, SaysLineByLineWhatThisHostEnforces) {
  const CommandResult check = sandbox_run({"check"});
  EXPECT_EQ(check.status, 0) << check.out;
  for (const char* line : {"control groups", "memory limit", "process limit", "CPU bandwidth",
                           "namespaces, mounts, seccomp", "toolchain go1."}) {
    EXPECT_THAT(check.out, HasSubstr(line));
  }
  EXPECT_THAT(check.out, ::testing::Not(HasSubstr("NO ")));
  EXPECT_EQ(sandbox_run({"check", "everything"}).status, 2);
}

TEST(Warm, NamesEveryToolchainThatIsReady) {
  const CommandResult warm = sandbox_run({"warm", "--no-race"});
  EXPECT_EQ(warm.status, 0) << warm.err;
  for (const auto& goroot : test_toolchains()) {
    EXPECT_THAT(warm.err, HasSubstr(std::filesystem::canonical(goroot).string()));
  }
  EXPECT_EQ(sandbox_run({"warm", "--soon"}).status, 2);
}

// A new host's first program does not wait for the whole standard library. Go 1.19 ships what is
// needed compiled; a newer one would take this test half a minute.
TEST(Warm, IsNotNeededForASmallProgram) {
  const std::string goroot = "/usr/lib/go-1.19";
  if (!std::filesystem::exists(goroot + "/pkg")) GTEST_SKIP() << "takes Debian's Go 1.19";
  const ScratchDirectory caches;
  const CommandOptions options{.input = {},
                               .environment = {"GOBOX_CACHE_DIR=" + caches.path().string()},
                               .directory = {},
                               .user = {}};
  const auto result = sandbox_run_json(
      {"--toolchain", goroot, "--compile-timeout", "60s", source_path("examples/hello.go")},
      options);
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
  EXPECT_TRUE(stage_of(result, "compile").at("direct").as_bool());
  std::vector<std::string> prepared;
  for (const auto& each : std::filesystem::directory_iterator(caches.path())) {
    const std::string name = each.path().filename();
    if (name.starts_with("go1.")) prepared.push_back(name);
  }
  EXPECT_THAT(prepared, ::testing::ElementsAre(HasSubstr("-starter-")));
}

TEST(Policy, IsShownAsWhatItSaysAndCanBeCheckedAndUsed) {
  for (const char* name : {"default", "strict", "race", "ci", "compile", "run"}) {
    SCOPED_TRACE(name);
    const CommandResult shown = sandbox_run({"policy", "show", name});
    EXPECT_EQ(shown.status, 0) << shown.err;
    std::error_code failure;
    boost::json::parse(shown.out, failure);
    EXPECT_FALSE(failure) << failure.message();
  }
  const ScratchDirectory scratch;
  scratch.write("own.json", sandbox_run({"policy", "show", "default"}).out);
  const CommandResult checked = sandbox_run({"policy", "check", scratch / "own.json"});
  EXPECT_EQ(checked.status, 0) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("valid"));
  EXPECT_EQ(sandbox_run({"exec", "--policy", scratch / "own.json", "--", "/bin/true"}).status, 0);
}

TEST(Policy, MistakesAreToldWithTheirLine) {
  const ScratchDirectory scratch;
  scratch.write("bad.json",
                "{\n  \"kind\": \"job\", \"comment\": \"bad\",\n  \"total\": \"0s\",\n"
                "  \"stages\": {}\n}\n");
  const CommandResult checked = sandbox_run({"policy", "check", scratch / "bad.json"});
  EXPECT_EQ(checked.status, 2);
  EXPECT_THAT(checked.err, HasSubstr("bad.json:3:"));
  EXPECT_EQ(sandbox_run({"policy", "show", "no-such-policy"}).status, 2);
  EXPECT_EQ(sandbox_run({"policy"}).status, 2);
}

TEST(Toolchain, CanBeNamedByVersionOrByPlace) {
  for (const auto& goroot : test_toolchains()) {
    const auto by_place = sandbox_run_json(
        {"--toolchain", goroot, "--compile-timeout", "60s", source_path("examples/hello.go")});
    EXPECT_EQ(text_of(by_place, "outcome"), "ok");
    const std::string name = text_of(by_place, "toolchain");
    const auto by_name = sandbox_run_json(
        {"--toolchain", name, "--compile-timeout", "60s", source_path("examples/hello.go")});
    EXPECT_EQ(text_of(by_name, "toolchain"), name);
  }
  const ScratchDirectory scratch;
  const CommandResult none =
      sandbox_run({"--toolchain", scratch.path(), source_path("examples/hello.go")});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("is not a Go toolchain"));
}

// A GOROOT that discovery does not find is taken when it is named by its path.
TEST(Toolchain, OnePlacedAnywhereIsTakenByItsPath) {
  ASSERT_FALSE(test_toolchains().empty());
  const ScratchDirectory scratch;
  std::filesystem::create_symlink(test_toolchains().front(), scratch / "elsewhere");
  CommandOptions nothing_on_path;
  nothing_on_path.environment = {"PATH=/usr/bin:/bin"};
  const auto result = sandbox_run_json({"--toolchain", scratch / "elsewhere", "--compile-timeout",
                                        "60s", source_path("examples/hello.go")},
                                       nothing_on_path);
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
}

}  // namespace
}  // namespace gobox::tests
