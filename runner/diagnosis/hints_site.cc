// SPDX-License-Identifier: Apache-2.0

// Where most of the live heap was allocated, and what keeps it (declared in hints.h).

#include <algorithm>

#include "runner/diagnosis/heap_sites.h"
#include "runner/diagnosis/hints.h"
#include "runner/diagnosis/value_flow.h"

namespace gobox::runner {
namespace {

constexpr double kWorthNaming = 0.25;     // of the heap: a place
constexpr double kContainerShare = 0.02;  // of the heap: a map's own array
constexpr std::uint64_t kFewObjects = 8;  // what is copied as it grows is seen more than once
constexpr std::uint64_t kManyObjects = 16;
constexpr std::uint64_t kLargeObject = std::uint64_t{256} << 10;

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

std::string share_text(const HeapPlace& top, std::uint64_t whole) {
  return percent(as_double(top.bytes) / std::max(1.0, as_double(whole))) +
         " of the live heap (about " + format_size(top.bytes) + " in " +
         std::to_string(top.objects) + (top.objects == 1 ? " object" : " objects") +
         ") was allocated at " + place(top.frame) +
         (top.library.empty() ? std::string() : ", in " + top.library);
}

std::string line_of(const Holder& holder) {
  return place(holder.file, holder.line) + " (" + holder.function + ")";
}

// The name of what is written at the place itself: "s.history".
std::string target_at(const HintInput& input, const Frame& frame, bool append) {
  const SourceFunction* const function = input.flow.function_at(frame.file, frame.line);
  if (function == nullptr) return {};
  for (const Statement& each : function->statements) {
    const bool covers = frame.line >= each.line && frame.line <= each.last_line;
    if (!covers || each.targets.empty() || each.kind != Statement::Kind::kAssign) continue;
    if (append && !each.grows(bare(each.targets.front()))) continue;
    if (!append && !each.targets.front().ends_with("[]")) continue;
    return std::string(bare(each.targets.front()));
  }
  return {};
}

bool has_call(const HintInput& input, std::string_view file, std::string_view call) {
  const SourceStatements* const in = input.flow.file(file);
  if (in == nullptr) return false;
  for (const SourceFunction& function : in->functions) {
    for (const Statement& each : function.statements) {
      if (each.calls(call)) return true;
    }
  }
  return false;
}

bool calls_at(const HintInput& input, const Holder& holder,
              std::initializer_list<std::string_view> functions) {
  const SourceFunction* const in = input.flow.function_at(holder.file, holder.line);
  if (in == nullptr) return false;
  return std::any_of(in->statements.begin(), in->statements.end(), [&](const Statement& each) {
    return each.line == holder.line &&
           std::any_of(functions.begin(), functions.end(),
                       [&](std::string_view function) { return each.calls(function); });
  });
}

Hint map_hint(const HintInput& input, const std::string& share, const std::string& name,
              const Frame& where) {
  const bool deletes =
      has_call(input, where.file, "delete") || has_call(input, where.file, "clear");
  return Hint{"map_growth", share + " and is kept by the map " + (name.empty() ? "" : name + " ") +
                                "written at " + place(where) +
                                (deletes ? ", which grew faster than entries are deleted: "
                                         : ", from which nothing is deleted: delete entries, or ") +
                                "bound it by count or age"}
      .at(where);
}

Hint append_hint(const std::string& share, const std::string& name, const Frame& where) {
  return Hint{"unbounded_append",
              share + " and is kept by the slice " + (name.empty() ? "" : name + ", ") +
                  "appended to at " + place(where) +
                  ", which grew until memory ended: process and drop elements, or bound it"}
      .at(where);
}

Hint by_holder(const HintInput& input, const std::string& share, const Holder& holder,
               const HeapPlace& top) {
  const Frame where{
      .function = holder.function, .file = holder.file, .line = holder.line, .user = true};
  if (holder.sliced && top.objects >= kManyObjects) {
    return Hint{"slice_retention",
                share + "; what " + holder.name + " keeps at " + line_of(holder) +
                    " is a small part of it and keeps the whole alive: copy the part "
                    "(bytes.Clone, strings.Clone, slices.Clone or append to a nil slice)"}
        .at(where);
  }
  const bool library_list =
      holder.kind == Holder::Kind::kList && calls_at(input, holder, {"PushBack", "PushFront"});
  switch (holder.kind) {
    case Holder::Kind::kMap:
      return map_hint(input, share, holder.name, where);
    case Holder::Kind::kSyncMap:
      return Hint{"map_growth", share + " and is kept by the sync.Map " + holder.name +
                                    " stored to at " + line_of(holder) +
                                    ": delete entries, or bound it by count or age"}
          .at(where);
    case Holder::Kind::kSlice:
      return append_hint(share, holder.name, where);
    case Holder::Kind::kList:
      return Hint{"list_growth", share + " and is kept by the " +
                                     (library_list ? "container/list " : "list that ") +
                                     holder.name + " links at " + line_of(holder) +
                                     ": take elements out again, or bound its length"}
          .at(where);
    case Holder::Kind::kChannel:
      return Hint{"channel_backlog",
                  share + " and was sent to the channel " + holder.name + " at " + line_of(holder) +
                      ": what is sent faster than it is received piles up in its buffer and in "
                      "the goroutines that wait to send; a smaller buffer holds the sender back"}
          .at(where);
    case Holder::Kind::kDefer:
      return Hint{"defer_in_loop",
                  share + " and is kept by the defer in a loop at " + line_of(holder) +
                      ": deferred calls run when the function returns, not at the end of a round; "
                      "close it in the loop, or put the body into a function of its own"}
          .at(where);
    case Holder::Kind::kGoroutine:
      return Hint{"heap_growth",
                  share + " and is used by the goroutines started at " + line_of(holder) +
                      ": each keeps its part until it returns; bound how many run at a time"}
          .at(where);
    case Holder::Kind::kTimer:
      return Hint{"timer_growth",
                  share + " and is kept by what time.AfterFunc is to call, at " + line_of(holder) +
                      ": each timer keeps its part until it fires; Stop those that are not needed "
                      "any more, or use a shorter time"}
          .at(where);
    case Holder::Kind::kElement:
      return Hint{"heap_growth", share + " and is kept in the elements of " + holder.name +
                                     ", written at " + line_of(holder) +
                                     ": keep fewer of them at a time, or give more with --memory"}
          .at(where);
    case Holder::Kind::kVariable:
      break;
  }
  return Hint{"heap_growth", share + ": keep less of it, or give more with --memory"}.at(top.frame);
}

std::optional<Hint> by_maker(const HintInput& input, const std::string& share,
                             const HeapPlace& top) {
  // What grows by copying is a few large objects; beside them at the same line may be small ones.
  const HeapSite& largest = *top.largest;
  const bool few = top.objects <= kFewObjects || top.bytes / top.objects >= kLargeObject ||
                   (largest.objects <= 2 * kFewObjects && largest.bytes >= top.bytes / 2);
  const Frame& at = top.frame;
  switch (top.maker) {
    case Maker::kTicker:
      return Hint{"ticker_never_stopped", share +
                                              ", where tickers are made and never stopped: call "
                                              "Stop, or make one and share it"};
    case Maker::kTimer:
      return Hint{"timer_growth",
                  share +
                      ", where timers are made: each stays until it fires, also when nobody "
                      "waits for it any more; make one with time.NewTimer and Reset it, or Stop "
                      "each"};
    case Maker::kContext:
      if (top.library.starts_with("context.WithValue")) return std::nullopt;  // has no cancel
      return Hint{"context_growth", share +
                                        ", where contexts are made whose cancel function is not "
                                        "called: each stays with its parent until then; call "
                                        "it, as in defer cancel()"};
    case Maker::kReadAll:
      if (!few && !top.library.starts_with("encoding/csv.")) return std::nullopt;
      return Hint{"read_all", share +
                                  ", which reads all of its input into memory: read it in parts "
                                  "(bufio.Scanner, io.Copy), or bound it with io.LimitReader"};
    case Maker::kSyncMap:
      return Hint{"map_growth", share +
                                    " and is kept by the sync.Map stored to there: delete "
                                    "entries, or bound it by count or age"};
    case Maker::kList:
      return Hint{"list_growth",
                  share + " and is kept by the container/list there: remove elements, or bound it"};
    case Maker::kBuffer:
      if (!few) return std::nullopt;
      return Hint{"buffer_growth",
                  share + ": the " +
                      (top.library.find("strings.") != std::string::npos ? "strings.Builder"
                                                                         : "bytes.Buffer") +
                      " written to there grew that large, and is copied each time it grows; write "
                      "to a file or a stream instead, or Reset it"};
    case Maker::kConcat:
      if (!few) return std::nullopt;
      return Hint{"string_concat", share +
                                       ", where a string is made longer: each addition copies "
                                       "all of it; use a strings.Builder, or write it out"};
    case Maker::kAppend: {
      const std::string name = target_at(input, at, true);
      if (!few || name.empty()) return std::nullopt;  // many slices, or copies
      return append_hint(share, name, at);
    }
    case Maker::kMap: {
      const std::string name = target_at(input, at, false);
      if (name.empty()) return std::nullopt;
      return map_hint(input, share, name, at);
    }
    case Maker::kMake:
      if (top.objects > 3) return std::nullopt;
      return Hint{"big_allocation",
                  share + ": " + (top.objects == 1 ? "one allocation" : "a few allocations") +
                      " of that size; work on parts of it, or give more with --memory"};
    case Maker::kUnknown:
      break;
  }
  return std::nullopt;
}

// A map whose own array is among the sites, and whose line writes to it.
std::optional<Hint> by_other_map(const HintInput& input, const std::string& share,
                                 const std::vector<HeapPlace>& places, std::uint64_t whole) {
  for (const HeapPlace& each : places) {
    if (each.maker != Maker::kMap) continue;
    if (as_double(each.bytes) < kContainerShare * as_double(whole)) continue;
    const std::string name = target_at(input, each.frame, false);
    if (!name.empty()) return map_hint(input, share, name, each.frame);
  }
  return std::nullopt;
}

}  // namespace

bool add_site_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.heap) return false;
  const std::vector<HeapPlace> places = places_of(*input.diagnosis.heap);
  const std::uint64_t whole = whole_of(*input.diagnosis.heap);
  if (places.empty() || as_double(places.front().bytes) < kWorthNaming * as_double(whole)) {
    return false;
  }
  const HeapPlace& top = places.front();
  const std::string share = share_text(top, whole);
  if (auto hint = by_maker(input, share, top)) {
    hints.push_back(hint->file.empty() ? std::move(*hint).at(top.frame) : *hint);
    return true;
  }
  const auto holder = input.flow.holder_of(top.largest->frames);
  const bool sure = holder && holder->kind != Holder::Kind::kVariable;
  if (!sure) {
    if (auto hint = by_other_map(input, share, places, whole)) {
      hints.push_back(std::move(*hint));
      return true;
    }
  }
  hints.push_back(holder ? by_holder(input, share, *holder, top)
                         : by_holder(input, share, Holder{}, top));
  return true;
}

}  // namespace gobox::runner
