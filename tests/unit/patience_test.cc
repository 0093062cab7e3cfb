// SPDX-License-Identifier: Apache-2.0

// Waits that end: by what they wait for, by their time, or because nobody wants it any more.

#include "base/patience.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>

#include "base/canceled.h"
#include "base/unique_fd.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(Patience, EndsWithWhatIsWaitedFor) {
  const UniqueFd ready(::eventfd(1, EFD_CLOEXEC));
  EXPECT_TRUE(await(ready.get(), POLLIN, Patience{}, "waiting"));
}

TEST(Patience, EndsWithItsTime) {
  const UniqueFd never(::eventfd(0, EFD_CLOEXEC));
  const auto waited = await(never.get(), POLLIN, Patience::of(milliseconds(1)), "setting it up");
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().errno_value, ETIMEDOUT);
  EXPECT_EQ(waited.error().message, "setting it up took too long");
}

TEST(Patience, EndsWhenItIsNoLongerWanted) {
  const UniqueFd ready(::eventfd(1, EFD_CLOEXEC));
  const UniqueFd cancel(::eventfd(1, EFD_CLOEXEC));
  const Patience patience{.cancel = cancel.get()};
  EXPECT_TRUE(patience.is_canceled());
  const auto waited = await(ready.get(), POLLIN, patience, "setting it up");
  ASSERT_FALSE(waited);
  EXPECT_TRUE(is_canceled(waited.error()));
  EXPECT_THAT(waited.error().message, HasSubstr("canceled while setting it up"));
}

TEST(Patience, ALockIsWaitedForNoLongerThanThat) {
  const ScratchDirectory scratch;
  const std::string path = scratch / "lock";
  const UniqueFd holder(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const UniqueFd other(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(await_lock(holder.get(), Patience{}, "locking"));
  const auto late = await_lock(other.get(), Patience::of(milliseconds(1)), "locking");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().errno_value, ETIMEDOUT);
  const UniqueFd cancel(::eventfd(1, EFD_CLOEXEC));
  const auto canceled_wait = await_lock(other.get(), Patience{.cancel = cancel.get()}, "locking");
  ASSERT_FALSE(canceled_wait);
  EXPECT_TRUE(is_canceled(canceled_wait.error()));
  ASSERT_EQ(::flock(holder.get(), LOCK_UN), 0);
  EXPECT_TRUE(await_lock(other.get(), Patience{}, "locking"));
}

}  // namespace
}  // namespace gobox::tests
