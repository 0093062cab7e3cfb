// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "runner/diagnosis/hints.h"
#include "runner/diagnosis/value_flow.h"

namespace gobox::runner {
namespace {

constexpr double kThrottled = 0.3;       // of the wall time
constexpr double kBusy = 0.6;            // of the CPU time that --cpus allowed
constexpr double kMuchCollecting = 0.2;  // of the CPU time
constexpr double kAtTheLimit = 0.65;     // of GOMEMLIMIT: the heap
constexpr double kNearlyFull = 0.93;     // of the memory limit
constexpr double kWorthSaying = 0.05;    // of the wall time

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

std::string cpus_text(double cpus) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", cpus);
  return text;
}

bool computes(const GoroutineGroup& group) {
  return !group.system && group.user_code &&
         (group.state.starts_with("running") || group.state.starts_with("runnable") ||
          group.state.starts_with("GC "));
}

bool calls(const GoroutineGroup& group, std::string_view function) {
  return std::any_of(group.frames.begin(), group.frames.end(), [&](const Frame& frame) {
    return !frame.user && frame.function.find(function) != std::string::npos;
  });
}

const GoroutineGroup* computing_group(const Diagnosis& diagnosis) {
  const auto& groups = groups_of(diagnosis);
  const auto found = std::find_if(groups.begin(), groups.end(), computes);
  return found == groups.end() ? nullptr : &*found;
}

// The running goroutine's place: library frame, and the user's line that called it.
std::string running_text(const Diagnosis& diagnosis) {
  const GoroutineGroup* const group = computing_group(diagnosis);
  if (group == nullptr) return {};
  if (!group->top_user_frame) {
    // Running on a thread that did not get the signal, so Go could not print its stack.
    return group->created_by ? ", in a goroutine started at " + place(*group->created_by) : "";
  }
  const Frame& user = group->frames[*group->top_user_frame];
  if (*group->top_user_frame == 0) return " at " + place(user);
  // Of a library's frames the outermost is the one the user knows: it was called by name.
  const Frame& library = group->frames[*group->top_user_frame - 1];
  if (library.function.starts_with("runtime.")) return " at " + place(user);
  return " in " + library.function + ", called at " + place(user);
}

Hint at_running(Hint hint, const Diagnosis& diagnosis) {
  const GoroutineGroup* const group = computing_group(diagnosis);
  return group == nullptr ? hint : std::move(hint).at(user_place(*group));
}

// A goroutine that could run says more than a share of CPU time, which others may have taken.
bool was_busy(const HintInput& input) {
  constexpr double kSomething = 0.05;
  const double used = input.diagnosis.cpu->used_share;
  return used >= kBusy || (used >= kSomething && computing_group(input.diagnosis) != nullptr);
}

// The runtime's own mentions of collecting, in the running goroutines.
bool calls_gc(const Diagnosis& diagnosis) {
  return diagnosis.heap && diagnosis.heap->collections > 10 &&
         diagnosis.heap->forced_collections * 2 > diagnosis.heap->collections;
}

bool add_collector_hint(const HintInput& input, std::vector<Hint>& hints) {
  const auto gc = input.diagnosis.cpu ? input.diagnosis.cpu->gc_share : std::nullopt;
  if (!gc || *gc < kMuchCollecting) return false;
  const Diagnosis& diagnosis = input.diagnosis;
  const std::uint64_t count = std::max(diagnosis.gc ? diagnosis.gc->count : 0,
                                       diagnosis.heap ? diagnosis.heap->collections : 0);
  const std::uint64_t live = diagnosis.gc && diagnosis.gc->count > 0 ? diagnosis.gc->last_live
                             : diagnosis.heap                        ? diagnosis.heap->heap_bytes
                                                                     : 0;
  const std::string spent = "the garbage collector ran " + std::to_string(count) +
                            " times and took " + percent(*gc) + " of the CPU time";
  if (calls_gc(diagnosis)) {
    hints.push_back({"forced_gc", spent + ", mostly because the program calls runtime.GC itself"});
    return true;
  }
  const auto limit = input.settings.memory_limit;
  // A limit that follows from --memory is no mistake: what fills the heap is.
  const bool full = limit && as_double(live) >= kAtTheLimit * as_double(*limit);
  if (full && input.settings.memory_limit_automatic && !add_goroutine_hint(input, hints)) {
    add_site_hint(input, hints);
  }
  if (!limit || as_double(live) < kAtTheLimit * as_double(*limit)) {
    return !hints.empty();
  }
  hints.push_back({"memory_limit_below_heap",
                   spent + ": the live heap of about " + format_size(live) +
                       (live > *limit / 4 * 5 ? " is beyond" : " sits at") + " GOMEMLIMIT (" +
                       format_size(*limit) + "), so it never stops collecting; " +
                       (input.settings.memory_limit_automatic ? "raise --memory"
                                                              : "raise or drop --gomemlimit") +
                       ", or keep less alive"});
  return true;
}

// Of the CPU time used: in the program, in the kernel for it, and collecting its garbage.
std::string shares_text(const CpuDiagnosis& cpu) {
  return percent(1 - cpu.system_share) + " user, " + percent(cpu.system_share) + " system" +
         (cpu.gc_share ? ", " + percent(*cpu.gc_share) + " of it garbage collection" : "");
}

// Which limit ended it, by the name the caller knows.
std::string limit_flag(const HintInput& input) {
  switch (input.ending.killed) {
    case sandbox::KillReason::kCpuLimit:
      return "CPU time (--cpu-time)";
    case sandbox::KillReason::kTotalLimit:
      return "time over all stages (--total-timeout)";
    default:
      return "time (--run-timeout)";
  }
}

bool is_full(const HintInput& input) {
  return input.diagnosis.memory && as_double(input.diagnosis.memory->fullest.total_bytes) >=
                                       kNearlyFull * as_double(input.limits.memory_bytes);
}

// A loop around one of the running goroutine's lines that nothing in it ends.
bool add_endless_hint(const HintInput& input, std::vector<Hint>& hints) {
  const GoroutineGroup* const group = computing_group(input.diagnosis);
  if (group == nullptr) return false;
  bool innermost = true;
  for (const Frame& frame : group->frames) {
    if (!frame.user) continue;
    const char* const reason = innermost ? "endless_loop" : "busy";
    innermost = false;
    const Loop* const loop = input.flow.endless_loop_at(frame.file, frame.line);
    if (loop == nullptr) continue;
    const std::string at = place(frame.file, loop->line);
    const std::string why =
        loop->empty && loop->has_condition
            ? " only looks at its condition again and again: wait for it with a channel, a "
              "sync.Cond or a WaitGroup"
        : loop->has_condition ? " has a condition that nothing in it changes: make it advance"
                              : " has no way out: no return, break or condition ends it";
    hints.push_back(Hint{reason, "the program was computing" + running_text(input.diagnosis) +
                                     ", and the loop at " + at + why +
                                     "; no limit is long enough for it"}
                        .at(frame.file, loop->line));
    return true;
  }
  return false;
}

// A loop whose end cannot be told from its text, around the running goroutine's own line.
std::optional<std::string> open_loop(const HintInput& input) {
  const GoroutineGroup* const group = computing_group(input.diagnosis);
  if (group == nullptr || !group->top_user_frame) return std::nullopt;
  const Frame& frame = group->frames[*group->top_user_frame];
  const Loop* const loop = input.flow.open_loop_at(frame.file, frame.line);
  if (loop == nullptr) return std::nullopt;
  return place(frame.file, loop->line);
}

void add_busy_hint(const HintInput& input, std::vector<Hint>& hints) {
  const CpuDiagnosis& cpu = *input.diagnosis.cpu;
  std::string text = "the program was computing" + running_text(input.diagnosis) + ": it used " +
                     percent(cpu.used_share) + " of " + cpus_text(input.limits.cpus) + " CPU (" +
                     shares_text(cpu) + ")";
  if (cpu.throttled_share >= kWorthSaying) {
    text += ", and --cpus held it back for " + percent(cpu.throttled_share) + " of the time";
  } else if (cpu.used_share < kBusy) {
    text += ", as other work on the host took the rest";
  }
  if (is_full(input)) {
    text += "; its memory was at " + format_size(input.diagnosis.memory->fullest.total_bytes) +
            " of " + format_size(input.limits.memory_bytes) +
            ", where the kernel and the collector spend time on making room: try more memory "
            "(--memory) first";
  } else if (const auto open = open_loop(input)) {
    text += "; check that the loop at " + *open +
            " comes to its end: if it does, then with less work, or with a higher limit of " +
            limit_flag(input);
  } else {
    text += "; it needs less work or more " + limit_flag(input);
  }
  hints.push_back(at_running({is_full(input) ? "memory_full" : "busy", text}, input.diagnosis));
}

bool add_throttled_hint(const HintInput& input, std::vector<Hint>& hints) {
  const CpuDiagnosis& cpu = *input.diagnosis.cpu;
  if (cpu.throttled_share < kThrottled) return false;
  const std::string text = "the kernel held the program back for " + percent(cpu.throttled_share) +
                           " of the time, because --cpus " + cpus_text(input.limits.cpus) +
                           " was used up (" + shares_text(cpu) + ")" +
                           running_text(input.diagnosis) +
                           ": raise --cpus before looking for the fault elsewhere";
  hints.push_back(at_running({"throttled", text}, input.diagnosis));
  return true;
}

// What a blocked state waits for, in words.
std::string advice_for(const GoroutineGroup& group) {
  const std::string& state = group.state;
  if (state.find("nil chan") != std::string::npos) {
    return ": the channel is nil, it was never made; a nil channel blocks for ever";
  }
  if (state.starts_with("chan send")) {
    return ": nobody receives; receive, buffer the channel, or select with a done channel";
  }
  if (state.starts_with("chan receive")) {
    return ": nobody sends or closes; close the channel, or select with a done channel";
  }
  if (state.starts_with("select")) return ": none of its cases became ready";
  if (calls(group, "sync.(*WaitGroup).Wait")) {
    return ": fewer calls of Done than Add announced; call Done on every way out (defer wg.Done())";
  }
  if (calls(group, "sync.(*Cond).Wait")) {
    return ": nobody calls Signal or Broadcast any more, or did so before it waited";
  }
  if (calls(group, "Lock")) return ": the lock is not given back";
  if (state.starts_with("sleep")) return " in time.Sleep: it does nothing else; sleep less";
  return {};
}

struct Outside {
  std::string_view function;
  const char* reason;
  const char* text;
};

// What a stack waits for beyond the program itself.
constexpr Outside kOutside[] = {
    {"os/exec.(*Cmd)", "waits_for_child",
     ": it waits for a process it started, or for the other end of its pipe to be closed"},
    {"os.(*Process)", "waits_for_child", ": it waits for a process it started"},
    {".Accept", "waits_for_network",
     ": it waits for connections, and a server ends only when it is told to; there is no network "
     "but the sandbox's own"},
    {"net/http.(*Client)", "waits_for_network",
     ": it waits for an answer over the network; set a timeout, and know that the sandbox reaches "
     "nothing but itself"},
    {"net.(*conn)", "waits_for_network",
     ": it waits for the other end of a connection; set a deadline"},
    {"net.", "waits_for_network", ": it waits for the network; set a deadline"},
    {"os.(*File).Read", "waits_for_input",
     ": it waits for input that does not come (--stdin gives it some)"},
};

const Outside* outside_of(const GoroutineGroup& group) {
  for (const Outside& each : kOutside) {
    if (calls(group, each.function)) return &each;
  }
  return nullptr;
}

// The group the others wait for: one that waits for the world comes before those that wait for it.
const GoroutineGroup* culprit(const HintInput& input) {
  const GoroutineGroup* const largest = largest_user_group(input.diagnosis, 1);
  if (largest == nullptr || largest->count >= 10) return largest;
  // A handler of the program's own server keeps the client waiting, whatever that waits for.
  for (const GoroutineGroup& group : groups_of(input.diagnosis)) {
    const bool handler = group.user_code && calls(group, "net/http.(*conn).serve") &&
                         group.top_user_frame && outside_of(group) == nullptr;
    if (handler && !computes(group)) return &group;
  }
  // A server that waits for the next connection does what servers do.
  const GoroutineGroup* server = nullptr;
  for (const GoroutineGroup& group : groups_of(input.diagnosis)) {
    if (group.system || !group.user_code || outside_of(group) == nullptr) continue;
    if (!calls(group, ".Accept")) return &group;
    if (server == nullptr) server = &group;
  }
  const auto waits_for_others = [](const GoroutineGroup& group) {
    return calls(group, "sync.(*WaitGroup).Wait") || group.state.starts_with("chan receive");
  };
  if (largest != server && !waits_for_others(*largest)) return largest;
  for (const GoroutineGroup& group : groups_of(input.diagnosis)) {
    if (group.system || !group.user_code || &group == server) continue;
    if (!waits_for_others(group)) return &group;
  }
  return server != nullptr ? server : largest;
}

bool add_blocked_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (add_lock_hint(input, hints)) return true;
  const GoroutineGroup* const group = culprit(input);
  if (group == nullptr) return false;
  if (add_ticker_hint(input, *group, hints)) return true;
  const Outside* const outside = outside_of(*group);
  const bool lock = calls(*group, "Lock") || calls(*group, "sync.(*WaitGroup)");
  const bool leak = group->count >= 10 && !lock && outside == nullptr;
  const std::string text = "the program waited (" + percent(input.diagnosis.cpu->used_share) +
                           " CPU): " + describe(*group) +
                           (outside != nullptr ? outside->text : advice_for(*group));
  const char* const reason = outside != nullptr                  ? outside->reason
                             : leak                              ? "goroutine_leak"
                             : group->state.starts_with("sleep") ? "sleeping"
                                                                 : "blocked";
  hints.push_back(Hint{reason, text}.at(user_place(*group)));
  if (input.diagnosis.goroutines->truncated) {
    hints.push_back({"dump_cut", "Go had not printed all of its goroutines when --grace (" +
                                     format_duration(input.limits.grace) +
                                     ") was over: there are more; a longer one counts them all"});
  }
  return true;
}

void add_undumped_hint(const HintInput& input, std::vector<Hint>& hints) {
  hints.push_back({"waiting", "the program used " + percent(input.diagnosis.cpu->used_share) +
                                  " of its CPU time and printed no goroutines at SIGQUIT (" +
                                  (input.limits.grace.count() == 0 ? "--grace is 0"
                                                                   : "not a Go program, or it "
                                                                     "handles the signal") +
                                  ")"});
}

}  // namespace

void add_time_hints(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.cpu) return;
  const bool cpu_limit = input.ending.killed == sandbox::KillReason::kCpuLimit;
  if (add_clock_hint(input, hints)) return;
  if (add_collector_hint(input, hints)) return;
  if (add_endless_hint(input, hints)) return;
  if (add_throttled_hint(input, hints)) return;
  if (cpu_limit || was_busy(input)) {
    add_busy_hint(input, hints);
  } else if (!add_blocked_hint(input, hints)) {
    add_undumped_hint(input, hints);
  }
}

}  // namespace gobox::runner
