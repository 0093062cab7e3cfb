// SPDX-License-Identifier: Apache-2.0

#pragma once

// NextNamespaces: the network and IPC namespaces of the sandbox that will be cloned next. The
// launcher makes them for itself while nobody waits, because a network namespace costs more than
// all the others together, and PID 1 inherits them; then it leaves them for new ones, before it
// reads another plan. Where it may not (it is no root) or cannot, each sandbox makes its own as it
// is cloned.
//
// They belong to the host's user namespace: no capability a program could gain in its own counts in
// them, see namespaces(7) and ioctl_ns(2).
//
// One thread; neither allocates nor formats.

namespace gobox::sandbox {

// Brings up `lo` of the caller's network namespace, which needs CAP_NET_ADMIN over it: 0 or an
// errno.
int raise_loopback();

class NextNamespaces {
 public:
  // Leaves those of the last sandbox for new ones, unless there are some that nobody has inherited.
  void make();

  // The CLONE_NEW* flags of those a clone has to make itself. Ours have loopback; a sandbox without
  // any network makes its own.
  unsigned long long missing(bool loopback) const;

  // The sandbox cloned last is in them.
  void taken() { ready_ = false; }

 private:
  bool ready_ = false;
};

}  // namespace gobox::sandbox
