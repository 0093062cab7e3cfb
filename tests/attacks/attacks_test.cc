// SPDX-License-Identifier: Apache-2.0

// Every hostile program of this folder, carried out in a sandbox: each must end as its header says,
// leave the host as it was, and let the next program run. Beside each runs an honest one, which
// must not notice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/quantity.h"
#include "tests/attacks/arena.h"
#include "tests/attacks/host_state.h"

namespace gobox::attacks {
namespace {

namespace fs = std::filesystem;

const fs::path kSources = fs::path(GOBOX_SOURCE_DIR) / "tests/attacks";

Arena* the_arena = nullptr;

// The line of the closing table.
struct Tally {
  int attacks = 0;
  int failed = 0;
  double seconds = 0;
};

std::map<std::string, Tally> tallies;
std::string idle_descriptors;  // how many we hold when nothing runs
std::vector<double> hellos_after;

// An attack and how long the honest runs beside it took.
struct Beside {
  Attack attack;
  std::vector<double> took;
};

std::vector<Beside> hellos_beside;

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Opened before the first test, and with it before the first thread.
class ArenaEnvironment : public testing::Environment {
 public:
  // The first run starts what watches all that follow.
  std::string descriptors_after_a_run() {
    const auto look = [&] { return look_at_host(the_arena->group_directories()).facts; };
    const std::string processes = look()["processes of sandboxes"];
    const auto hello = the_arena->hello();
    EXPECT_TRUE(hello) << hello.error().message;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    auto facts = look();
    while (facts["processes of sandboxes"] != processes &&
           std::chrono::steady_clock::now() < deadline) {
      facts = look();
    }
    return facts["descriptors"];
  }

  void SetUp() override {
    auto arena = Arena::open(GOBOX_ATTACK_PROGRAMS, kSources);
    ASSERT_TRUE(arena) << arena.error().message;
    arena_ = std::move(*arena);
    the_arena = arena_.get();
    idle_descriptors = descriptors_after_a_run();
  }

  void TearDown() override {
    std::cout << "\ngroup      attacks  failed  seconds\n";
    for (const auto& [group, tally] : tallies) {
      char line[80];
      std::snprintf(line, sizeof line, "%-10s %7d %7d %8.1f\n", group.c_str(), tally.attacks,
                    tally.failed, tally.seconds);
      std::cout << line;
    }
    tallies.clear();
    the_arena = nullptr;
    arena_.reset();
  }

 private:
  std::unique_ptr<Arena> arena_;
};

const auto* const kEnvironment = testing::AddGlobalTestEnvironment(new ArenaEnvironment);

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string limit_of(const Trial& trial) {
  const runner::StageResult* stage = trial.result.deciding();
  if (stage == nullptr) return "";
  switch (stage->ending.killed) {
    case sandbox::KillReason::kWallLimit:
      return "wall";
    case sandbox::KillReason::kCpuLimit:
      return "cpu";
    case sandbox::KillReason::kTotalLimit:
      return "total";
    default:
      return "";
  }
}

bool holds(const std::string& key, const std::string& value, const Trial& trial) {
  const runner::StageResult* stage = trial.result.deciding();
  if (key == "outcome") return trial.outcome == value;
  if (key == "stdout") return contains(trial.standard_output, value);
  if (key == "stderr") return contains(trial.standard_error, value);
  if (key == "message") return contains(trial.message, value);
  if (key == "within") {
    const auto most = parse_duration(key, value);
    return most && trial.result.total <= *most;
  }
  if (key == "kept") return fs::is_regular_file(fs::symlink_status(trial.kept / value));
  if (key == "absent") return !fs::exists(fs::symlink_status(trial.kept / value));
  if (stage == nullptr) return false;
  if (key == "exit") return stage->ending.exit_code == std::stoi(value);
  if (key == "signal") {
    return stage->ending.signal && runner::signal_name(*stage->ending.signal) == value;
  }
  if (key == "stage") return value == runner::name_of(stage->kind);
  if (key == "limit") return limit_of(trial) == value;
  if (key == "syscall") return stage->ending.violation && stage->ending.violation->syscall == value;
  if (key == "refused") {
    return std::any_of(stage->ending.refused.begin(), stage->ending.refused.end(),
                       [&](const sandbox::Violation& each) { return each.syscall == value; });
  }
  return false;  // an unknown key never holds
}

bool meets(const Expectation& expectation, const Trial& trial) {
  return std::all_of(expectation.begin(), expectation.end(),
                     [&](const auto& each) { return holds(each.first, each.second, trial); });
}

std::string describe(const Trial& trial) {
  return "outcome " + trial.outcome + ": " + trial.message +
         "\nstdout: " + trial.standard_output.substr(0, 4096) +
         "\nstderr: " + trial.standard_error.substr(0, 4096);
}

// Copied out: regular files and directories, without special bits, and no more of the host's disk
// than the sandbox had: a hole takes none, nor does a further name.
void check_kept(const fs::path& directory) {
  constexpr std::uintmax_t kDisk = std::uintmax_t{64} << 20;  // no attack asks for more
  std::map<ino_t, std::uintmax_t> room;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const fs::file_status status = entry.symlink_status();
    EXPECT_TRUE(fs::is_regular_file(status) || fs::is_directory(status)) << entry.path();
    EXPECT_EQ(status.permissions() & (fs::perms::set_uid | fs::perms::set_gid), fs::perms::none)
        << entry.path();

    struct stat there {};

    if (::lstat(entry.path().c_str(), &there) == 0) {
      room[there.st_ino] = static_cast<std::uintmax_t>(there.st_blocks) * 512;
    }
  }
  std::uintmax_t sum = 0;
  for (const auto& [inode, bytes] : room) sum += bytes;
  EXPECT_LE(sum, kDisk);
}

// Sandboxes are taken apart after their answer has gone out: what differs must be gone in no time.
std::vector<std::string> differences_that_stay(const HostState& before) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (;;) {
    auto found = differences(before, look_at_host(the_arena->group_directories()));
    if (found.empty() || std::chrono::steady_clock::now() > give_up) return found;
    std::this_thread::yield();
  }
}

