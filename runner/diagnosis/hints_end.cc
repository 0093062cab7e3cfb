// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "runner/diagnosis/hints.h"
#include "runner/diagnosis/value_flow.h"
#include "runner/golang/probe_source.h"

namespace gobox::runner {
namespace {

using Kind = RuntimeMessageKind;

constexpr double kMuch = 0.5;
constexpr double kNearlyFull = 0.8;

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

std::string at(const RuntimeMessage& message) {
  return message.at ? " at " + place(*message.at) : std::string();
}

// The largest group, in the user's code, of those in a system call.
const GoroutineGroup* group_in_state(const Diagnosis& diagnosis, std::string_view state) {
  for (const GoroutineGroup& group : groups_of(diagnosis)) {
    if (!group.system && group.user_code && group.state.starts_with(state)) return &group;
  }
  return nullptr;
}

Hint at_place(Hint hint, const RuntimeMessage& message) {
  return message.at ? std::move(hint).at(*message.at) : hint;
}

bool waits_in(const GoroutineGroup& group, std::string_view function) {
  return std::any_of(group.frames.begin(), group.frames.end(), [&](const Frame& frame) {
    return !frame.user && frame.function.starts_with(function);
  });
}

// What is missing, where one kind of wait says it.
std::string deadlock_advice(const HintInput& input) {
  const auto& groups = groups_of(input.diagnosis);
  const auto any = [&](auto&& test) {
    return std::any_of(groups.begin(), groups.end(),
                       [&](const GoroutineGroup& group) { return !group.system && test(group); });
  };
  const auto in_state = [&](std::string_view state) {
    return any([&](const GoroutineGroup& group) { return group.state.starts_with(state); });
  };
  if (any([](const GoroutineGroup& group) {
        return group.state.find("nil chan") != std::string::npos;
      })) {
    return "; the channel is nil, it was never made with make";
  }
  if (any([](const GoroutineGroup& group) { return waits_in(group, "sync.(*Cond).Wait"); })) {
    return "; nobody is left to call Signal or Broadcast";
  }
  if (in_state("chan send")) return "; nobody is left to receive";
  if (in_state("chan receive")) {
    return "; nobody is left to send, or to close the channel that is received from";
  }
  if (any([](const GoroutineGroup& group) { return waits_in(group, "sync.(*WaitGroup).Wait"); })) {
    return "; Add announced more than the calls of Done that came: call Done on every way out "
           "(defer wg.Done())";
  }
  return {};
}

Hint deadlock_hint(const HintInput& input, const RuntimeMessage& message) {
  std::vector<Hint> clock;
  if (add_clock_hint(input, clock)) return clock.front();
  constexpr int kNamed = 3;
  int named = 0;
  std::string text;
  const GoroutineGroup* const first = largest_user_group(input.diagnosis, 1);
  for (const GoroutineGroup& group : groups_of(input.diagnosis)) {
    if (group.system || named == kNamed) break;
    text += (named++ > 0 ? "; " : "") + describe(group);
  }
  std::vector<Hint> locks;
  if (add_lock_hint(input, locks)) {
    locks.front().text = "deadlock: " + locks.front().text;
    return locks.front();
  }
  Hint hint{"deadlock", "deadlock: every goroutine waits for another, and none can go on: " +
                            (named > 0 ? text : message.line) + deadlock_advice(input)};
  return first == nullptr ? hint : std::move(hint).at(user_place(*first));
}

Hint overflow_hint(const HintInput& input, const RuntimeMessage& message) {
  const std::uint64_t limit = message.amount.value_or(stack_limit_for(input.limits.memory_bytes));
  const bool ours = limit == stack_limit_for(input.limits.memory_bytes) && limit < kGoMaxStack;
  return {"stack_overflow",
          "endless or too deep recursion" + at(message) + ": a goroutine's stack passed " +
              format_size(limit) +
              (ours ? ", the limit that the sandbox set because a larger one could not be grown "
                      "under --memory (Go's own is 1 GB)"
                    : ", Go's own limit") +
              "; check the condition that ends it, or use a loop"};
}

Hint threads_hint(const HintInput& input) {
  const GoroutineGroup* group = group_in_state(input.diagnosis, "syscall");
  std::string text = "the program needs more threads or processes than --pids " +
                     std::to_string(input.limits.pids) + " allows";
  const auto& message = input.diagnosis.message;
  if (message && message->kind == Kind::kForkRefused) {
    return {"processes", text + at(*message) +
                             ": a process could not be started; wait for the ones that run "
                             "(Cmd.Wait) before more are started, or raise --pids"};
  }
  if (group != nullptr) {
    text += ": " + describe(*group) + "; a goroutine in a blocking system call holds a thread";
  } else {
    text += "; a goroutine in a blocking system call holds a thread";
  }
  Hint hint{"threads",
            text + "; do fewer of them at a time (a semaphore channel), or raise --pids"};
  return group == nullptr ? hint : std::move(hint).at(user_place(*group));
}

std::string panic_advice(const RuntimeMessage& message) {
  if (message.line.find("assignment to entry in nil map") == std::string::npos) return {};
  return ": a nil map can be read but not written; make it first";
}

std::optional<Hint> message_hint(const HintInput& input, const RuntimeMessage& message) {
  const std::string reason(name(message.kind));
  switch (message.kind) {
    case Kind::kDeadlock:
      return deadlock_hint(input, message);
    case Kind::kStackOverflow:
      return overflow_hint(input, message);
    case Kind::kThreadRefused:
    case Kind::kThreadLimit:
    case Kind::kForkRefused:
      return threads_hint(input);
    case Kind::kConcurrentMap:
      return Hint{reason, "a map is used by several goroutines at once" + at(message) +
                              ": guard it with a mutex or use sync.Map; --race shows both places"};
    case Kind::kOutOfMemory:
      return Hint{reason, "Go itself gave up: the kernel refused it memory" + at(message) +
                              "; one allocation was larger than could ever fit"};
    case Kind::kCannotAllocate:
      return Hint{reason, "a system call found no memory" + at(message) + ": " + message.line};
    case Kind::kMakeSlice:
      return Hint{reason, "a size that no memory could hold was asked for" + at(message) + ": " +
                              message.line};
    case Kind::kNilDereference:
      return Hint{reason, "a nil pointer was used" + at(message)};
    case Kind::kIndexOutOfRange:
    case Kind::kSignal:
    case Kind::kFatalError:
    case Kind::kPanic:
      return Hint{reason, message.line + at(message) + panic_advice(message)};
    case Kind::kDataRace:
      break;
  }
  return std::nullopt;
}

std::string side(const RaceAccess& access) {
  const auto user = first_user_frame(access.frames);
  const std::string where =
      access.frames.empty() ? "an unknown place" : place(access.frames[user.value_or(0)]);
  return std::string(name(access.kind)) + " at " + where;
}

void add_race_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (input.diagnosis.races.empty()) return;
  const Race& race = input.diagnosis.races.front();
  std::string text = "data race: " + (race.accesses.empty() ? "" : side(race.accesses[0]));
  if (race.accesses.size() > 1) text += " and " + side(race.accesses[1]);
  const std::size_t more = input.diagnosis.races.size() - 1;
  if (more > 0) text += ", and " + std::to_string(more) + " more";
  Hint hint{"data_race", text + ": guard both with one mutex, or hand the data over a channel"};
  const auto user =
      race.accesses.empty() ? std::nullopt : first_user_frame(race.accesses[0].frames);
  hints.push_back(user ? std::move(hint).at(race.accesses[0].frames[*user]) : std::move(hint));
}

// What was forbidden or too much stands in the message; what to change stands here.
void add_limit_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (input.outcome == Outcome::kOutputLimit) {
    hints.push_back(
        {"output", "print less, or raise --output (" + format_size(input.limits.output_bytes) +
                       " for each of stdout and stderr); what was printed before is kept"});
  }
  if (input.outcome == Outcome::kPolicyViolation) {
    hints.push_back({"policy",
                     "the policy ends a program at its first forbidden system call; "
                     "--explain lists every one it would make, and `sandbox-run policy "
                     "show NAME` what is allowed"});
  }
}

