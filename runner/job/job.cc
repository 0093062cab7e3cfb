// SPDX-License-Identifier: Apache-2.0

#include "runner/job/job.h"

#include <sys/random.h>

namespace gobox::runner {

// 128 random bits: ids name results that only their owner may find.
std::string new_job_id() {
  unsigned char bytes[16];
  std::size_t filled = 0;
  while (filled < sizeof bytes) {
    const ssize_t got = ::getrandom(bytes + filled, sizeof bytes - filled, 0);
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string id;
  for (const unsigned char byte : bytes) {
    id += kDigits[byte >> 4];
    id += kDigits[byte & 15];
  }
  return id;
}

void take_policy_settings(Job& job) {
  job.go.race = job.go.race || job.policy.race;
  job.go.cgo = job.go.cgo || job.policy.cgo;
}

}  // namespace gobox::runner
