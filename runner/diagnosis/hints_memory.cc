#include <algorithm>

#include "runner/diagnosis/hints.h"

namespace gobox::runner {
namespace {

constexpr double kMostlyTmpfs = 0.4;
constexpr double kMostlyStacks = 0.35;
constexpr std::uint64_t kManyGoroutines = 5000;
constexpr std::uint64_t kGoroutineHeap = 500;  // bytes of heap the runtime keeps for each
constexpr double kWorthNaming = 0.25;          // of the heap: a site
constexpr double kContainerShare = 0.02;       // of the heap: a map's or slice's own array
constexpr std::uint64_t kBigObject = 4096;

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

// Where a site lies in the user's code.
const Frame* user_frame(const HeapSite& site) {
  const auto at = first_user_frame(site.frames);
  return at ? &site.frames[*at] : nullptr;
}

bool passes_through(const HeapSite& site, std::string_view part) {
  return std::any_of(site.frames.begin(), site.frames.end(), [&](const Frame& frame) {
    return !frame.user && frame.function.find(part) != std::string::npos;
  });
}

bool is_map_site(const HeapSite& site) {
  return passes_through(site, "mapassign") || passes_through(site, "internal/runtime/maps.") ||
         passes_through(site, "runtime.hashGrow");
}

bool is_append_site(const HeapSite& site) {
  return passes_through(site, "runtime.growslice");
}

// Allocation sites put together by the line of the user's that asked for them.
struct Place {
  Frame frame;
  std::uint64_t bytes = 0;
  std::uint64_t objects = 0;
  const HeapSite* largest = nullptr;
  bool map = false;
  bool append = false;
};

std::vector<Place> places_of(const HeapReport& heap) {
  std::vector<Place> places;
  for (const HeapSite& site : heap.sites) {
    const Frame* const frame = user_frame(site);
    if (frame == nullptr) continue;
    auto known = std::find_if(places.begin(), places.end(), [&](const Place& each) {
      return each.frame.file == frame->file && each.frame.line == frame->line;
    });
    if (known == places.end()) {
      places.push_back({.frame = *frame, .largest = &site});
      known = std::prev(places.end());
    }
    known->bytes += site.bytes;
    known->objects += site.objects;
    known->map = known->map || is_map_site(site);
    known->append = known->append || is_append_site(site);
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.bytes > b.bytes; });
  return places;
}

std::uint64_t total_of(const HeapReport& heap) {
  std::uint64_t total = 0;
  for (const HeapSite& site : heap.sites) total += site.bytes;
  return total;
}

// What holds on to what is allocated at a place: looked for at its own line, along its callers,
// then at the other sites.
enum class Holder { kUnknown, kMap, kAppend, kReslice, kTicker };

struct Held {
  Holder by = Holder::kUnknown;
  std::string where;
};

bool in_same_function(const HintInput& input, const Frame& a, const Frame& b) {
  return a.file == b.file && input.facts.function_at(a.file, a.line).first_line ==
                                 input.facts.function_at(b.file, b.line).first_line;
}

const SourceMark* on_line(const HintInput& input, SourceMark::Kind kind, const Frame& frame) {
  const SourceMark* const mark = input.facts.mark_near(kind, frame.file, frame.line);
  return mark != nullptr && mark->line == frame.line ? mark : nullptr;
}

Held by_reslice(const HintInput& input, const Place& top) {
  if (top.objects == 0 || top.bytes / top.objects < kBigObject || top.append) return {};
  for (const Frame& frame : top.largest->frames) {
    if (!frame.user) continue;
    const SourceMark* const mark =
        input.facts.mark_near(SourceMark::Kind::kReslice, frame.file, frame.line);
    if (mark != nullptr) return {Holder::kReslice, place(frame.file, mark->line)};
  }
  return {};
}

Held by_line(const HintInput& input, const Place& top) {
  using Kind = SourceMark::Kind;
  for (const Frame& frame : top.largest->frames) {
    if (!frame.user) continue;
    if (on_line(input, Kind::kMapWrite, frame))
      return {Holder::kMap, place(frame.file, frame.line)};
    if (on_line(input, Kind::kAppend, frame))
      return {Holder::kAppend, place(frame.file, frame.line)};
  }
  return {};
}

Held by_other_site(const HintInput& input, const std::vector<Place>& places, std::uint64_t total) {
  const Place& top = places.front();
  for (const bool same_function : {true, false}) {
    for (const Place& each : places) {
      if (&each == &top || (same_function && !in_same_function(input, each.frame, top.frame))) {
        continue;
      }
      if (as_double(each.bytes) < kContainerShare * as_double(total)) continue;
      if (each.map) return {Holder::kMap, place(each.frame)};
      if (each.append) return {Holder::kAppend, place(each.frame)};
    }
  }
  return {};
}

Held by_function(const HintInput& input, const Place& top) {
  using Kind = SourceMark::Kind;
  for (const Frame& frame : top.largest->frames) {
    if (!frame.user) continue;
    if (const SourceMark* mark = input.facts.mark_near(Kind::kMapWrite, frame.file, frame.line)) {
      return {Holder::kMap, place(frame.file, mark->line)};
    }
    if (const SourceMark* mark = input.facts.mark_near(Kind::kAppend, frame.file, frame.line)) {
      return {Holder::kAppend, place(frame.file, mark->line)};
    }
  }
  return {};
}

Held holder_of(const HintInput& input, const std::vector<Place>& places, std::uint64_t total) {
  const Place& top = places.front();
  if (passes_through(*top.largest, "time.NewTicker")) return {Holder::kTicker, place(top.frame)};
  Held held = by_reslice(input, top);
  if (held.by != Holder::kUnknown) return held;
  if (top.map) return {Holder::kMap, place(top.frame)};
  if (top.append) return {Holder::kAppend, place(top.frame)};
  held = by_line(input, top);
  if (held.by == Holder::kUnknown) held = by_other_site(input, places, total);
  if (held.by == Holder::kUnknown) held = by_function(input, top);
  return held;
}

std::string share_text(const Place& top, std::uint64_t total) {
  return percent(as_double(top.bytes) / std::max(1.0, as_double(total))) +
         " of the live heap (about " + format_size(top.bytes) + " in " +
         std::to_string(top.objects) + (top.objects == 1 ? " object" : " objects") +
         ") was allocated at " + place(top.frame);
}

bool add_tmpfs_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.memory) return false;
  const sandbox::MemorySample& memory = input.diagnosis.memory->fullest;
  if (as_double(memory.shared_bytes) < kMostlyTmpfs * as_double(memory.total_bytes)) return false;
  hints.push_back({"tmpfs", format_size(memory.shared_bytes) + " of the " +
                                format_size(memory.total_bytes) +
                                " were files in /work, /tmp and /dev/shm, which are memory: delete "
                                "them when done, lower --disk below --memory to get \"no space\" "
                                "instead, or raise --memory"});
  return true;
}

