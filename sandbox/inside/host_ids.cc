// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/host_ids.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>

namespace gobox::sandbox {
namespace {

// Above what systemd gives to containers, below where ids turn negative in signed arithmetic.
constexpr unsigned kFirstFree = 0x70000000;
constexpr unsigned kFreePairs = 0x08000000;
constexpr unsigned kMaxPid = 4194304;  // PID_MAX_LIMIT
constexpr unsigned kMaxHolders = 65536;

// Which PID 1 was given a pair, where pairs are scarce. Untouched pages cost nothing.
pid_t holders[kMaxHolders];

struct Range {
  unsigned begin = 0;
  unsigned count = 0;

  bool covers(unsigned from, unsigned size) const {
    return from >= begin && from - begin <= count && size <= count - (from - begin);
  }
};

// Calls `visit` for each line of a map: "inside outside count" (user_namespaces(7)).
template <typename Visit>
void for_each_range(const char* path, Visit visit) {
  FILE* const map = std::fopen(path, "re");
  if (map == nullptr) return;
  Range range;
  unsigned outside = 0;
  while (std::fscanf(map, "%u %u %u", &range.begin, &outside, &range.count) == 3) visit(range);
  std::fclose(map);
}

bool is_covered(const char* path, unsigned from, unsigned size) {
  bool covered = false;
  for_each_range(path, [&](const Range& range) { covered = covered || range.covers(from, size); });
  return covered;
}

unsigned namespace_offset(unsigned slots) {
  struct stat status {};

  if (::stat("/proc/self/ns/pid", &status) != 0) return 0;
  const std::uint64_t mixed = static_cast<std::uint64_t>(status.st_ino) * 0x9e3779b97f4a7c15ULL;
  return static_cast<unsigned>((mixed >> 32) % slots);
}

bool is_held(pid_t holder) {
  return holder != 0 && (::kill(holder, 0) == 0 || errno != ESRCH);
}

}  // namespace

unsigned HostIds::id_for(pid_t init) const {
  const std::uint64_t wanted = static_cast<std::uint64_t>(offset) + static_cast<unsigned>(init);
  if (!crowded) return first + 2 * static_cast<unsigned>(wanted % slots);
  for (unsigned step = 0; step < slots; ++step) {
    const auto slot = static_cast<unsigned>((wanted + step) % slots);
    if (is_held(holders[slot])) continue;
    holders[slot] = init;
    return first + 2 * slot;
  }
  return 0;
}

HostIds find_host_ids() {
  constexpr const char* kUsers = "/proc/self/uid_map";
  constexpr const char* kGroups = "/proc/self/gid_map";
  HostIds ids;
  if (::geteuid() != 0) return ids;
  ids.first = kFirstFree;
  ids.slots = kFreePairs;
  if (!is_covered(kUsers, kFirstFree, 2 * kFreePairs)) {
    Range largest;
    for_each_range(kUsers, [&](const Range& range) {
      if (range.count > largest.count) largest = range;
    });
    ids.first = largest.begin + largest.count / 2;
    ids.slots = largest.count / 4;
    ids.crowded = ids.slots < kMaxPid;
    if (ids.crowded && ids.slots > kMaxHolders) ids.slots = kMaxHolders;
  }
  ids.own = ids.slots > 0 && is_covered(kGroups, ids.first, 2 * ids.slots);
  if (ids.own) ids.offset = namespace_offset(ids.slots);
  return ids;
}

}  // namespace gobox::sandbox
