// SPDX-License-Identifier: Apache-2.0

// Who holds what others wait for: read from the stacks of a dump and the lines of Lock and Unlock
// around them (declared in hints.h). A stack whose line lies between a Lock and its Unlock holds
// that lock; locks are told apart by the last part of their names, and by the receiver.

#include <algorithm>

#include "runner/diagnosis/hints.h"
#include "runner/diagnosis/value_flow.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxGroupsLookedAt = 64;

// A lock as it is written at a line.
struct Lock {
  std::string name;  // "s.mu"
  std::string file;
  int line = 0;  // of the Lock
};

struct Waiter {
  const GoroutineGroup* group = nullptr;
  std::optional<Lock> wants;
  std::vector<Lock> holds;            // innermost frame's last
  std::vector<std::size_t> in_frame;  // of each: index among the group's frames
};

bool locks(const Statement& statement) {
  return statement.calls("Lock") || statement.calls("RLock");
}

bool unlocks(const Statement& statement) {
  return statement.calls("Unlock") || statement.calls("RUnlock");
}

// "s.mu" of "s.mu.Lock()".
std::string lock_of(const Statement& statement, std::string_view shared, std::string_view sole) {
  for (const std::string& use : statement.uses) {
    const std::string_view called = last_part(use);
    if (!use.ends_with("()") || (called != shared && called != sole)) continue;
    const std::size_t dot = use.rfind('.');
    if (dot != std::string::npos) return use.substr(0, dot);
  }
  return {};
}

std::string locked_by(const Statement& statement) {
  return lock_of(statement, "RLock", "Lock");
}

std::string unlocked_by(const Statement& statement) {
  return lock_of(statement, "RUnlock", "Unlock");
}

// Locks taken in the function before the line and not given back by it.
std::vector<Lock> held_at(const SourceFunction& function, const Frame& frame) {
  std::vector<Lock> held;
  // A closure may run in another goroutine than the function it is written in.
  const bool closure = frame.function.find(".func") != std::string::npos;
  for (const Statement& each : function.statements) {
    if (each.line >= frame.line) break;
    if (each.in_closure != closure) continue;
    if (each.kind == Statement::Kind::kDefer) continue;
    if (locks(each)) held.push_back({locked_by(each), frame.file, each.line});
    if (!unlocks(each)) continue;
    const std::string name = unlocked_by(each);
    std::erase_if(held, [&](const Lock& lock) { return lock.name == name; });
  }
  return held;
}

std::optional<Lock> wanted_at(const SourceFunction& function, const std::string& file, int line) {
  for (const Statement& each : function.statements) {
    if (line >= each.line && line <= each.last_line && locks(each)) {
      return Lock{locked_by(each), file, each.line};
    }
  }
  return std::nullopt;
}

bool waits_for_lock(const GoroutineGroup& group) {
  if (group.state.starts_with("sync.Mutex") || group.state.starts_with("sync.RWMutex")) return true;
  return group.state.starts_with("semacquire") &&
         std::any_of(group.frames.begin(), group.frames.end(), [](const Frame& frame) {
           return frame.function.starts_with("sync.(*Mutex)") ||
                  frame.function.starts_with("sync.(*RWMutex)");
         });
}

Waiter waiter_of(const HintInput& input, const GoroutineGroup& group) {
  Waiter waiter;
  waiter.group = &group;
  for (std::size_t i = group.frames.size(); i-- > 0;) {
    const Frame& frame = group.frames[i];
    if (!frame.user) continue;
    const SourceFunction* const function = input.flow.function_at(frame.file, frame.line);
    if (function == nullptr) continue;
    for (Lock& lock : held_at(*function, frame)) {
      waiter.holds.push_back(std::move(lock));
      waiter.in_frame.push_back(i);
    }
  }
  if (!waits_for_lock(group) || !group.top_user_frame) return waiter;
  const Frame& top = group.frames[*group.top_user_frame];
  const SourceFunction* const function = input.flow.function_at(top.file, top.line);
  if (function != nullptr) waiter.wants = wanted_at(*function, top.file, top.line);
  return waiter;
}

