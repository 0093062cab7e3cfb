// SPDX-License-Identifier: Apache-2.0

#include "base/patience.h"

#include <poll.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>

#include "base/canceled.h"

namespace gobox {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kLongest(60'000);  // of one poll
constexpr milliseconds kShortestPause(1);
constexpr milliseconds kLongestPause(50);

Error too_long(const std::string& step) {
  return {Error::Kind::kHost, ETIMEDOUT, step + " took too long"};
}

int timeout_until(Clock::time_point until) {
  const auto now = Clock::now();
  if (until <= now) return 0;
  if (until - now > kLongest) return static_cast<int>(kLongest.count());
  return static_cast<int>(std::chrono::ceil<milliseconds>(until - now).count());
}

}  // namespace

bool Patience::is_canceled() const {
  pollfd file{cancel, POLLIN, 0};
  return cancel >= 0 && ::poll(&file, 1, 0) > 0;
}

Result<void> await(int file, short events, const Patience& patience, const std::string& step) {
  for (;;) {
    pollfd files[] = {{file, events, 0}, {patience.cancel, POLLIN, 0}};
    const int ready = ::poll(files, std::size(files), timeout_until(patience.until));
    if (ready < 0 && errno != EINTR) return Error::system(step + ": poll");
    if (ready > 0 && files[1].revents != 0) return canceled(step);
    if (ready > 0 && files[0].revents != 0) return {};
    if (patience.is_over()) return too_long(step);
  }
}

// The kernel has no way to wait for a lock and for something else, so it is asked now and then.
Result<void> await_lock(int file, const Patience& patience, const std::string& step) {
  for (milliseconds pause = kShortestPause;; pause = std::min(pause * 2, kLongestPause)) {
    if (::flock(file, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK && errno != EINTR) return Error::system(step);
    if (patience.is_over()) return too_long(step);
    pollfd canceler{patience.cancel, POLLIN, 0};
    if (::poll(&canceler, 1, static_cast<int>(pause.count())) > 0) return canceled(step);
  }
}

}  // namespace gobox
