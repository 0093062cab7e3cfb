// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/runtime_heap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxFiles = 16;  // programs looked into
constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kMaxPages = 2048;  // copied in one look
constexpr std::uint64_t kMaxStack = 128;
constexpr std::uint64_t kDefaultRate = 524288;

// runtime.bucket, and behind its stack the memRecord.
struct Bucket {
  std::uint64_t next = 0, all_next = 0, type = 0, hash = 0, size = 0, depth = 0;
};

struct Cycle {
  std::uint64_t allocs = 0, frees = 0, alloc_bytes = 0, free_bytes = 0;
};

constexpr std::uint64_t kMemoryProfile = 1;  // runtime.memProfile, of bucketType

// The memory of a process, page by page: buckets lie close to each other.
class Memory {
 public:
  explicit Memory(int file) : file_(file) {}

  bool read(std::uint64_t address, void* into, std::uint64_t size) {
    auto* at = static_cast<char*>(into);
    while (size > 0) {
      const std::string* const page = page_at(address / kPage);
      if (page == nullptr) return false;
      const std::uint64_t offset = address % kPage;
      const std::uint64_t part = std::min(size, kPage - offset);
      std::memcpy(at, page->data() + offset, part);
      at += part;
      address += part;
      size -= part;
    }
    return true;
  }

 private:
  const std::string* page_at(std::uint64_t number) {
    const auto known = pages_.find(number);
    if (known != pages_.end()) return &known->second;
    if (pages_.size() >= kMaxPages) return nullptr;
    std::string page(kPage, '\0');
    const auto offset = static_cast<off_t>(number * kPage);
    if (offset < 0 || ::pread(file_, page.data(), kPage, offset) != ssize_t{kPage}) return nullptr;
    return &pages_.emplace(number, std::move(page)).first->second;
  }

  const int file_;
  std::map<std::uint64_t, std::string> pages_;
};

// A recursive function allocates with a stack for each depth; the calls, each counted once, are the
// same.
std::vector<std::uint64_t> calls_of(const std::vector<std::uint64_t>& stack) {
  std::vector<std::uint64_t> calls(stack);
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  return calls;
}

template <typename Found>
void merge_recursion(std::vector<Found>& sites) {
  std::map<std::vector<std::uint64_t>, std::size_t> known;
  std::vector<Found> merged;
  for (Found& each : sites) {
    const auto [at, fresh] = known.emplace(calls_of(each.stack), merged.size());
    if (fresh) {
      merged.push_back(std::move(each));
    } else {
      merged[at->second].bytes += each.bytes;
      merged[at->second].objects += each.objects;
    }
  }
  sites = std::move(merged);
}

std::uint64_t difference(std::uint64_t made, std::uint64_t gone) {
  return made > gone ? made - gone : 0;
}

}  // namespace