void expect_end(const Attack& attack, const Trial& trial) {
  EXPECT_TRUE(std::any_of(attack.expected.begin(), attack.expected.end(),
                          [&](const Expectation& each) { return meets(each, trial); }))
      << attack.what << "\n"
      << describe(trial);
  constexpr std::size_t kLongestList = 512;
  for (const runner::StageResult& stage : trial.result.stages) {
    EXPECT_LE(stage.ending.refused.size(), kLongestList);
  }
  for (const std::string& text : {trial.standard_output, trial.standard_error}) {
    EXPECT_FALSE(contains(text, "ESCAPED")) << describe(trial);
    EXPECT_FALSE(contains(text, "REACHED")) << describe(trial);
  }
}

constexpr std::size_t kEnough = 9;  // runs for a median

// An honest program, again and again until it is stopped or has had `most` runs. After each it
// rests as long as it took: it is there to notice the attack, not to take the machine from it.
class Neighbour {
 public:
  Neighbour(Arena& arena, std::size_t most)
      : thread_([this, &arena, most] {
          while (run_once(arena) && took_.size() < most && !stopped_within(took_.back())) {
          }
        }) {}

  // Empty: every run was ok.
  std::string stop(std::vector<double>& took) {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    stopped_.notify_one();
    thread_.join();
    took.insert(took.end(), took_.begin(), took_.end());
    return failure_;
  }

 private:
  bool run_once(Arena& arena) {
    const auto took = arena.hello();
    if (took) {
      took_.push_back(*took);
    } else {
      failure_ = took.error().message;
    }
    return took.has_value();
  }

  bool stopped_within(double milliseconds) {
    std::unique_lock lock(mutex_);
    return stopped_.wait_for(lock, std::chrono::duration<double, std::milli>(milliseconds),
                             [this] { return done_; });
  }

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool done_ = false;
  std::vector<double> took_;
  std::string failure_;
  std::thread thread_;
};

bool wears_down(const Attack& attack) {
  return attack.group == "starve" || attack.group == "outlast" || attack.group == "compile";
}

// Carries `attack` out beside an honest program, whose times are added to `took`. What wears the
// machine down may do so late and has it beside to the end; with the others it would only take a
// single processor's time from them.
Result<Trial> carry_out_beside_another(const Attack& attack, std::vector<double>& took) {
  Neighbour neighbour(*the_arena,
                      wears_down(attack) ? std::numeric_limits<std::size_t>::max() : kEnough);
  auto trial = the_arena->carry_out(attack);
  EXPECT_EQ(neighbour.stop(took), "");
  the_arena->renew();
  return trial;
}

void remove_kept(const Trial& trial) {
  std::error_code ignored;
  if (!trial.kept.empty()) fs::remove_all(trial.kept, ignored);
}

// The host before anything of ours lives: nothing sandboxed is alive and no group is left.
HostState idle_host() {
  HostState state = look_at_host(the_arena->group_directories());
  state.facts["processes of sandboxes"].clear();
  state.facts["control groups"].clear();
  state.facts["descriptors"] = idle_descriptors;
  return state;
}

class AttackTest : public testing::TestWithParam<Attack> {
 protected:
  static void TearDownTestSuite() {
    if (the_arena == nullptr) return;
    const auto hello = the_arena->go_hello();
    EXPECT_TRUE(hello) << hello.error().message;
  }

  void SetUp() override {
    ASSERT_NE(the_arena, nullptr);
    begin_ = std::chrono::steady_clock::now();
  }

