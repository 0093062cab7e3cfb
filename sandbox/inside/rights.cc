// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/rights.h"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace gobox::sandbox {
namespace {

int drop_bounding_set() {
  for (int capability = 0; capability < 64; ++capability) {
    // EINVAL: past the last capability this kernel knows.
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      return errno == EINVAL ? 0 : errno;
    }
  }
  return 0;
}

}  // namespace

int take_ids(unsigned user, unsigned group) {
  if (::syscall(SYS_setresgid, group, group, group) != 0) return errno;
  if (::syscall(SYS_setresuid, user, user, user) != 0) return errno;
  return 0;
}

int clear_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  return ::syscall(SYS_capset, &header, none) == 0 ? 0 : errno;
}

int lock_rights() {
  if (const int failure = drop_bounding_set()) return failure;
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return errno;
  constexpr unsigned long kLocked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                    SECBIT_NO_CAP_AMBIENT_RAISE |
                                    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  if (::prctl(PR_SET_SECUREBITS, kLocked, 0, 0, 0) != 0) return errno;
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

int load_filter(const sock_filter* filter, unsigned count, int* listener) {
  const sock_fprog program{static_cast<unsigned short>(count), const_cast<sock_filter*>(filter)};
  // Hosts before Linux 5.16 switch on a slow speculation mitigation for every filtered task; the
  // sandbox's boundary is the process, which has that mitigation from the kernel already.
  unsigned flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  if (listener != nullptr) flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  const long made = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (made < 0) return errno;
  if (listener != nullptr) *listener = static_cast<int>(made);
  return 0;
}

}  // namespace gobox::sandbox
