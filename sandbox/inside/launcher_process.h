// SPDX-License-Identifier: Apache-2.0

#pragma once

// The launcher's own process: one thread that clones sandboxes on request. It is forked before its
// parent starts threads or grows a heap (fork copies page tables, and a child of a many-threaded
// parent must not take locks), owns no policy and keeps no state between requests.
//
// It dies with its parent, and every sandbox dies with it.

namespace gobox::sandbox {

// Serves requests from `socket` until the other end closes. Never returns.
[[noreturn]] void run_launcher(int socket) noexcept;

}  // namespace gobox::sandbox