  void TearDown() override {
    Tally& tally = tallies[GetParam().group];
    ++tally.attacks;
    if (HasFailure()) ++tally.failed;
    tally.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_;
};

TEST_P(AttackTest, EndsAsExpectedAndLeavesNothing) {
  const Attack& attack = GetParam();
  const bool on_disk =
      std::find(attack.flags.begin(), attack.flags.end(), "--scratch") != attack.flags.end();
  if (on_disk && ::access("/dev/loop-control", F_OK) != 0) {
    GTEST_SKIP() << "a kernel without loop devices offers no space on disk";
  }
  const HostState before = idle_host();

  hellos_beside.push_back({attack, {}});
  const auto trial = carry_out_beside_another(attack, hellos_beside.back().took);
  ASSERT_TRUE(trial) << trial.error().message;
  expect_end(attack, *trial);
  if (!trial->kept.empty()) check_kept(trial->kept);
  remove_kept(*trial);

  EXPECT_THAT(differences_that_stay(before), testing::IsEmpty());
  const auto hello = the_arena->hello();
  EXPECT_TRUE(hello) << hello.error().message;
  if (hello) hellos_after.push_back(*hello);
}

std::vector<Attack> attacks_of(const std::string& group) {
  auto all = read_attacks(kSources);
  std::vector<Attack> chosen;
  if (!all) return chosen;  // Header.CanBeReadInEveryFile says why
  for (Attack& attack : *all) {
    if (attack.group == group) chosen.push_back(std::move(attack));
  }
  return chosen;
}

std::string name_of(const testing::TestParamInfo<Attack>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(escape, AttackTest, testing::ValuesIn(attacks_of("escape")), name_of);
INSTANTIATE_TEST_SUITE_P(starve, AttackTest, testing::ValuesIn(attacks_of("starve")), name_of);
INSTANTIATE_TEST_SUITE_P(outlast, AttackTest, testing::ValuesIn(attacks_of("outlast")), name_of);
INSTANTIATE_TEST_SUITE_P(bleed, AttackTest, testing::ValuesIn(attacks_of("bleed")), name_of);
INSTANTIATE_TEST_SUITE_P(compile, AttackTest, testing::ValuesIn(attacks_of("compile")), name_of);
INSTANTIATE_TEST_SUITE_P(collect, AttackTest, testing::ValuesIn(attacks_of("collect")), name_of);

TEST(Header, CanBeReadInEveryFile) {
  const auto all = read_attacks(kSources);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_GE(all->size(), 120U);
}

// GoogleTest runs suites with parameters after all others, in the order of their first mention:
// this one sees what the attacks above did to their neighbours.
class NeighbourTest : public testing::TestWithParam<double> {
 protected:
  // The medians of the next repetition are its own.
  void TearDown() override {
    hellos_after.clear();
    hellos_beside.clear();
  }
};

// How many times its idle time an honest program takes beside `attack`, both measured now.
double slowdown_beside(const Attack& attack) {
  std::vector<double> idle;
  while (idle.size() < kEnough) {
    const auto hello = the_arena->hello();
    EXPECT_TRUE(hello) << hello.error().message;
    if (!hello) return 0;
    idle.push_back(*hello);
  }
  std::vector<double> beside;
  const auto trial = carry_out_beside_another(attack, beside);
  EXPECT_TRUE(trial) << trial.error().message;
  if (trial) remove_kept(*trial);
  return median(beside) / median(idle);
}

void print_slowdowns(double idle, std::vector<std::pair<double, std::string>> slowdowns) {
  std::sort(slowdowns.rbegin(), slowdowns.rend());
  std::cout << "hello: " << idle << " ms idle; beside an attack the most times that were\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(slowdowns.size(), 5); ++i) {
    std::cout << "  " << slowdowns[i].first << " " << slowdowns[i].second << "\n";
  }
}

// Each group is judged as a whole; each attack that lasts long enough for a median by itself,
// however few runs it let happen meanwhile; and the short ones together. Other work of this machine
// that falls into the moment of one attack looks like its doing, but an attack that holds up its
// neighbours does so again.
TEST_P(NeighbourTest, TakesAtMostSoManyTimesItsIdleTime) {
  if (hellos_after.size() < kEnough) GTEST_SKIP() << "too few attacks ran";
  const double idle = median(hellos_after);
  const double lasting = GetParam() * idle * static_cast<double>(kEnough);
  std::vector<double> rest;
  std::map<std::string, std::vector<double>> groups;
  std::vector<std::pair<double, std::string>> slowdowns;
  for (const auto& [attack, took] : hellos_beside) {
    const std::string name = attack.group + "/" + attack.name;
    std::vector<double>& group = groups[attack.group];
    group.insert(group.end(), took.begin(), took.end());
    if (took.size() < kEnough && std::accumulate(took.begin(), took.end(), 0.0) < lasting) {
      rest.insert(rest.end(), took.begin(), took.end());
      continue;
    }
    slowdowns.emplace_back(median(took) / idle, name);
    if (slowdowns.back().first > GetParam()) {
      EXPECT_LE(slowdown_beside(attack), GetParam()) << name << ", for the second time";
    }
  }
  groups["short ones"] = std::move(rest);
  for (const auto& [name, took] : groups) {
    if (took.size() < kEnough) continue;
    slowdowns.emplace_back(median(took) / idle, "all " + name);
    EXPECT_LE(slowdowns.back().first, GetParam()) << "all " << name;
  }
  print_slowdowns(idle, std::move(slowdowns));
}

INSTANTIATE_TEST_SUITE_P(hello, NeighbourTest, testing::Values(3.0));

}  // namespace
}  // namespace gobox::attacks
