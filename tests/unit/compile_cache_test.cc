// SPDX-License-Identifier: Apache-2.0

#include "runner/job/compile_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <string>
#include <thread>
#include <vector>

#include "base/file.h"

namespace gobox::runner {
namespace {

using std::chrono::minutes;

Sha256Digest key(int number) {
  return sha256(std::to_string(number));
}

StageResult compiled(Outcome outcome = Outcome::kOk) {
  StageResult stage;
  stage.kind = StageKind::kCompile;
  stage.outcome = outcome;
  stage.ending.exit_code = outcome == Outcome::kOk ? 0 : 1;
  return stage;
}

CompileCache::Entry entry_of(std::uint64_t bytes, const std::string& text = "") {
  CompileCache::Entry entry;
  entry.stage = compiled();
  entry.stage.message = text;
  entry.binary_bytes = bytes;
  return entry;
}

struct Fixture {
  CompileCache::Clock::time_point now{};

  CompileCache cache(CompileCacheLimits limits) {
    return CompileCache(limits, [this] { return now; });
  }
};

TEST(CompileCache, FindsWhatWasPutIn) {
  CompileCache cache({});
  EXPECT_EQ(cache.find(key(1)), nullptr);
  CompileCache::Entry entry = entry_of(7, "made");
  entry.binary = *sealed_memory_file("main", "bytes");
  cache.insert(key(1), std::move(entry));
  const auto found = cache.find(key(1));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->stage.message, "made");
  EXPECT_TRUE(found->binary.valid());
  EXPECT_EQ(cache.find(key(2)), nullptr);
  EXPECT_EQ(cache.counters().hits, 1U);
  EXPECT_EQ(cache.counters().misses, 2U);
}

// What could be changed after it was put in could be changed by whoever made it.
TEST(CompileCache, KeepsNoBinaryThatIsNotSealed) {
  CompileCache cache({});
  CompileCache::Entry entry = entry_of(5);
  entry.binary = UniqueFd(::memfd_create("main", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_TRUE(entry.binary.valid());
  ASSERT_TRUE(write_all(entry.binary.get(), "bytes"));
  cache.insert(key(1), std::move(entry));
  EXPECT_EQ(cache.find(key(1)), nullptr);
}

TEST(CompileCache, AnEntryCannotBeWrittenThroughItsDescriptor) {
  CompileCache cache({});
  CompileCache::Entry entry = entry_of(5);
  entry.binary = *sealed_memory_file("main", "bytes");
  cache.insert(key(1), std::move(entry));
  const auto found = cache.find(key(1));
  ASSERT_NE(found, nullptr);
  const std::string path = "/proc/self/fd/" + std::to_string(found->binary.get());
  const auto again = open_at(AT_FDCWD, path, O_RDWR);
  if (again) {
    EXPECT_FALSE(write_all(again->get(), "other"));
  }
  EXPECT_EQ(*read_file(path), "bytes");
}

TEST(CompileCache, DropsTheLeastRecentlyUsedWhenThereAreTooMany) {
  CompileCache cache({.entries = 2});
  cache.insert(key(1), entry_of(1));
  cache.insert(key(2), entry_of(1));
  EXPECT_NE(cache.find(key(1)), nullptr);
  cache.insert(key(3), entry_of(1));
  EXPECT_NE(cache.find(key(1)), nullptr);
  EXPECT_EQ(cache.find(key(2)), nullptr);
  EXPECT_NE(cache.find(key(3)), nullptr);
  EXPECT_EQ(cache.counters().entries, 2U);
  EXPECT_EQ(cache.counters().evictions, 1U);
}

TEST(CompileCache, StaysWithinItsBytes) {
  constexpr std::uint64_t kMiB = 1 << 20;
  CompileCache cache({.bytes = 10 * kMiB});
  for (int i = 0; i < 100; ++i) {
    cache.insert(key(i), entry_of(3 * kMiB));
    EXPECT_LE(cache.counters().bytes, 10 * kMiB);
  }
  EXPECT_EQ(cache.counters().entries, 3U);
  EXPECT_NE(cache.find(key(99)), nullptr);
}

TEST(CompileCache, CountsMessagesToo) {
  CompileCache cache({.bytes = 1 << 20});
  CompileCache::Entry entry = entry_of(0);
  entry.stage.ending.output.push_back({true, Nanoseconds(0), std::string(2 << 20, 'x')});
  cache.insert(key(1), std::move(entry));
  EXPECT_EQ(cache.find(key(1)), nullptr);
}

TEST(CompileCache, DoesNotKeepWhatIsLargerThanTheWhole) {
  CompileCache cache({.bytes = 1 << 20});
  cache.insert(key(1), entry_of(1));
  cache.insert(key(2), entry_of(2 << 20));
  EXPECT_NE(cache.find(key(1)), nullptr);
  EXPECT_EQ(cache.find(key(2)), nullptr);
}

TEST(CompileCache, ForgetsWhatIsTooOldHoweverOftenItIsUsed) {
  Fixture fixture;
  CompileCache cache = fixture.cache({.age = minutes(10)});
  cache.insert(key(1), entry_of(1));
  fixture.now += minutes(9);
  EXPECT_NE(cache.find(key(1)), nullptr);
  fixture.now += minutes(2);
  EXPECT_EQ(cache.find(key(1)), nullptr);
  EXPECT_EQ(cache.counters().entries, 0U);
  EXPECT_EQ(cache.counters().bytes, 0U);
}

TEST(CompileCache, ReplacesAnEntryOfTheSameKey) {
  CompileCache cache({});
  cache.insert(key(1), entry_of(100, "old"));
  const auto held = cache.find(key(1));
  cache.insert(key(1), entry_of(200, "new"));
  EXPECT_EQ(cache.find(key(1))->stage.message, "new");
  EXPECT_EQ(held->stage.message, "old");  // a holder keeps what it found
  EXPECT_EQ(cache.counters().entries, 1U);
}

TEST(CompileCache, AcceptsOnlyCompilesThatEndedByThemselves) {
  EXPECT_TRUE(CompileCache::accepts(compiled(Outcome::kOk)));
  EXPECT_TRUE(CompileCache::accepts(compiled(Outcome::kCompileError)));
  for (const Outcome outcome :
       {Outcome::kSandboxError, Outcome::kCanceled, Outcome::kOom, Outcome::kTimeout,
        Outcome::kOutputLimit, Outcome::kPolicyViolation, Outcome::kPidsLimit, Outcome::kSignaled,
        Outcome::kExited, Outcome::kLeakedProcesses}) {
    EXPECT_FALSE(CompileCache::accepts(compiled(outcome))) << name_of(outcome);
  }
  StageResult run = compiled();
  run.kind = StageKind::kRun;
  EXPECT_FALSE(CompileCache::accepts(run));
  StageResult starved = compiled(Outcome::kCompileError);
  starved.ending.usage.pids_refused = 1;  // the compiler failed for want of threads
  EXPECT_FALSE(CompileCache::accepts(starved));
  StageResult signaled = compiled(Outcome::kCompileError);
  signaled.ending.exit_code.reset();
  EXPECT_FALSE(CompileCache::accepts(signaled));
}

TEST(CompileCache, ManyThreadsAtOnceKeepItWhole) {
  CompileCache cache({.bytes = 1 << 20, .entries = 16});
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 2000; ++i) {
        const int number = (i * 7 + t) % 40;
        const auto found = cache.find(key(number));
        if (found) {
          EXPECT_EQ(found->stage.message, std::to_string(number));
        } else {
          cache.insert(key(number), entry_of(50'000, std::to_string(number)));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const CompileCache::Counters counters = cache.counters();
  EXPECT_LE(counters.entries, 16U);
  EXPECT_LE(counters.bytes, std::uint64_t{1} << 20);
  EXPECT_EQ(counters.hits + counters.misses, 16'000U);
}

}  // namespace
}  // namespace gobox::runner
