// SPDX-License-Identifier: Apache-2.0

#include "api/http/hang_up.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace gobox::api {

Woke wait_for_event(int event, int socket, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd entries[2] = {{event, POLLIN, 0}, {socket, POLLRDHUP, 0}};
    const int ready = ::poll(entries, 2, static_cast<int>(std::max<long>(0, left.count())));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Woke::kTimeout;
    if (entries[0].revents != 0) return Woke::kEvent;
    if ((entries[1].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) return Woke::kHungUp;
  }
}

}  // namespace gobox::api
