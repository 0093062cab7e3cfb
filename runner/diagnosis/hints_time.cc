#include <algorithm>

#include "runner/diagnosis/hints.h"

namespace gobox::runner {
namespace {

constexpr double kThrottled = 0.3;       // of the wall time
constexpr double kBusy = 0.6;            // of the CPU time that --cpus allowed
constexpr double kMuchCollecting = 0.2;  // of the CPU time
constexpr double kAtTheLimit = 0.75;     // of GOMEMLIMIT: the heap

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
         (group.state.starts_with("running") || group.state.starts_with("runnable"));
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
  if (limit && input.settings.memory_limit_automatic) add_site_hint(input, hints);
  if (!limit || as_double(live) < kAtTheLimit * as_double(*limit)) {
    return !hints.empty();
  }
  hints.push_back({"memory_limit_below_heap",
                   spent + ": the live heap of about " + format_size(live) +
                       " sits at GOMEMLIMIT (" + format_size(*limit) +
                       "), so it never stops collecting; " +
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

void add_busy_hint(const HintInput& input, std::vector<Hint>& hints) {
  const CpuDiagnosis& cpu = *input.diagnosis.cpu;
  std::string text = "the program was computing" + running_text(input.diagnosis) + ": it used " +
                     percent(cpu.used_share) + " of " + cpus_text(input.limits.cpus) + " CPU (" +
                     shares_text(cpu) + "), and --cpus held it back for " +
                     percent(cpu.throttled_share) + " of the time";
  const bool cpu_limit = input.ending.killed == sandbox::KillReason::kCpuLimit;
  hints.push_back({"busy", text + "; it needs less work or more " +
                               (cpu_limit ? "CPU time (--cpu-time)" : "time (--run-timeout)")});
}

bool add_throttled_hint(const HintInput& input, std::vector<Hint>& hints) {
  const CpuDiagnosis& cpu = *input.diagnosis.cpu;
  if (cpu.throttled_share < kThrottled) return false;
  hints.push_back({"throttled", "the kernel held the program back for " +
                                    percent(cpu.throttled_share) + " of the time, because --cpus " +
                                    cpus_text(input.limits.cpus) + " was used up (" +
                                    shares_text(cpu) + ")" + running_text(input.diagnosis) +
                                    ": raise --cpus before looking for the fault elsewhere"});
  return true;
}

// What a blocked state waits for, in words.
std::string advice_for(const std::string& state) {
  if (state.starts_with("chan send")) {
    return ": nobody receives; receive, buffer the channel, or select with a done channel";
  }
  if (state.starts_with("chan receive")) {
    return ": nobody sends or closes; close the channel, or select with a done channel";
  }
  if (state.starts_with("select")) return ": none of its cases became ready";
  if (state.starts_with("sync") || state.starts_with("semacquire")) {
    return ": a lock or WaitGroup that is never released";
  }
  if (state.starts_with("sleep")) return " in time.Sleep";
  if (state.starts_with("IO wait")) return ": it waits for the network or a pipe";
  if (state.starts_with("syscall")) return ": it waits in a system call, perhaps for input";
  return {};
}

bool add_blocked_hint(const HintInput& input, std::vector<Hint>& hints) {
  const GoroutineGroup* const group = largest_user_group(input.diagnosis, 1);
  if (group == nullptr) return false;
  if (add_ticker_hint(input, *group, hints)) return true;
  const bool lock = group->state.starts_with("sync") || group->state.starts_with("semacquire");
  const bool leak = group->count >= 10 && !lock;
  hints.push_back({leak ? "goroutine_leak" : "blocked",
                   "the program waited (" + percent(input.diagnosis.cpu->used_share) +
                       " CPU): " + describe(*group) + advice_for(group->state)});
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
  if (add_throttled_hint(input, hints)) return;
  if (add_collector_hint(input, hints)) return;
  if (cpu_limit || was_busy(input)) {
    add_busy_hint(input, hints);
  } else if (!add_blocked_hint(input, hints)) {
    add_undumped_hint(input, hints);
  }
}

}  // namespace gobox::runner
