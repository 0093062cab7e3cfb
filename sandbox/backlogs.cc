// SPDX-License-Identifier: Apache-2.0

#include "sandbox/backlogs.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace gobox::sandbox {
namespace {

constexpr std::uint64_t kShare = 10;  // of the memory limit
// Bytes of one that waits, measured: its buffer is kWaitingBuffer of arbitration.cc, twice.
constexpr std::uint64_t kOfConnection = std::uint64_t{16} << 10;
constexpr int kMostInSum = 2048;
constexpr int kMostOfOne = 128;  // what Go asks for where it cannot read somaxconn
constexpr int kLeastOfOne = 1;

// A backlog of n lets n + 1 connections wait (sk_acceptq_is_full).
constexpr int kBeside = 1;

int in_sum(std::uint64_t memory_bytes) {
  const std::uint64_t fit = memory_bytes / kShare / kOfConnection;
  return static_cast<int>(std::clamp<std::uint64_t>(fit, 8, kMostInSum));
}

}  // namespace

Backlogs::Backlogs(std::uint64_t memory_bytes, Listening listening)
    : listening_(std::move(listening)), all_(in_sum(memory_bytes)), left_(all_) {}

// Half of all is for the first few, in ever smaller shares; the other half for many, of which each
// gets the least.
int Backlogs::fitting(int wanted) const {
  const int share = std::max(kLeastOfOne, (left_ - all_ / 2) / 4);
  return std::min({wanted, share, left_ - kBeside});
}

std::optional<int> Backlogs::grant(ino_t socket, int wanted) {
  forget(socket);  // listening twice changes the number
  wanted = wanted < 0 ? kMostOfOne : std::min(wanted, kMostOfOne);
  if (fitting(wanted) < wanted) ask_who_listens();
  const int number = fitting(wanted);
  if (number < std::min(wanted, kLeastOfOne)) return std::nullopt;
  granted_[socket] = number;
  left_ -= number + kBeside;
  return number;
}

void Backlogs::forget(ino_t socket) {
  const auto found = granted_.find(socket);
  if (found == granted_.end()) return;
  left_ += found->second + kBeside;
  granted_.erase(found);
}

void Backlogs::ask_who_listens() {
  const auto listening = listening_();
  if (!listening) return;
  std::vector<ino_t> gone;
  for (const auto& [socket, number] : granted_) {
    if (!listening->contains(socket)) gone.push_back(socket);
  }
  for (const ino_t socket : gone) forget(socket);
}

}  // namespace gobox::sandbox
