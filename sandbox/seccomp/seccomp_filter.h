// SPDX-License-Identifier: Apache-2.0

#pragma once

// SeccompFilter: a policy's system call rules as the kernel's BPF bytes. Compiled once, in the
// parent, with libseccomp, and shortened (range_search.h); the child only loads the bytes. Calls of
// foreign architectures (i386, x32), whose numbers mean something else, are always reported to the
// supervisor, which ends the run: a kill by the kernel would look like a program that raised SIGSYS
// itself. So every filter has a listener. seccomp(2), seccomp_export_bpf(3).

#include <linux/filter.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "policies/policy.h"

namespace gobox::sandbox {

enum class Watch {
  kPolicy,   // as the policy says
  kExplain,  // report every refused call, whatever the policy does with it
};

struct SeccompFilter {
  std::vector<sock_filter> instructions;
  std::shared_ptr<const policies::Seccomp> policy;  // what it was compiled from

  static Result<SeccompFilter> compile(const policies::Seccomp& policy, Watch watch);
};

// As libseccomp writes it; for the tests that hold both against each other.
Result<std::vector<sock_filter>> unshortened_filter(const policies::Seccomp& policy, Watch watch);

// "mount", "getpid (i386)", "getpid (x32)"; "#999" for a number libseccomp does not know.
std::string syscall_name(unsigned architecture, int number);

}  // namespace gobox::sandbox
