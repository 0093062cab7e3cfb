// SPDX-License-Identifier: Apache-2.0

// RunStore: what is kept, for how long, and what a server that was killed leaves to the next.

#include "api/runs/run_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::api {
namespace {

using tests::ScratchDirectory;

std::unique_ptr<RunStore> open(const ScratchDirectory& scratch, std::uint64_t most_bytes = 1 << 20,
                               std::chrono::seconds most_age = std::chrono::hours(1)) {
  RunStore::Settings settings;
  settings.directory = scratch / "data";
  settings.most_bytes = most_bytes;
  settings.most_snippet_bytes = 1000;
  settings.most_age = most_age;
  auto store = RunStore::open(settings);
  EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().message);
  return store ? std::move(*store) : nullptr;
}

bool has(RunStore& store, const std::string& id) {
  return store.find(id, "alice")->has_value();
}

TEST(RunStore, GivesAResultToItsCallerOnly) {
  const ScratchDirectory scratch;
  const auto store = open(scratch);
  ASSERT_TRUE(store->finish({"a", "alice", "{\"id\":\"a\"}", "stage {}\n"}).has_value());
  const auto found = store->find("a", "alice");
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ((*found)->result, "{\"id\":\"a\"}");
  EXPECT_EQ((*found)->events, "stage {}\n");
  EXPECT_FALSE(store->find("a", "bob")->has_value());
  EXPECT_FALSE(store->find("b", "alice")->has_value());
}

TEST(RunStore, LeavesAcceptedRunsToTheNextServer) {
  const ScratchDirectory scratch;
  auto store = open(scratch);
  ASSERT_TRUE(store->accept({"a", "alice", "{}", 0, {}}).has_value());
  ASSERT_TRUE(store->accept({"b", "bob", "[]", 0, {}}).has_value());
  ASSERT_TRUE(store->accept({"c", "bob", "", 0, {}}).has_value());
  ASSERT_TRUE(store->mark_started("b").has_value());
  ASSERT_TRUE(store->withdraw("c").has_value());
  store.reset();
  store = open(scratch);
  const auto left = store->unfinished();
  ASSERT_TRUE(left.has_value());
  ASSERT_EQ(left->size(), 2U);
  EXPECT_EQ((*left)[1].request, "[]");
  EXPECT_EQ((*left)[1].attempts, 1U);
  ASSERT_TRUE(store->finish({"b", "bob", "{}", ""}).has_value());
  EXPECT_EQ(store->unfinished()->size(), 1U);
}

TEST(RunStore, DropsTheOldestOverItsSize) {
  const ScratchDirectory scratch;
  const auto store = open(scratch, 1000);
  const std::string large(400, 'x');
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_TRUE(store->finish({id, "alice", large, ""}).has_value());
  }
  EXPECT_FALSE(has(*store, "a"));
  EXPECT_TRUE(has(*store, "b"));
  EXPECT_TRUE(has(*store, "c"));
  EXPECT_EQ(store->bytes(), 800U);
}

TEST(RunStore, DropsWhatIsTooOld) {
  const ScratchDirectory scratch;
  auto store = open(scratch);
  ASSERT_TRUE(store->finish({"a", "alice", "{}", ""}).has_value());
  ASSERT_TRUE(store->accept({"b", "alice", "{}", 0, {}}).has_value());
  store.reset();
  // Everything that ended before now is older than nothing at all.
  store = open(scratch, 1 << 20, std::chrono::seconds(-1));
  EXPECT_FALSE(has(*store, "a"));
  EXPECT_EQ(store->unfinished()->size(), 1U) << "what has not ended does not age";
}

TEST(RunStore, BoundsWhatIsShared) {
  const ScratchDirectory scratch;
  const auto store = open(scratch);
  const std::string program(400, 'p');
  for (const char* id : {"a", "b", "b", "c"})
    ASSERT_TRUE(store->put_snippet("alice", id, program).has_value());
  EXPECT_FALSE(store->find_snippet("a")->has_value());
  EXPECT_EQ(store->find_snippet("b")->value(), program);
  EXPECT_EQ(store->find_snippet("c")->value(), program);
}

TEST(RunStore, KeepsEachCallersShareOfResults) {
  const ScratchDirectory scratch;
  auto store = open(scratch, 1000);
  const std::string result(100, 'r');
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(store->finish({"a" + std::to_string(i), "alice", result, ""}).has_value());
  }
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(10 + i);
    ASSERT_TRUE(store->finish({"m" + number, "mallory", result, ""}).has_value());
    ASSERT_TRUE(store->finish({"v" + number, "visitor:" + number, result, ""}).has_value());
    if (i != 25) continue;
    store.reset();
    store = open(scratch, 1000);
  }
  for (const char* id : {"a0", "a1", "a2"}) {
    EXPECT_TRUE(store->find(id, "alice")->has_value()) << id;
  }
  EXPECT_TRUE(store->find("m59", "mallory")->has_value());
  EXPECT_FALSE(store->find("m10", "mallory")->has_value());
  EXPECT_TRUE(store->find("v59", "visitor:59")->has_value()) << "they are one together";
  EXPECT_FALSE(store->find("v10", "visitor:10")->has_value());
  EXPECT_LE(store->bytes(), 1000U);
}

TEST(RunStore, KeepsEachCallersShareOfPrograms) {
  const ScratchDirectory scratch;
  auto store = open(scratch);  // takes two such programs
  const std::string program(400, 'p');
  ASSERT_TRUE(store->put_snippet("alice", "a", program).has_value());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(store->put_snippet("", "m" + std::to_string(i), program).has_value());
    if (i != 10) continue;
    store.reset();
    store = open(scratch);
  }
  EXPECT_TRUE(store->find_snippet("a")->has_value());
  EXPECT_TRUE(store->find_snippet("m19")->has_value());
  EXPECT_FALSE(store->find_snippet("m0")->has_value());
  // Who puts what another one keeps cannot take it away with the rest of theirs.
  ASSERT_TRUE(store->put_snippet("", "a", program).has_value());
  ASSERT_TRUE(store->put_snippet("", "m20", program).has_value());
  EXPECT_TRUE(store->find_snippet("a")->has_value());
}

TEST(RunStore, IsOpenedByOneOnly) {
  const ScratchDirectory scratch;
  const auto store = open(scratch);
  RunStore::Settings settings;
  settings.directory = scratch / "data";
  const auto second = RunStore::open(settings);
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message, ::testing::HasSubstr("in use"));
}

}  // namespace
}  // namespace gobox::api
