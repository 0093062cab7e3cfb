// SPDX-License-Identifier: Apache-2.0

// A task on the side: it is waited for as long as one likes, and its thread outlives whoever asked.

#include "base/side_thread.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace gobox::tests {
namespace {

constexpr auto kLong = std::chrono::seconds(30);

TEST(SideThread, DoesOneTaskAfterAnother) {
  SideThread side;
  const auto sum = std::make_shared<int>(0);
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(side.begin([sum, i] { *sum += i; }));
    ASSERT_TRUE(side.wait(kLong));
  }
  EXPECT_EQ(*sum, 6);
}

TEST(SideThread, NobodyWaitsForATaskThatDoesNotComeBack) {
  const auto release = std::make_shared<std::promise<void>>();
  const auto released = std::make_shared<std::shared_future<void>>(release->get_future());
  const auto done = std::make_shared<std::promise<void>>();
  std::future<void> is_done = done->get_future();
  {
    SideThread side;
    ASSERT_TRUE(side.begin([released, done] {
      released->wait();
      done->set_value();
    }));
    EXPECT_FALSE(side.wait(std::chrono::milliseconds(1)));
    EXPECT_FALSE(side.begin([] {})) << "one is out";
  }
  release->set_value();
  EXPECT_EQ(is_done.wait_for(kLong), std::future_status::ready) << "it ends by itself";
}

TEST(SideThread, NothingIsOutBeforeTheFirstTask) {
  const SideThread side;
  EXPECT_TRUE(side.wait(std::chrono::nanoseconds(0)));
}

}  // namespace
}  // namespace gobox::tests
