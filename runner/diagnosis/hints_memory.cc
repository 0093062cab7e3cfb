// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "runner/diagnosis/heap_sites.h"
#include "runner/diagnosis/hints.h"
#include "runner/diagnosis/value_flow.h"

namespace gobox::runner {
namespace {

constexpr double kMostlyTmpfs = 0.4;
constexpr double kMuchLive = 0.6;  // of the memory limit
constexpr std::uint64_t kFewObjects = 8;
constexpr std::uint64_t kGrowing = 3;  // of one buffer are seen: itself, and what it was before
constexpr std::uint64_t kSmallHeap = std::uint64_t{6} << 20;  // Go collects first at 4 MiB

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

struct Call {
  std::string file;
  const Statement* statement = nullptr;
};

// The first call of a function of that name in the user's files; "debug.SetGCPercent".
std::optional<Call> first_call(const HintInput& input, std::string_view name) {
  for (const SourceFacts::File& file : input.facts.files) {
    const SourceStatements* const in = input.flow.file(file.path);
    if (in == nullptr) continue;
    for (const SourceFunction& function : in->functions) {
      for (const Statement& each : function.statements) {
        if (each.calls(name)) return Call{file.path, &each};
      }
    }
  }
  return std::nullopt;
}

std::string at(const Call& call) {
  return place(call.file, call.statement->line);
}

std::uint64_t collections(const HintInput& input) {
  return std::max(input.diagnosis.heap ? input.diagnosis.heap->collections : 0,
                  input.diagnosis.gc ? input.diagnosis.gc->count : 0);
}

std::string collections_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " collection" : " collections");
}

// The one figure of a run's peak, which its message has too.
std::string peak_text(const HintInput& input) {
  return format_size(input.ending.usage.memory_peak_bytes);
}

bool add_tmpfs_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.memory) return false;
  const sandbox::MemorySample& memory = input.diagnosis.memory->fullest;
  if (as_double(memory.shared_bytes) < kMostlyTmpfs * as_double(memory.total_bytes)) return false;
  const auto removed = first_call(input, "Remove");
  if (removed && removed->statement->in_loop && first_call(input, "CreateTemp")) {
    hints.push_back(
        Hint{"deleted_files",
             format_size(memory.shared_bytes) + " of the " + peak_text(input) +
                 " were files in /work, /tmp and /dev/shm, which are memory; a file deleted while "
                 "it is open (" +
                 at(*removed) + ") keeps its memory until it is closed: close it"}
            .at(removed->file, removed->statement->line));
    return true;
  }
  hints.push_back({"tmpfs", format_size(memory.shared_bytes) + " of the " + peak_text(input) +
                                " were files in /work, /tmp and /dev/shm, which are memory: delete "
                                "them when done, lower --disk below --memory to get \"no space\" "
                                "instead, or raise --memory"});
  return true;
}

// Go never collected, or only on demand.
bool add_gc_off_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (collections(input) > 2) return false;
  const SourceFacts::File* file = nullptr;
  const SourceMark* const literal = input.facts.first(SourceMark::Kind::kGcOff, &file);
  const auto call = first_call(input, "SetGCPercent");
  const auto limit = first_call(input, "SetMemoryLimit");
  const bool by_setting = input.settings.gc_off && (!input.settings.memory_limit || limit);
  if (!by_setting && literal == nullptr && !(call && collections(input) == 0)) return false;
  std::string how = "GOGC=off";
  Hint hint{"gc_off"};
  if (literal != nullptr) {
    how = "SetGCPercent at " + place(file->path, literal->line);
    hint = std::move(hint).at(file->path, literal->line);
  } else if (!by_setting) {
    how = "SetGCPercent at " + at(*call);
    hint = std::move(hint).at(call->file, call->statement->line);
  } else if (limit) {
    how = "GOGC=off, and SetMemoryLimit at " + at(*limit) + " in place of Go's limit";
    hint = std::move(hint).at(limit->file, limit->statement->line);
  }
  if (literal == nullptr && !by_setting) {
    hint.text = "nothing was ever collected: " + how +
                " turned the garbage collector off or let it wait for a far larger heap, and no "
                "memory limit of Go's own made it run; give it a smaller value, or set GOMEMLIMIT "
                "(--gomemlimit auto)";
    hints.push_back(std::move(hint));
    return true;
  }
  hint.text = "the garbage collector was off (" + how +
              ") and no memory limit of Go's own made it run: nothing was " +
              (collections(input) == 0 ? "ever collected" : "collected by itself") +
              "; turn it on, or set GOMEMLIMIT (--gomemlimit auto)";
  hints.push_back(std::move(hint));
  return true;
}