std::string started_at(const HintInput& input) {
  const SourceFacts::File* file = nullptr;
  const SourceMark* const mark = input.facts.first(SourceMark::Kind::kGo, &file);
  if (mark == nullptr) return {};
  const std::size_t more = input.facts.count(SourceMark::Kind::kGo) - 1;
  return " (started at " + place(file->path, mark->line) +
         (more > 0 ? " or one of " + std::to_string(more) + " more go statements)" : ")");
}

bool add_goroutine_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.heap) return false;
  const HeapReport& heap = *input.diagnosis.heap;
  const double used = as_double(heap.heap_bytes + heap.stack_bytes);
  const double theirs = as_double(heap.stack_bytes + heap.goroutines * kGoroutineHeap);
  if (heap.goroutines < kManyGoroutines || theirs < kMostlyStacks * used) return false;
  const bool ticker = input.facts.count(SourceMark::Kind::kTicker) > 0 &&
                      input.facts.count(SourceMark::Kind::kStop) == 0;
  hints.push_back({ticker ? "ticker_never_stopped" : "goroutine_leak",
                   goroutines_text(heap.goroutines) + " were alive" + started_at(input) +
                       ", with " + format_size(heap.stack_bytes) + " of stacks: " +
                       (ticker ? "their tickers are never stopped, so nothing ends them; call Stop "
                                 "and return"
                               : "they are started faster than they end, or wait for something "
                                 "that never comes; bound their number, and run with a "
                                 "--run-timeout below the time to death to see where they wait")});
  return true;
}

bool add_gc_off_hint(const HintInput& input, std::vector<Hint>& hints) {
  const SourceFacts::File* file = nullptr;
  const SourceMark* const call = input.facts.first(SourceMark::Kind::kGcOff, &file);
  const bool few = !input.diagnosis.heap || input.diagnosis.heap->collections <= 2;
  const bool by_call = call != nullptr && few;
  const bool by_setting = input.settings.gc_off && !input.settings.memory_limit;
  if (!by_call && !by_setting) return false;
  hints.push_back({"gc_off", std::string("the garbage collector was off (") +
                                 (by_setting ? "GOGC=off"
                                             : "SetGCPercent at " + place(file->path, call->line)) +
                                 ") and no memory limit of Go's own made it run: nothing was ever "
                                 "collected; turn it on, or set GOMEMLIMIT (--gomemlimit auto)"});
  return true;
}

std::optional<std::uint64_t> live_heap(const Diagnosis& diagnosis) {
  if (diagnosis.gc && diagnosis.gc->count > 0) return diagnosis.gc->last_live;
  if (diagnosis.heap) return diagnosis.heap->heap_bytes;
  return std::nullopt;
}