void add_disk_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (input.ending.text(true).find("no space left on device") == std::string::npos &&
      input.ending.text(false).find("no space left on device") == std::string::npos) {
    return;
  }
  hints.push_back(
      {"tmpfs", "a write failed for lack of space: /work, /tmp and /dev/shm together hold " +
                    format_size(input.limits.disk_bytes) +
                    " (--disk), and count as memory; delete files when done"});
}

bool fullest_is_cache(const HintInput& input) {
  if (!input.diagnosis.memory) return false;
  const sandbox::MemorySample& memory = input.diagnosis.memory->fullest;
  return as_double(memory.file_bytes) > kMuch * as_double(memory.total_bytes) &&
         as_double(memory.total_bytes) > kMuch * as_double(input.limits.memory_bytes);
}

void add_cache_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!fullest_is_cache(input)) return;
  const sandbox::MemorySample& memory = input.diagnosis.memory->fullest;
  hints.push_back({"page_cache",
                   format_size(memory.file_bytes) +
                       " of the peak was page cache of files that were "
                       "read: the kernel drops it when memory is needed, so it is no shortage; the "
                       "program's own memory was " +
                       format_size(memory.anonymous_bytes)});
}

void add_gc_off_note(const HintInput& input, std::vector<Hint>& hints) {
  const bool off = input.settings.gc_off || input.facts.count(SourceMark::Kind::kGcOff) > 0;
  const double peak = as_double(input.ending.usage.memory_peak_bytes);
  if (!off || peak < kMuch * as_double(input.limits.memory_bytes)) return;
  hints.push_back({"gc_off", "the garbage collector was off (GOGC=off), so memory grew to " +
                                 format_size(input.ending.usage.memory_peak_bytes) +
                                 " whatever the program needed: the peak tells nothing"});
}

