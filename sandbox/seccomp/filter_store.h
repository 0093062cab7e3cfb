// SPDX-License-Identifier: Apache-2.0

#pragma once

// FilterStore: compiled filters kept on disk. libseccomp takes eight milliseconds for a policy of
// six hundred calls, a third of what a short command costs; reading the bytes back takes none. A
// file is named by the digest of everything the bytes depend on, and ends in a digest of its
// contents; it counts only if it is a regular file that nobody but its owner, who is us, may write.
// Anything else, and a folder that cannot be written, means compiling anew: the store can cost
// time, never change a filter. Thread-safe; any number of processes may share a folder.

#include <string>

#include "sandbox/seccomp/seccomp_filter.h"

namespace gobox::sandbox {

// Names a filter by all that decides it: the rules, the watch, the library that compiles them.
std::string filter_key(const policies::Seccomp& policy, Watch watch);

class FilterStore {
 public:
  // Made when first needed. "" keeps nothing.
  explicit FilterStore(std::string directory) : directory_(std::move(directory)) {}

  Result<SeccompFilter> filter(const policies::Seccomp& policy, Watch watch) const;

 private:
  std::string directory_;
};

}  // namespace gobox::sandbox