// Memory that is not Go's: the runtime got far less from the kernel than the processes held.
bool add_off_heap_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.memory) return false;
  const std::uint64_t held = input.diagnosis.memory->fullest.anonymous_bytes;
  const auto mapped = first_call(input, "Mmap");
  const std::uint64_t known = input.diagnosis.heap
                                  ? std::max({input.diagnosis.heap->heap_bytes,
                                              input.diagnosis.heap->next_goal, kSmallHeap})
                                  : kSmallHeap;
  if (!mapped || known > held / 2) return false;
  hints.push_back(
      Hint{"off_heap", "of the " + peak_text(input) + " Go's heap was at most about " +
                           format_size(known) + ": the rest was mapped by mmap (" + at(*mapped) +
                           "), which no collection frees; call Munmap, or map less at a time"}
          .at(mapped->file, mapped->statement->line));
  return true;
}

// One goroutine runs all finalizers, ours among them: when it is held up, nothing more is seen.
bool add_finalizer_hint(const HintInput& input, std::vector<Hint>& hints) {
  const auto set = first_call(input, "SetFinalizer");
  if (!set || collections(input) > 3) return false;
  hints.push_back(
      Hint{"finalizer_blocked",
           "the finalizers did not keep up (SetFinalizer at " + at(*set) +
               "): one goroutine runs them all, one after another, and what waits for its "
               "finalizer stays in memory; let a finalizer neither block nor sleep, or release "
               "things with a Close of their own"}
          .at(set->file, set->statement->line));
  return true;
}

// Deep recursion in few goroutines grows stacks, which make no collection due.
bool add_recursion_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (collections(input) > 1) return false;
  for (const SourceFacts::File& file : input.facts.files) {
    const SourceStatements* const in = input.flow.file(file.path);
    if (in == nullptr) continue;
    for (const SourceFunction& function : in->functions) {
      for (const Statement& each : function.statements) {
        if (!each.calls(function.name) || function.name == "main") continue;
        hints.push_back(Hint{"deep_stacks",
                             "Go's heap was hardly used (" + collections_text(collections(input)) +
                                 " in all), so the memory was mostly stacks: " + function.name +
                                 " calls itself at " + place(file.path, each.line) +
                                 "; a stack grows by doubling, and is copied as it does"}
                            .at(file.path, each.line));
        return true;
      }
    }
  }
  return false;
}

// Goroutines that are started in a loop and wait: their stacks make no collection due either.
bool add_stacks_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (collections(input) > 1) return false;
  for (const SourceFacts::File& file : input.facts.files) {
    const SourceStatements* const in = input.flow.file(file.path);
    if (in == nullptr) continue;
    for (const SourceFunction& function : in->functions) {
      for (const Statement& each : function.statements) {
        if (each.kind != Statement::Kind::kGo || !each.in_loop) continue;
        hints.push_back(
            Hint{"goroutine_leak",
                 "Go's heap was hardly used (" + collections_text(collections(input)) +
                     " in all), so the memory was most likely the stacks of goroutines: they are "
                     "started in a loop at " +
                     place(file.path, each.line) +
                     "; bound how many run at a time, and give each a way to end"}
                .at(file.path, each.line));
        return true;
      }
    }
  }
  return false;
}

// What the last collections left was level, or the last one left far more than those before.
bool was_level(const std::vector<HeapMoment>& history) {
  constexpr std::size_t kEnough = 5;
  if (history.size() < kEnough) return false;
  const auto last = history.end() - static_cast<long>(kEnough);
  const auto by_goal = [](const HeapMoment& a, const HeapMoment& b) {
    return a.next_goal < b.next_goal;
  };
  const auto least = std::min_element(last, history.end(), by_goal)->next_goal;
  const auto most = std::max_element(last, history.end(), by_goal)->next_goal;
  return as_double(most) < 1.25 * as_double(least);
}

