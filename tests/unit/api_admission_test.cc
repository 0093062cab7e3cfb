// SPDX-License-Identifier: Apache-2.0

// Admission: order, fairness, memory and the bound of the queue, with work that waits for the test.

#include <latch>
#include <mutex>

#include "api/runs/admission.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::api {
namespace {

using ::testing::ElementsAre;

// One worker, held by a first run until release(); what runs afterwards is written down.
class Line {
 public:
  explicit Line(std::vector<std::string> callers = {}, std::size_t queue_length = 100)
      : admission_({.workers = 1,
                    .queue_length = queue_length,
                    .memory_budget = 1000,
                    .callers = std::move(callers)}) {
    std::latch running(1);
    admission_.submit({.id = "first",
                       .caller = "nobody",
                       .caller_most = 0,
                       .memory_bytes = 1,
                       .work = [&](Nanoseconds) {
                         running.count_down();
                         released_.wait();
                       }});
    running.wait();
  }

  ~Line() { finish(); }

  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  std::optional<unsigned> submit(const std::string& id, const std::string& caller) {
    return admission_.submit({.id = id,
                              .caller = caller,
                              .caller_most = 0,
                              .memory_bytes = 1,
                              .work = [this, id](Nanoseconds) {
                                const std::lock_guard lock(mutex_);
                                order_.push_back(id);
                              }});
  }

  std::vector<std::string> finish() {
    if (!done_) released_.count_down();
    done_ = true;
    EXPECT_TRUE(
        admission_.wait_until_idle(std::chrono::steady_clock::now() + std::chrono::minutes(1)));
    const std::lock_guard lock(mutex_);
    return order_;
  }

  Admission& admission() { return admission_; }

 private:
  bool done_ = false;
  std::latch released_{1};
  std::mutex mutex_;
  std::vector<std::string> order_;
  Admission admission_;
};

TEST(Admission, CallersTakeTurns) {
  Line line;
  for (const char* id : {"a1", "a2", "a3", "a4"}) line.submit(id, "a");
  line.submit("b1", "b");
  line.submit("c1", "c");
  line.submit("b2", "b");
  EXPECT_EQ(line.admission().position("b1"), 2U);
  EXPECT_EQ(line.admission().position("a4"), 7U);
  EXPECT_EQ(line.admission().position("unknown"), 0U);
  EXPECT_THAT(line.finish(), ElementsAre("a1", "b1", "c1", "a2", "b2", "a3", "a4"));
}

TEST(Admission, TheQueueIsBoundedAndSaysWhenToComeBack) {
  Line line({}, 2);
  EXPECT_EQ(line.submit("a1", "a"), std::nullopt);
  EXPECT_EQ(line.submit("a2", "a"), std::nullopt);
  const auto retry = line.submit("a3", "a");
  ASSERT_TRUE(retry.has_value());
  EXPECT_GE(*retry, 1U);
  EXPECT_TRUE(line.admission().withdraw("a1"));
  EXPECT_FALSE(line.admission().withdraw("a1"));
  EXPECT_EQ(line.submit("a4", "a"), std::nullopt);
  EXPECT_THAT(line.finish(), ElementsAre("a2", "a4"));
}

TEST(Admission, AKnownCallerFindsAPlaceBesideAnEagerOne) {
  Line line({"a", "b"}, 4);
  int taken = 0;
  for (int i = 0; i < 10; ++i) taken += line.submit("a" + std::to_string(i), "a") ? 0 : 1;
  EXPECT_EQ(taken, 3);
  EXPECT_EQ(line.submit("b1", "b"), std::nullopt);
  EXPECT_THAT(line.finish(), ElementsAre("a0", "b1", "a1", "a2"));
}

TEST(Admission, WithdrawnWorkIsNotCalled) {
  Line line;
  for (const char* id : {"a1", "a2"}) line.submit(id, "a");
  EXPECT_THAT(line.admission().withdraw_all(), ElementsAre("a1", "a2"));
  EXPECT_EQ(line.admission().waiting(), 0U);
  EXPECT_TRUE(line.finish().empty());
}

}  // namespace
}  // namespace gobox::api