GoTables* RuntimeHeap::tables_of(int process) {
  struct stat status {};

  if (::fstatat(process, "exe", &status, 0) != 0) return nullptr;
  auto known = known_.find({status.st_dev, status.st_ino});
  if (known == known_.end()) {
    if (known_.size() >= kMaxFiles) return nullptr;
    UniqueFd file(::openat(process, "exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    // It may have executed another meanwhile: what was opened counts.
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
    known =
        known_.emplace(FileId{status.st_dev, status.st_ino}, GoTables::of_binary(std::move(file)))
            .first;
  }
  if (!known->second) return nullptr;
  last_ = known->first;
  return &*known->second;
}

void RuntimeHeap::look(const std::vector<pid_t>& pids) {
  constexpr int kRest = 20;  // times as long as a look takes
  const auto begin = std::chrono::steady_clock::now();
  if (begin < not_before_) return;
  for (const pid_t pid : pids) {
    if (pid <= 0) continue;
    const std::string path = "/proc/" + std::to_string(pid);
    const UniqueFd process(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!process) continue;
    const GoTables* const tables = tables_of(process.get());
    if (tables != nullptr && look_at(process.get(), *tables)) break;
  }
  const auto end = std::chrono::steady_clock::now();
  not_before_ = end + (end - begin) * kRest;
}

bool RuntimeHeap::look_at(int process, const GoTables& tables) {
  const UniqueFd file(::openat(process, "mem", O_RDWR | O_CLOEXEC));
  if (!file) return false;
  Memory memory(file.get());
  std::uint64_t rate = 0, bucket = 0;
  if (!memory.read(tables.sample_rate(), &rate, sizeof rate)) return false;
  if (rate == 0) {
    rate = kDefaultRate;
    const auto at = static_cast<off_t>(tables.sample_rate());
    return ::pwrite(file.get(), &rate, sizeof rate, at) == ssize_t{sizeof rate};
  }
  if (!memory.read(tables.heap_buckets(), &bucket, sizeof bucket)) return false;
  std::uint32_t cycle = 0;
  if (tables.profile_cycle() != 0) memory.read(tables.profile_cycle(), &cycle, sizeof cycle);
  std::vector<Found> published, recent;
  for (unsigned i = 0; bucket != 0 && i < kMaxBuckets; ++i) {
    Bucket head;
    if (!memory.read(bucket, &head, sizeof head) || head.depth > kMaxStack) break;
    Found found;
    found.stack.resize(head.depth);
    Cycle cycles[4];  // published, and of three collections under way
    const std::uint64_t stack_bytes = head.depth * sizeof(std::uint64_t);
    const bool whole = memory.read(bucket + sizeof head, found.stack.data(), stack_bytes) &&
                       memory.read(bucket + sizeof head + stack_bytes, cycles, sizeof cycles);
    bucket = head.all_next;
    if (!whole) break;
    if (head.type != kMemoryProfile) continue;
    found.bytes = difference(cycles[0].alloc_bytes, cycles[0].free_bytes);
    found.objects = difference(cycles[0].allocs, cycles[0].frees);
    if (found.bytes > 0) published.push_back(found);
    for (int later = 1; later < 4; ++later) {
      found.bytes += difference(cycles[later].alloc_bytes, cycles[later].free_bytes);
      found.objects += difference(cycles[later].allocs, cycles[later].frees);
    }
    if (found.bytes > 0) recent.push_back(std::move(found));
  }
  rate_ = rate;
  collections_ = cycle >> 1;
  take(std::move(published), std::move(recent));
  return true;
}

// As of the last collection, what lives; before the first one, all there is.
void RuntimeHeap::take(std::vector<Found> published, std::vector<Found> recent) {
  std::vector<Found>& chosen = published.empty() ? recent : published;
  if (chosen.empty()) return;
  merge_recursion(chosen);
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const Found& a, const Found& b) { return a.bytes > b.bytes; });
  if (chosen.size() > kMaxFound) chosen.resize(kMaxFound);
  found_ = std::move(chosen);
}

std::optional<UserPaths> RuntimeHeap::user_paths() {
  const auto known = known_.find(last_);
  if (known == known_.end() || !known->second || !known->second->load()) return std::nullopt;
  return known->second->user_paths();
}

std::optional<HeapReport> RuntimeHeap::report(const UserPaths& paths) {
  const auto known = known_.find(last_);
  if (found_.empty() || known == known_.end() || !known->second->load()) return std::nullopt;
  HeapReport report;
  report.collections = collections_;
  for (const Found& each : found_) {
    HeapSite site = estimate_site(each.bytes, each.objects, rate_);
    for (const std::uint64_t address : each.stack) {
      if (site.frames.size() >= kMaxFrames) break;
      if (auto frame = known->second->frame_of(address, paths))
        site.frames.push_back(std::move(*frame));
    }
    report.heap_bytes += site.bytes;
    if (!site.frames.empty()) report.sites.push_back(std::move(site));
  }
  return report;
}

}  // namespace gobox::runner
