// SPDX-License-Identifier: Apache-2.0

#pragma once

// Waiting for something of ours while keeping an eye on the caller's connection: a caller who has
// gone away must not keep a slot busy. No polling loop: poll(2) wakes on either. No state.

#include <chrono>

namespace gobox::api {

enum class Woke { kEvent, kHungUp, kTimeout };

// `event`: readable when there is news. `socket`: -1 where there is nobody to go away. A caller who
// shuts down only its sending side counts as gone too, as for other HTTP servers.
Woke wait_for_event(int event, int socket, std::chrono::milliseconds patience);

}  // namespace gobox::api
