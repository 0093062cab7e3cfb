// SPDX-License-Identifier: Apache-2.0

#pragma once

// HeapPlaces: the allocation sites of a heap report put together by the line of the user's that
// asked for them, and what kind of code asked. Pure functions over the report; thread-safe.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runner/diagnosis/probe.h"

namespace gobox::runner {

// What allocated, as the frames between the user's line and the allocator tell.
enum class Maker {
  kUnknown,
  kAppend,   // append in the user's own line
  kMap,      // a map's own array, by the user's own line
  kMake,     // make([]T, n)
  kConcat,   // strings added
  kBuffer,   // bytes.Buffer, strings.Builder
  kReadAll,  // io.ReadAll, os.ReadFile
  kSyncMap,
  kList,     // container/list
  kContext,  // context.WithCancel and its like
  kTimer,
  kTicker,
};

struct HeapPlace {
  Frame frame;
  std::uint64_t bytes = 0;
  std::uint64_t objects = 0;
  const HeapSite* largest = nullptr;
  Maker maker = Maker::kUnknown;
  std::string library;  // the function of it that the user's line calls; empty: none
};

// Largest first; sites without a line of the user's are left out. Borrows from the report.
std::vector<HeapPlace> places_of(const HeapReport& heap);

// What the sites say was in use at a collection: no more than there was, as the smallest are not
// among them.
std::uint64_t in_use(const HeapReport& heap);

// What all sites and the heap's own figure say the heap was: the larger.
std::uint64_t whole_of(const HeapReport& heap);

}  // namespace gobox::runner
