// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/heap_sites.h"

#include <algorithm>
#include <utility>

namespace gobox::runner {
namespace {

struct Known {
  std::string_view part;
  Maker maker;
};

// By a part of the name of any function between the user's line and the allocator.
constexpr Known kLibrary[] = {
    {"encoding/csv.(*Reader).ReadAll", Maker::kReadAll},
    {"bytes.(*Buffer).", Maker::kBuffer},
    {"strings.(*Builder).", Maker::kBuffer},
    {"io.ReadAll", Maker::kReadAll},
    {"os.ReadFile", Maker::kReadAll},
    {"ioutil.ReadAll", Maker::kReadAll},
    {"sync.(*Map).", Maker::kSyncMap},
    {"sync.(*HashTrieMap", Maker::kSyncMap},
    {"container/list.", Maker::kList},
    {"context.With", Maker::kContext},
    {"context.(*cancelCtx)", Maker::kContext},
    {"time.NewTicker", Maker::kTicker},
    {"time.Tick", Maker::kTicker},
    {"time.NewTimer", Maker::kTimer},
    {"time.AfterFunc", Maker::kTimer},
    {"time.newTimer", Maker::kTimer},
    {"time.After", Maker::kTimer},
};

constexpr Known kRuntime[] = {
    {"runtime.growslice", Maker::kAppend},    {"mapassign", Maker::kMap},
    {"internal/runtime/maps.", Maker::kMap},  {"runtime.hashGrow", Maker::kMap},
    {"runtime.makemap", Maker::kMap},         {"runtime.makeslice", Maker::kMake},
    {"runtime.concatstring", Maker::kConcat},
};

Maker maker_of(const HeapSite& site, std::size_t user) {
  for (std::size_t i = user; i-- > 0;) {
    for (const Known& known : kLibrary) {
      if (site.frames[i].function.find(known.part) != std::string::npos) return known.maker;
    }
  }
  // The runtime's own work counts only where the user's line asked for it.
  for (std::size_t i = user; i-- > 0;) {
    const std::string& function = site.frames[i].function;
    if (!function.starts_with("runtime.") && !function.starts_with("internal/runtime/")) break;
    for (const Known& known : kRuntime) {
      if (function.find(known.part) != std::string::npos) return known.maker;
    }
  }
  return Maker::kUnknown;
}

std::string library_of(const HeapSite& site, std::size_t user) {
  if (user == 0) return {};
  const std::string& function = site.frames[user - 1].function;
  const bool runtime =
      function.starts_with("runtime.") || function.starts_with("internal/runtime/");
  return runtime ? std::string() : function;
}

}  // namespace

std::vector<HeapPlace> places_of(const HeapReport& heap) {
  std::vector<HeapPlace> places;
  for (const HeapSite& site : heap.sites) {
    const auto user = first_user_frame(site.frames);
    if (!user) continue;
    const Frame& frame = site.frames[*user];
    auto known = std::find_if(places.begin(), places.end(), [&](const HeapPlace& each) {
      return each.frame.file == frame.file && each.frame.line == frame.line;
    });
    if (known == places.end()) {
      places.push_back({.frame = frame,
                        .largest = &site,
                        .maker = maker_of(site, *user),
                        .library = library_of(site, *user)});
      known = std::prev(places.end());
    }
    known->bytes += site.bytes;
    known->objects += site.objects;
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const HeapPlace& a, const HeapPlace& b) { return a.bytes > b.bytes; });
  return places;
}

std::uint64_t in_use(const HeapReport& heap) {
  std::uint64_t total = 0;
  for (const HeapSite& site : heap.sites) total += site.bytes;
  return total;
}

std::uint64_t whole_of(const HeapReport& heap) {
  return std::max(in_use(heap), heap.heap_bytes);
}

}  // namespace gobox::runner