bool is_kin(const Lock& a, const Lock& b) {
  return last_part(a.name) == last_part(b.name);
}

std::string text_of(const Lock& lock) {
  return lock.name + " (locked at " + place(lock.file, lock.line) + ")";
}

const SourceFunction* function_of(const HintInput& input, const Lock& lock) {
  return input.flow.function_at(lock.file, lock.line);
}

// A receiver or parameter that holds the lock and is no pointer: each call locks a copy.
bool add_copy_hint(const HintInput& input, const Waiter& waiter, std::vector<Hint>& hints) {
  const SourceFunction* const function = function_of(input, *waiter.wants);
  const SourceStatements* const in = input.flow.file(waiter.wants->file);
  if (function == nullptr || in == nullptr) return false;
  const bool receiver = function->receiver_is_copy && !function->receiver.empty() &&
                        in->with_lock.count(function->receiver_type) != 0 &&
                        first_part(waiter.wants->name) == function->receiver;
  const auto& copies = function->copied_locks;
  const bool parameter =
      std::find(copies.begin(), copies.end(), waiter.wants->name) != copies.end();
  if (!receiver && !parameter) return false;
  hints.push_back(Hint{
      "copied_lock",
      describe(*waiter.group) + ": " + function->name + " gets " +
          (receiver ? function->receiver + " " + function->receiver_type : waiter.wants->name) +
          " by value, so it locks a copy, made while the lock was held; take a pointer (go vet "
          "finds these)"}
                      .at(waiter.wants->file, function->first_line));
  return true;
}

// The same goroutine holds it already, further out.
bool add_twice_hint(const HintInput& input, const Waiter& waiter, std::vector<Hint>& hints) {
  const SourceFunction* const inner = function_of(input, *waiter.wants);
  for (std::size_t i = 0; i < waiter.holds.size(); ++i) {
    const Lock& held = waiter.holds[i];
    const SourceFunction* const outer = function_of(input, held);
    if (outer == nullptr || inner == nullptr) continue;
    const bool same_function = outer == inner;
    const bool same =
        same_function ? held.name == waiter.wants->name
                      : is_kin(held, *waiter.wants) && outer->receiver_type == inner->receiver_type;
    if (!same) continue;
    const Frame& calls = waiter.group->frames[waiter.in_frame[i]];
    hints.push_back(
        Hint{"lock_twice",
             describe(*waiter.group) + ": it waits for " + waiter.wants->name + " while it holds " +
                 text_of(held) +
                 (same_function
                      ? std::string()
                      : ", and called " + inner->name + " at " + place(calls.file, calls.line)) +
                 ": Go's locks cannot be taken twice; unlock before the call, or split off a "
                 "version that expects the lock to be held"}
            .at(calls));
    return true;
  }
  return false;
}

// Two that each hold what the other waits for.
bool add_order_hint(const std::vector<Waiter>& waiters, std::vector<Hint>& hints) {
  for (const Waiter& a : waiters) {
    if (!a.wants || a.holds.empty()) continue;
    for (const Waiter& b : waiters) {
      if (!b.wants || b.holds.empty() || (&a == &b && a.group->count < 2)) continue;
      const auto holder_for = [](const Waiter& holder, const Lock& wanted) {
        const auto found = std::find_if(holder.holds.begin(), holder.holds.end(),
                                        [&](const Lock& lock) { return is_kin(lock, wanted); });
        return found == holder.holds.end() ? nullptr : &*found;
      };
      const Lock* const by_b = holder_for(b, *a.wants);
      const Lock* const by_a = holder_for(a, *b.wants);
      if (by_b == nullptr || by_a == nullptr) continue;
      hints.push_back(Hint{
          "lock_order",
          "two goroutines hold what the other waits for: one holds " + text_of(*by_a) +
              " and waits for " + a.wants->name + " at " + place(a.wants->file, a.wants->line) +
              ", the other holds " + text_of(*by_b) + " and waits for " + b.wants->name + " at " +
              place(b.wants->file, b.wants->line) + ": take the locks in the same order everywhere"}
                          .at(a.wants->file, a.wants->line));
      return true;
    }
  }
  return false;
}