// Whether Go's own limit could have helped follows from the live heap.
void add_live_heap_hint(const HintInput& input, std::vector<Hint>& hints) {
  const auto live = live_heap(input.diagnosis);
  if (!live || !input.diagnosis.heap) return;
  const std::uint64_t limit = input.limits.memory_bytes;
  const std::uint64_t count = std::max(input.diagnosis.heap->collections,
                                       input.diagnosis.gc ? input.diagnosis.gc->count : 0);
  const std::string seen = "the heap held " + format_size(*live) + " after the last of " +
                           std::to_string(count) + (count == 1 ? " collection" : " collections");
  if (!input.settings.memory_limit && *live < limit / 2) {
    hints.insert(hints.begin(),
                 {"no_memory_limit", seen + ", under half of the limit, and GOMEMLIMIT was off: "
                                            "with it (--gomemlimit auto) the garbage would have "
                                            "been collected in time"});
    return;
  }
  if (*live * 10 >= limit * 6) {
    hints.push_back({"live_heap", seen +
                                      ": live memory, which no GOGC or GOMEMLIMIT can free; the "
                                      "limit of " +
                                      format_size(limit) + " is too low for it, or it is a leak"});
  }
}

std::string process_text(const ProcessFigure& process) {
  return process.name + " (" + format_size(process.own_bytes) + ")";
}

// The detector keeps a shadow of all the program's memory.
Hint race_memory_hint(const HintInput& input) {
  std::string text =
      "the memory limit ended the run, not a race: with --race a program needs five to "
      "ten times its memory";
  if (input.diagnosis.heap) {
    text += " (its own heap held " + format_size(input.diagnosis.heap->heap_bytes) + ")";
  }
  return {"race_memory", text + "; give it more with --memory, or less to do"};
}

void add_plain_hint(const HintInput& input, std::vector<Hint>& hints) {
  std::string text = "the memory was the program's own (heap and stacks)";
  if (input.diagnosis.memory && input.diagnosis.memory->largest) {
    text += "; the largest process seen was " + process_text(*input.diagnosis.memory->largest);
  }
  hints.push_back({"memory", text + ": keep less at a time, or raise --memory"});
}

// What the memory was and how fast it came: figures, after the advice.
void add_growth_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.memory) return;
  const MemoryDiagnosis& memory = *input.diagnosis.memory;
  const sandbox::MemorySample& sample = memory.fullest;
  std::string text = "at its fullest memory was " + format_size(sample.anonymous_bytes) +
                     " heap and stacks, " + format_size(sample.shared_bytes) + " tmpfs, " +
                     format_size(sample.file_bytes) + " page cache";
  if (memory.largest) text += "; the largest process seen was " + process_text(*memory.largest);
  if (memory.growth_per_second > 0) {
    text +=
        "; it grew by " + format_size(static_cast<std::uint64_t>(memory.growth_per_second)) + "/s";
  }
  if (memory.half_to_full) {
    text += memory.growth_per_second > 0 ? " and went" : "; it went";
    text += " from half of the limit to the end in " +
            format_duration(
                std::chrono::duration_cast<std::chrono::milliseconds>(*memory.half_to_full));
  }
  hints.push_back({"growth", text});
}

}  // namespace

bool add_site_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.heap) return false;
  const std::vector<Place> places = places_of(*input.diagnosis.heap);
  const std::uint64_t total = total_of(*input.diagnosis.heap);
  if (places.empty() || as_double(places.front().bytes) < kWorthNaming * as_double(total)) {
    return false;
  }
  const std::string share = share_text(places.front(), total);
  const Held held = holder_of(input, places, total);
  switch (held.by) {
    case Holder::kMap:
      hints.push_back({"map_growth", share + " and is kept by the map written at " + held.where +
                                         ", which only grows: delete entries, or bound it by count "
                                         "or age"});
      return true;
    case Holder::kAppend:
      hints.push_back(
          {"unbounded_append", share + " and is kept by the slice appended to at " + held.where +
                                   ", which only grows: process and drop elements, or bound it"});
      return true;
    case Holder::kReslice:
      hints.push_back({"slice_retention",
                       share + "; the slice kept at " + held.where +
                           " is a small part of it and keeps the whole array alive: copy the part "
                           "(bytes.Clone, slices.Clone or append to a nil slice)"});
      return true;
    case Holder::kTicker:
      hints.push_back({"ticker_never_stopped", share +
                                                   ", where tickers are made and never stopped: "
                                                   "call Stop, or make one and share it"});
      return true;
    case Holder::kUnknown:
      break;
  }
  hints.push_back({"heap_growth", share + ": keep less of it, or give more with --memory"});
  return true;
}

void add_memory_hints(const HintInput& input, std::vector<Hint>& hints) {
  const bool found = add_gc_off_hint(input, hints) || add_tmpfs_hint(input, hints) ||
                     add_goroutine_hint(input, hints) || add_site_hint(input, hints);
  if (found && hints.front().reason != "gc_off" && hints.front().reason != "tmpfs") {
    add_live_heap_hint(input, hints);
  }
  if (!found) add_plain_hint(input, hints);
  if (input.race) hints.insert(hints.begin(), race_memory_hint(input));
  add_growth_hint(input, hints);
}

}  // namespace gobox::runner
