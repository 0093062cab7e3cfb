// SPDX-License-Identifier: Apache-2.0

#include "runner/job/compile_cache.h"

#include <fcntl.h>

namespace gobox::runner {
namespace {

// Bookkeeping around an entry, so that many empty ones are not free.
constexpr std::uint64_t kOverhead = 4096;

// Nothing can write, shrink or grow it any more, whoever holds a descriptor of it.
bool is_sealed(const UniqueFd& file) {
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  const int seals = ::fcntl(file.get(), F_GET_SEALS);
  return seals >= 0 && (seals & kSeals) == kSeals;
}

std::uint64_t bytes_of(const CompileCache::Entry& entry) {
  std::uint64_t bytes = kOverhead + entry.binary_bytes;
  for (const sandbox::OutputChunk& chunk : entry.stage.ending.output) bytes += chunk.bytes.size();
  return bytes;
}

}  // namespace

bool CompileCache::accepts(const StageResult& stage) {
  return stage.kind == StageKind::kCompile &&
         (stage.outcome == Outcome::kOk || stage.outcome == Outcome::kCompileError) &&
         stage.ending.killed == sandbox::KillReason::kNone && stage.ending.exit_code.has_value() &&
         stage.ending.usage.oom_kills == 0 && stage.ending.usage.pids_refused == 0;
}

std::shared_ptr<const CompileCache::Entry> CompileCache::find(const Sha256Digest& key) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found != index_.end() && too_old(*found->second)) {
    remove(found->second);
    ++counters_.evictions;
  } else if (found != index_.end()) {
    ++counters_.hits;
    slots_.splice(slots_.begin(), slots_, found->second);
    return found->second->entry;
  }
  ++counters_.misses;
  return nullptr;
}

void CompileCache::insert(const Sha256Digest& key, Entry entry) {
  const std::uint64_t bytes = bytes_of(entry);
  if (bytes > limits_.bytes || limits_.entries == 0) return;
  if (entry.binary && !is_sealed(entry.binary)) return;
  auto shared = std::make_shared<const Entry>(std::move(entry));
  const std::lock_guard lock(mutex_);
  if (const auto old = index_.find(key); old != index_.end()) remove(old->second);
  while (!slots_.empty() && (slots_.size() >= limits_.entries ||
                             counters_.bytes + bytes > limits_.bytes || too_old(slots_.back()))) {
    remove(std::prev(slots_.end()));
    ++counters_.evictions;
  }
  slots_.push_front({key, std::move(shared), bytes, now_()});
  index_.emplace(key, slots_.begin());
  counters_.bytes += bytes;
}

CompileCache::Counters CompileCache::counters() const {
  const std::lock_guard lock(mutex_);
  Counters counters = counters_;
  counters.entries = slots_.size();
  return counters;
}

void CompileCache::remove(Slots::iterator slot) {
  counters_.bytes -= slot->bytes;
  index_.erase(slot->key);
  slots_.erase(slot);
}

}  // namespace gobox::runner
