// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/downloads.h"

#include <algorithm>

#include "base/thread_signals.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxWorkers = 16;
constexpr auto kKeepVersions = std::chrono::seconds(60);
constexpr auto kKeepTiles = std::chrono::hours(1);
constexpr std::size_t kMaxKept = 512;
constexpr std::uint64_t kMaxKeptBytes = std::uint64_t{8} << 20;
constexpr std::size_t kMaxFixed = 4096;  // names of answers, most of them gone

bool is_tile(const ProxyRequest& request) {
  return request.kind == ProxyRequest::Kind::kSumDatabase &&
         request.path.find("/tile/") != std::string::npos;
}

}  // namespace

Downloads::Downloads(ProxySource source) : source_(std::move(source)) {}

Downloads::~Downloads() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [path, flight] : flights_) flight->abort = true;
  }
  queued_.notify_all();
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

Downloads::Answer Downloads::ask(const ProxyRequest& request, const std::atomic<bool>& stop) {
  std::unique_lock lock(mutex_);
  if (Answer answer = known(request)) return answer;
  std::shared_ptr<Flight>& entry = flights_[request.path];
  if (!entry) {
    entry = std::make_shared<Flight>();
    entry->request = request;
    queue_.push_back(entry);
    start_worker();
    queued_.notify_one();
  }
  const std::shared_ptr<Flight> flight = entry;
  ++flight->waiting;
  changed_.wait(lock, [&] { return flight->answer || stop.load() || stopping_; });
  --flight->waiting;
  if (flight->answer) return flight->answer;
  if (flight->waiting == 0) {
    flight->abort = true;
    // Who asks the same from now on must not get what was broken off.
    const auto found = flights_.find(request.path);
    if (found != flights_.end() && found->second == flight) flights_.erase(found);
  }
  return nullptr;
}

Downloads::Answer Downloads::known(const ProxyRequest& request) {
  if (const auto fixed = fixed_.find(request.path); fixed != fixed_.end()) {
    if (Answer answer = fixed->second.lock()) return answer;
    fixed_.erase(fixed);
  }
  const auto kept = kept_.find(request.path);
  if (kept == kept_.end()) return nullptr;
  if (kept->second.until > Clock::now()) return kept->second.answer;
  kept_bytes_ -= kept->second.bytes;
  kept_.erase(kept);
  return nullptr;
}

void Downloads::keep(const ProxyRequest& request, const Answer& answer) {
  if (answer->kind != ProxyAnswer::Kind::kFound) return;
  if (answer->file && !request.is_fixed()) return;  // a large list: asked again when needed
  if (request.is_fixed()) {
    if (fixed_.size() >= kMaxFixed) {
      std::erase_if(fixed_, [](const auto& each) { return each.second.expired(); });
    }
    fixed_[request.path] = answer;
    return;
  }
  const auto now = Clock::now();
  if (kept_.size() >= kMaxKept || kept_bytes_ + answer->bytes > kMaxKeptBytes) {
    std::erase_if(kept_, [&](const auto& each) {
      const bool old = each.second.until <= now;
      if (old) kept_bytes_ -= each.second.bytes;
      return old;
    });
  }
  if (kept_.size() >= kMaxKept || kept_bytes_ + answer->bytes > kMaxKeptBytes) return;
  const auto until = is_tile(request) ? now + kKeepTiles : now + kKeepVersions;
  kept_bytes_ += answer->bytes;
  kept_[request.path] = {answer, answer->bytes, until};
}

void Downloads::start_worker() {
  if (idle_ >= queue_.size() || workers_.size() >= kMaxWorkers) return;
  workers_.emplace_back([this] { work(); });
}

void Downloads::work() {
  block_signals_in_this_thread();
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    queued_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (stopping_) return;
    const std::shared_ptr<Flight> flight = std::move(queue_.front());
    queue_.pop_front();
    if (flight->abort.load()) continue;
    lock.unlock();
    auto answer = std::make_shared<const ProxyAnswer>(source_.ask(flight->request, flight->abort));
    lock.lock();
    const bool broken_off = flight->abort.load();
    const auto found = flights_.find(flight->request.path);
    if (found != flights_.end() && found->second == flight) flights_.erase(found);
    if (broken_off) continue;
    keep(flight->request, answer);
    flight->answer = std::move(answer);
    changed_.notify_all();
  }
}

}  // namespace gobox::runner