void add_death_spiral_note(const HintInput& input, std::vector<Hint>& hints) {
  const auto gc = input.diagnosis.cpu ? input.diagnosis.cpu->gc_share : std::nullopt;
  const auto limit = input.settings.memory_limit;
  if (!gc || *gc < 0.25 || !limit || !input.diagnosis.heap) return;
  const HeapReport& heap = *input.diagnosis.heap;
  if (heap.collections < 20 || as_double(heap.heap_bytes) < 0.75 * as_double(*limit)) return;
  hints.push_back(
      {"memory_limit_below_heap", "the garbage collector ran " + std::to_string(heap.collections) +
                                      " times and took " + percent(*gc) +
                                      " of the CPU time: the live heap of about " +
                                      format_size(heap.heap_bytes) + " sits at GOMEMLIMIT (" +
                                      format_size(*limit) + "); raise it or keep less alive"});
}

void add_exit_goroutines(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.goroutines_wanted) return;
  if (!input.goroutines_refused.empty()) {
    hints.push_back({"goroutines_unknown", "--goroutines: " + input.goroutines_refused});
    return;
  }
  if (!input.diagnosis.goroutines_at_exit) {
    if (input.outcome == Outcome::kOk) {
      hints.push_back({"goroutines_unknown",
                       "--goroutines: main did not return (os.Exit?), so nothing was counted"});
    }
    return;
  }
  const GoroutineGroup* const group = largest_user_group(input.diagnosis, 1);
  const std::uint64_t total = input.diagnosis.goroutines->total;
  if (total == 0) return;
  if (group != nullptr && add_ticker_hint(input, *group, hints)) return;
  Hint hint{"goroutines_alive", goroutines_text(total) + (total == 1 ? " was" : " were") +
                                    " still alive when main returned" +
                                    (group != nullptr ? ": " + describe(*group) : std::string())};
  hints.push_back(group != nullptr ? std::move(hint).at(user_place(*group)) : std::move(hint));
}

std::optional<std::pair<std::string, int>> line_with(const HintInput& input,
                                                     std::string_view function) {
  for (const SourceFacts::File& file : input.facts.files) {
    const SourceStatements* const in = input.flow.file(file.path);
    if (in == nullptr) continue;
    for (const SourceFunction& each : in->functions) {
      for (const Statement& statement : each.statements) {
        if (statement.calls(function)) return std::pair(file.path, statement.line);
      }
    }
  }
  return std::nullopt;
}

Hint leaked_hint(const HintInput& input) {
  const std::string first =
      "; the first left was: " +
      (input.ending.leaked.empty() ? std::string("unknown") : input.ending.leaked.front().command);
  const auto exits = line_with(input, "Exit");
  if (line_with(input, "CommandContext") && exits) {
    return Hint{"leaked_processes",
                "os.Exit at " + place(exits->first, exits->second) +
                    " runs no deferred call, so the context of the command was not cancelled and "
                    "its process went on: cancel and wait before os.Exit" +
                    first}
        .at(exits->first, exits->second);
  }
  const auto starts = line_with(input, "Start");
  if (!starts && line_with(input, "Command")) {
    const auto command = line_with(input, "Command");
    return Hint{"leaked_processes",
                "a command that was waited for left a process of its own behind, as a shell does "
                "with & (started at " +
                    place(command->first, command->second) +
                    "): let the shell wait for it, or do not put it into the background" + first}
        .at(command->first, command->second);
  }
  Hint hint{"leaked_processes",
            "wait for every process that is started (Cmd.Wait), and end them with the program "
            "(exec.CommandContext)" +
                first};
  return starts ? std::move(hint).at(starts->first, starts->second) : hint;
}

void add_leak_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (input.outcome != Outcome::kLeakedProcesses) return;
  hints.push_back(leaked_hint(input));
}

}  // namespace

void add_end_hints(const HintInput& input, std::vector<Hint>& hints) {
  const bool ended_by_us = input.outcome == Outcome::kTimeout || input.outcome == Outcome::kOom ||
                           input.outcome == Outcome::kCanceled ||
                           input.outcome == Outcome::kOutputLimit;
  const bool failed = input.outcome == Outcome::kExited || input.outcome == Outcome::kSignaled ||
                      input.outcome == Outcome::kPidsLimit ||
                      input.outcome == Outcome::kRaceDetected;
  add_race_hint(input, hints);
  add_limit_hint(input, hints);
  if (failed && input.diagnosis.message) {
    const RuntimeMessage& message = *input.diagnosis.message;
    auto hint = message_hint(input, message);
    if (hint) hints.push_back(hint->file.empty() ? at_place(*std::move(hint), message) : *hint);
  } else if (input.outcome == Outcome::kPidsLimit) {
    hints.push_back(threads_hint(input));
  }
  if (failed) add_disk_hint(input, hints);
  if (!ended_by_us) {
    add_leak_hint(input, hints);
    add_exit_goroutines(input, hints);
    add_death_spiral_note(input, hints);
    add_gc_off_note(input, hints);
    add_cache_hint(input, hints);
  }
}

}  // namespace gobox::runner
