// SPDX-License-Identifier: Apache-2.0

// Goroutines that never end, as what fills the memory (declared in hints.h).

#include <algorithm>

#include "runner/diagnosis/heap_sites.h"
#include "runner/diagnosis/hints.h"
#include "runner/diagnosis/value_flow.h"

namespace gobox::runner {
namespace {

constexpr double kMostlyStacks = 0.35;
constexpr std::uint64_t kManyGoroutines = 100;
constexpr std::uint64_t kGoroutineHeap = 500;   // bytes of heap the runtime keeps for each
constexpr std::uint64_t kDeepStack = 64 << 10;  // bytes of stack for each: no ordinary one

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

struct Wait {
  std::string_view function;
  std::string_view words;
};

constexpr Wait kWaits[] = {
    {"runtime.chansend", "in a chan send"},
    {"runtime.chanrecv", "in a chan receive"},
    {"runtime.selectgo", "in a select"},
    {"runtime.block", "in an empty select"},
    {"time.Sleep", "in time.Sleep"},
    {"sync.(*WaitGroup).Wait", "in WaitGroup.Wait"},
    {"sync.(*Mutex).Lock", "for a mutex"},
    {"sync.(*Mutex).lockSlow", "for a mutex"},
    {"sync.(*RWMutex)", "for an RWMutex"},
    {"sync.(*Cond).Wait", "in Cond.Wait"},
    {"internal/poll.", "for the network or a pipe"},
};

std::string_view wait_of(const ProbeGroup& group) {
  for (const Frame& frame : group.frames) {
    for (const Wait& wait : kWaits) {
      if (frame.function.find(wait.function) != std::string::npos) return wait.words;
    }
  }
  return {};
}

// The largest group with a line of the user's.
const ProbeGroup* seen_group(const HintInput& input) {
  for (const ProbeGroup& group : input.goroutines) {
    if (group.count >= kManyGoroutines / 4 && first_user_frame(group.frames)) return &group;
  }
  return nullptr;
}

// The one go statement there is, or the one that starts the function seen.
struct Start {
  std::string file;
  int line = 0;
};

std::optional<Start> started_by(const HintInput& input) {
  const SourceFacts::File* file = nullptr;
  const SourceMark* const mark = input.facts.first(SourceMark::Kind::kGo, &file);
  if (mark == nullptr || input.facts.count(SourceMark::Kind::kGo) != 1) return std::nullopt;
  return Start{file->path, mark->line};
}

// Each of the goroutines has about one of the objects, or one of their own functions made them.
bool made_by_goroutines(const HintInput& input, const HeapPlace& top, std::uint64_t goroutines) {
  const double each = as_double(top.objects) / as_double(goroutines);
  if (each >= 0.3 && each <= 3) return true;
  const auto& frames = top.largest->frames;
  const auto outermost =
      std::find_if(frames.rbegin(), frames.rend(), [](const Frame& frame) { return frame.user; });
  if (outermost == frames.rend() || outermost->function == "main.main") return false;
  const ProbeGroup* const group = seen_group(input);
  return group != nullptr &&
         std::any_of(group->frames.begin(), group->frames.end(), [&](const Frame& frame) {
           return frame.user && frame.function == outermost->function;
         });
}

std::string seen_text(const HintInput& input) {
  const ProbeGroup* const group = seen_group(input);
  if (group == nullptr) return {};
  std::uint64_t all = 0;
  for (const ProbeGroup& each : input.goroutines) all += each.count;
  const std::string_view wait = wait_of(*group);
  const Frame& user = group->frames[*first_user_frame(group->frames)];
  return "; when they were looked at, " + std::to_string(group->count) + " of " +
         std::to_string(all) + (wait.empty() ? " were" : " waited " + std::string(wait)) + " at " +
         place(user);
}

Hint leak_hint(const HintInput& input, const HeapReport& heap, const std::string& keeping) {
  const auto start = started_by(input);
  const bool ticker = input.facts.count(SourceMark::Kind::kTicker) > 0 &&
                      input.facts.count(SourceMark::Kind::kStop) == 0;
  Hint hint{ticker ? "ticker_never_stopped" : "goroutine_leak",
            goroutines_text(heap.goroutines) + " were alive" +
                (start ? " (started at " + place(start->file, start->line) + ")" : "") + keeping +
                seen_text(input) +
                (ticker ? ": their tickers are never stopped; call Stop and return"
                        : ": they are started faster than they end, or wait for what never comes; "
                          "bound how many run at a time, and give each a way to end")};
  const ProbeGroup* const group = seen_group(input);
  if (group != nullptr) {
    return std::move(hint).at(group->frames[*first_user_frame(group->frames)]);
  }
  return start ? std::move(hint).at(start->file, start->line) : hint;
}

}  // namespace

bool add_goroutine_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.heap) return false;
  const HeapReport& heap = *input.diagnosis.heap;
  const double used = as_double(heap.heap_bytes + heap.stack_bytes);
  const double theirs = as_double(heap.stack_bytes + heap.goroutines * kGoroutineHeap);
  const bool many = heap.goroutines >= kManyGoroutines;
  const bool stacks = heap.stack_bytes > (std::uint64_t{4} << 20) && theirs >= kMostlyStacks * used;
  if (stacks && !many &&
      heap.stack_bytes / std::max<std::uint64_t>(1, heap.goroutines) >= kDeepStack) {
    hints.push_back(
        {"deep_stacks", format_size(heap.stack_bytes) + " were stacks, of only " +
                            goroutines_text(heap.goroutines) +
                            ": deep recursion, or large arrays as local variables; a stack grows "
                            "by doubling, and is copied as it does"});
    return true;
  }
  if (many && stacks) {
    hints.push_back(
        leak_hint(input, heap, ", with " + format_size(heap.stack_bytes) + " of stacks"));
    return true;
  }
  const auto places = places_of(heap);
  if (!many || places.empty()) return false;
  const HeapPlace& top = places.front();
  if (!made_by_goroutines(input, top, heap.goroutines)) return false;
  hints.push_back(leak_hint(input, heap,
                            ", and keep what was allocated at " + place(top.frame) + " (about " +
                                format_size(top.bytes) + ")"));
  return true;
}

}  // namespace gobox::runner
