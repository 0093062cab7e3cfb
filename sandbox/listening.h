// SPDX-License-Identifier: Apache-2.0

#pragma once

// Listening: which TCP sockets listen in a process's network namespace. Asked of sock_diag(7),
// which keeps a list of just those; where we may not enter the namespace (as an ordinary user) or
// the kernel has no tcp_diag, of /proc/PID/net/tcp, for which the kernel goes through all
// connections of the host, for some milliseconds.

#include <sys/types.h>

#include <istream>
#include <optional>
#include <set>

namespace gobox::sandbox {

// Their inodes. nullopt: it cannot be told. For a moment the calling thread is in that namespace.
std::optional<std::set<ino_t>> listening_in(pid_t process);

// The same of the text of /proc/PID/net/tcp or tcp6 (proc_pid_net(5)), where they come first:
// nothing behind them is read.
void read_listening(std::istream& table, std::set<ino_t>& inodes);

}  // namespace gobox::sandbox
