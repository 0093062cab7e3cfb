// SPDX-License-Identifier: Apache-2.0

#include "api/queue/roster.h"

#include <algorithm>
#include <tuple>

namespace gobox::api {
namespace {

constexpr std::chrono::seconds kSilence{10};
constexpr std::size_t kMostWorkers = 10'000;

// {26, 8} of "go1.26.8", so that 1.9 is older than 1.10.
std::vector<int> numbers_of(const std::string& name) {
  std::vector<int> numbers;
  for (std::size_t i = 0; i < name.size();) {
    if (name[i] < '0' || name[i] > '9') {
      ++i;
      continue;
    }
    int number = 0;
    while (i < name.size() && name[i] >= '0' && name[i] <= '9' && number < 1'000'000) {
      number = number * 10 + (name[i++] - '0');
    }
    numbers.push_back(number);
  }
  return numbers;
}

bool is_newer(const Backend::Offer& left, const Backend::Offer& right) {
  return numbers_of(left.toolchain.name) > numbers_of(right.toolchain.name);
}

}  // namespace

// FNV-1a: quick, and good enough to spread sources over workers.
std::uint64_t fingerprint(std::string_view bytes, std::uint64_t seed) {
  constexpr std::uint64_t kPrime = 1099511628211ULL;
  std::uint64_t hash = seed;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return hash;
}

void Roster::forget_silent(Clock::time_point now) const {
  std::erase_if(workers_, [&](const auto& each) { return now - each.second.heard > kSilence; });
}

void Roster::hear(std::string_view text) {
  auto announcement = read_announcement(text);
  if (!announcement) return;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  forget_silent(now);
  if (workers_.size() >= kMostWorkers && !workers_.contains(announcement->name)) return;
  std::string name = announcement->name;
  workers_[std::move(name)] = {std::move(*announcement), now};
}

std::vector<Announcement> Roster::all() const {
  const std::lock_guard lock(mutex_);
  forget_silent(Clock::now());
  std::vector<Announcement> list;
  for (const auto& [name, entry] : workers_) list.push_back(entry.announcement);
  return list;
}

bool Roster::anybody_can(const Need& need) const {
  const std::lock_guard lock(mutex_);
  forget_silent(Clock::now());
  return std::any_of(workers_.begin(), workers_.end(),
                     [&](const auto& each) { return each.second.announcement.can(need); });
}

bool Roster::anybody_has_modules() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& each) { return each.second.announcement.modules; });
}

std::uint64_t Roster::most_memory() const {
  const std::lock_guard lock(mutex_);
  forget_silent(Clock::now());
  std::uint64_t most = 0;
  for (const auto& [name, entry] : workers_) {
    if (!entry.announcement.takes_runs()) continue;
    most = std::max(most, entry.announcement.memory_budget);
  }
  return most;
}

// Rendezvous hashing: a worker that comes or goes moves no other worker's sources.
std::vector<std::string> Roster::choose(const Need& need, std::uint64_t source,
                                        std::size_t most) const {
  std::vector<std::tuple<bool, std::uint64_t, std::string>> ranked;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : workers_) {
      const Announcement& each = entry.announcement;
      if (each.can(need))
        ranked.emplace_back(each.has_room_for(need), fingerprint(name, source), name);
    }
  }
  const std::size_t count = std::min(most, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(count),
                    ranked.end(), std::greater<>());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(std::get<2>(std::move(ranked[i])));
  return names;
}

std::vector<Backend::Offer> Roster::offers() const {
  std::map<std::string, Backend::Offer> found;
  std::vector<Backend::Offer> defaults;
  for (const Announcement& worker : all()) {
    if (!worker.takes_runs() || worker.offers.empty()) continue;
    defaults.push_back(worker.offers.front());
    for (const Backend::Offer& offer : worker.offers) {
      Backend::Offer& known = found.try_emplace(offer.toolchain.name, offer).first->second;
      known.prepared = known.prepared || offer.prepared;
      known.toolchain.has_race_runtime =
          known.toolchain.has_race_runtime || offer.toolchain.has_race_runtime;
    }
  }
  std::vector<Backend::Offer> list;
  for (const auto& [name, offer] : found) list.push_back(offer);
  std::sort(list.begin(), list.end(), is_newer);
  if (defaults.empty()) return list;
  const auto best = std::min_element(defaults.begin(), defaults.end(), is_newer);
  const auto first = std::find_if(list.begin(), list.end(), [&](const Backend::Offer& offer) {
    return offer.toolchain.name == best->toolchain.name;
  });
  std::rotate(list.begin(), first, first + 1);
  return list;
}

}  // namespace gobox::api