std::string does(const GoroutineGroup& group) {
  const std::string text = describe(group);
  constexpr std::string_view kOne = "1 goroutine ";
  return text.starts_with(kOne) ? text.substr(kOne.size()) : text;
}

// Another holds it and is itself somewhere else.
bool add_holder_hint(const HintInput& input, const Waiter& waiter, const std::vector<Waiter>& all,
                     std::vector<Hint>& hints) {
  for (const Waiter& other : all) {
    if (other.group == waiter.group || other.wants) continue;
    for (const Lock& held : other.holds) {
      if (!is_kin(held, *waiter.wants)) continue;
      const bool runs = other.group->state.starts_with("run");
      if (runs && input.outcome == Outcome::kTimeout) continue;  // contention, no fault of the lock
      const Frame& where = user_place(*other.group);
      hints.push_back(Hint{"lock_held", describe(*waiter.group) + ": " + held.name +
                                            " is held since " + place(held.file, held.line) +
                                            " by a goroutine that is " + does(*other.group) +
                                            ": do not wait for anything else while a lock is held"}
                          .at(where));
      return true;
    }
  }
  return false;
}

// Nobody holds it any more: a function returned with it.
bool add_forgotten_hint(const HintInput& input, const Waiter& waiter, std::vector<Hint>& hints) {
  const SourceStatements* const in = input.flow.file(waiter.wants->file);
  if (in == nullptr) return false;
  for (const SourceFunction& function : in->functions) {
    const Statement* lock = nullptr;
    for (const Statement& each : function.statements) {
      if (each.in_closure) continue;
      if (unlocks(each)) {
        // Given back here, or by a defer that holds for all that follows.
        if (lock != nullptr && unlocked_by(each) == locked_by(*lock)) lock = nullptr;
      } else if (locks(each) && each.kind != Statement::Kind::kDefer) {
        if (last_part(locked_by(each)) == last_part(waiter.wants->name)) lock = &each;
      } else if (each.kind == Statement::Kind::kReturn && lock != nullptr) {
        hints.push_back(
            Hint{"lock_held", describe(*waiter.group) + ": " + function.name + " returns at " +
                                  place(waiter.wants->file, each.line) + " without unlocking " +
                                  locked_by(*lock) + ", locked at " +
                                  place(waiter.wants->file, lock->line) + ": put a defer " +
                                  locked_by(*lock) + ".Unlock() behind the Lock"}
                .at(waiter.wants->file, each.line));
        return true;
      }
    }
  }
  return false;
}

}  // namespace

bool add_lock_hint(const HintInput& input, std::vector<Hint>& hints) {
  std::vector<Waiter> waiters;
  for (const GoroutineGroup& group : groups_of(input.diagnosis)) {
    if (group.system || waiters.size() >= kMaxGroupsLookedAt) break;
    waiters.push_back(waiter_of(input, group));
  }
  if (add_order_hint(waiters, hints)) return true;
  for (const Waiter& waiter : waiters) {
    if (!waiter.wants) continue;
    if (add_twice_hint(input, waiter, hints) || add_copy_hint(input, waiter, hints) ||
        add_holder_hint(input, waiter, waiters, hints)) {
      return true;
    }
  }
  for (const Waiter& waiter : waiters) {
    if (waiter.wants && add_forgotten_hint(input, waiter, hints)) return true;
  }
  return false;
}

}  // namespace gobox::runner