// Go had no limit of its own, and by its pace the next collection would have come beyond ours.
bool add_late_collector_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (input.settings.memory_limit || input.settings.gc_off || !input.diagnosis.heap) return false;
  const HeapReport& heap = *input.diagnosis.heap;
  const std::uint64_t limit = input.limits.memory_bytes;
  if (as_double(heap.next_goal) < 0.9 * as_double(limit)) return false;
  const auto places = places_of(heap);
  const bool few =
      !places.empty() && places.front().objects <= kFewObjects &&
      (places.front().maker == Maker::kMake || places.front().maker == Maker::kUnknown ||
       (places.front().maker == Maker::kBuffer && places.front().objects > kGrowing)) &&
      places.front().bytes / std::max<std::uint64_t>(1, places.front().objects) < limit / 10 * 9;
  const bool level = was_level(input.history);
  const std::string text =
      "GOMEMLIMIT was off: after the last of " + collections_text(heap.collections) +
      " Go would not have collected before its heap reached " + format_size(heap.next_goal) +
      ", beyond the limit of " + format_size(limit) +
      "; with GOMEMLIMIT (--gomemlimit auto) it collects before the limit";
  if (few || level) {
    hints.insert(hints.begin(),
                 {"no_memory_limit",
                  text + (level ? ", and what its collections left did not grow"
                                : ", and what is garbage by then is freed: large blocks made one "
                                  "after another need not all be alive")});
    return true;
  }
  hints.push_back({"collector_late", text + "; that helps only as far as there is garbage"});
  return true;
}

// Go's own limit was in force, and it collected in vain. The heap's size shortly after a collection
// has garbage in it that was not swept yet (runtime.MemStats, HeapAlloc): what the sites had in use
// has to say the same.
void add_live_heap_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.settings.memory_limit || !input.diagnosis.heap) return;
  const HeapReport& heap = *input.diagnosis.heap;
  const std::uint64_t limit = input.limits.memory_bytes;
  const std::uint64_t used = std::min(in_use(heap), heap.heap_bytes);
  const bool much = as_double(used) >= kMuchLive * as_double(limit);
  if (!much || heap.collections < 3) return;
  hints.push_back(
      {"live_heap", "GOMEMLIMIT was in force (" + format_size(*input.settings.memory_limit) +
                        ") and Go collected " + std::to_string(heap.collections) +
                        " times, yet about " + format_size(used) +
                        " of its heap was in use when it was last seen: keep less of it, or raise "
                        "--memory"});
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
  std::string text = "the memory was the program's own, and what filled it was not seen";
  if (input.diagnosis.memory && input.diagnosis.memory->largest) {
    text += "; the largest process was " + input.diagnosis.memory->largest->name;
  }
  hints.push_back({"memory", text + ": keep less at a time, or raise --memory"});
}

// What the memory was and how fast it came: figures, after the advice. Shares, because the one peak
// is the kernel's, in the message; a sample of ours would be another figure for the same thing.
void add_growth_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.memory) return;
  const MemoryDiagnosis& memory = *input.diagnosis.memory;
  const sandbox::MemorySample& sample = memory.fullest;
  const double whole = std::max(1.0, as_double(sample.total_bytes));
  std::string text = "of the memory " + percent(as_double(sample.anonymous_bytes) / whole) +
                     " were the processes' own (heap, stacks, mappings), " +
                     percent(as_double(sample.shared_bytes) / whole) + " tmpfs, " +
                     percent(as_double(sample.file_bytes) / whole) + " page cache";
  if (memory.largest) text += "; the largest process was " + memory.largest->name;
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

void add_memory_hints(const HintInput& input, std::vector<Hint>& hints) {
  const bool outside = add_gc_off_hint(input, hints) || add_tmpfs_hint(input, hints) ||
                       add_off_heap_hint(input, hints);
  if (!outside) {
    const bool found = add_goroutine_hint(input, hints) || add_site_hint(input, hints) ||
                       add_finalizer_hint(input, hints) || add_recursion_hint(input, hints) ||
                       add_stacks_hint(input, hints);
    if (!add_late_collector_hint(input, hints)) add_live_heap_hint(input, hints);
    if (!found && hints.empty()) add_plain_hint(input, hints);
  }
  if (input.race) hints.insert(hints.begin(), race_memory_hint(input));
  add_growth_hint(input, hints);
}

}  // namespace gobox::runner
