// SPDX-License-Identifier: Apache-2.0

// A scratch on disk as callers ask for it: by flag, by policy, by request; and what is left of it.

#include <signal.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/host_state.h"
#include "tests/support/requirement.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::HasSubstr;

bool is_possible() {
  return ::geteuid() == 0 && ::access("/dev/loop-control", W_OK) == 0;
}

// Beside this binary: /tmp may be memory.
fs::path on_disk() {
  return fs::read_symlink("/proc/self/exe").parent_path() /
         ("scratch-test-" + std::to_string(::getpid()));
}

// Loop devices with a file below that behind them.
std::size_t devices() {
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/sys/block", ignored)) {
    const auto file = read_file((entry.path() / "loop/backing_file").string());
    if (file && file->starts_with(on_disk().string())) ++count;
  }
  return count;
}

class Scratch : public ::testing::Test {
 protected:
  void SetUp() override {
    if (in_user_mode_linux()) GTEST_SKIP() << "no file without a name on hostfs";
    if (!has_loop_devices()) GTEST_SKIP() << "a kernel without loop devices";
    GOBOX_REQUIRE(is_possible(), "root and loop devices");
    fs::create_directories(on_disk());
    options_.environment = {"GOBOX_CACHE_DIR=" + on_disk().string()};
  }

  void TearDown() override { fs::remove_all(on_disk()); }

  CommandOptions options_;
  ScratchDirectory scratch_;
};

const char* const kWhere = "stat -f -c '%T %a' /work /tmp; stat -c %u /work";

TEST_F(Scratch, IsWhereTheFlagOrThePolicySays) {
  const json::object memory = sandbox_run_json({"exec", "--", "sh", "-c", kWhere}, options_);
  EXPECT_THAT(text_of(memory, "stdout"), HasSubstr("tmpfs"));
  const json::object disk = sandbox_run_json(
      {"exec", "--scratch", "disk", "--disk", "16M", "--", "sh", "-c", kWhere}, options_);
  EXPECT_EQ(text_of(disk, "stdout"), "ext2/ext3 4096\next2/ext3 4096\n1000\n")
      << text_of(disk, "message");
  scratch_.write("disk.json", R"({"kind": "job", "comment": "On disk.", "total": "60s",
    "scratch": "disk", "stages": {"comment": "As default.", "compile": "compile", "vet": "vet",
    "run": "run", "test": "test"}})");
  const json::object by_policy = sandbox_run_json(
      {"exec", "--policy", scratch_ / "disk.json", "--", "sh", "-c", kWhere}, options_);
  EXPECT_THAT(text_of(by_policy, "stdout"), HasSubstr("ext2/ext3"));
  const json::object back = sandbox_run_json(
      {"exec", "--policy", scratch_ / "disk.json", "--scratch", "memory", "--", "sh", "-c", kWhere},
      options_);
  EXPECT_THAT(text_of(back, "stdout"), HasSubstr("tmpfs"));
}

TEST_F(Scratch, OtherWordsAreRefused) {
  const CommandResult result = sandbox_run({"exec", "--scratch", "tape", "--", "true"}, options_);
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("--scratch: must be memory or disk"));
}

TEST_F(Scratch, IsGoneWhenEverybodyIsKilled) {
  ChildProcess child =
      start_sandbox_run({"exec", "--scratch", "disk", "--disk", "64M", "--run-timeout", "60s", "--",
                         "sh", "-c", "head -c 33554432 /dev/zero > /work/x; echo ready; sleep 50"},
                        options_);
  ASSERT_TRUE(child.wait_for_output("ready"));
  EXPECT_EQ(devices(), 1U);
  child.signal(SIGKILL);
  child.wait();
  EXPECT_TRUE(eventually([] { return devices() == 0; }));
  EXPECT_TRUE(fs::is_empty(on_disk() / "scratch"));
}

TEST_F(Scratch, KeepsWhatAProgramLeftAndTellsIt) {
  fs::create_directories(scratch_ / "kept");
  const json::object result =
      sandbox_run_json({"exec", "--scratch", "disk", "--keep", scratch_ / "kept", "--", "sh", "-c",
                        "echo here > /work/left"},
                       options_);
  EXPECT_EQ(read_file(scratch_ / "kept/left").value(), "here\n");
  const json::object& leftover = stage_of(result, "run").at("leftover_files").as_object();
  EXPECT_EQ(leftover.at("count"), json::value(1)) << json::serialize(leftover);
}

TEST_F(Scratch, OfARequestHoldsAllStages) {
  const ApiServer server;
  json::object request = {{"source",
                           "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n"
                           "\terr := os.WriteFile(\"big\", make([]byte, 48<<20), 0o600)\n"
                           "\tfmt.Println(err)\n}\n"},
                          {"scratch", "disk"}};
  const json::object result = server.run(request);
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
  EXPECT_EQ(text_of(result, "stdout"), "<nil>\n");
  request["scratch"] = "tape";
  const auto refused = server.post("/v1/runs", json::serialize(request));
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(text_of(refused.json(), "pointer"), "/scratch");
}

}  // namespace
}  // namespace gobox::tests
