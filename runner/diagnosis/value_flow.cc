// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/value_flow.h"

#include <algorithm>

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxSteps = 200;
constexpr int kLinesBefore = 3;

// Surest first; of equals the first found.
constexpr int kElementRank = 100;  // stored in a map, a list, a channel, a field's or global slice
constexpr int kDeferRank = 90;
constexpr int kLocalRank = 60;  // a container of a function's own
constexpr int kGoRank = 50;
constexpr int kFieldRank = 20;

bool is_link(std::string_view name) {
  for (const std::string_view link : {"next", "prev", "left", "right", "Next", "Prev", "Left",
                                      "Right", "children", "parent", "Parent", "tail", "head"}) {
    if (name == link) return true;
  }
  return false;
}

// "body[:]" and "body[]" use "body"; "b.String()" uses "b".
bool uses_name(const Statement& statement, const std::string& name, bool* sliced) {
  for (const std::string& use : statement.uses) {
    const std::string_view plain = bare(use);
    const bool same =
        plain == name || first_part(use) == name ||
        (plain.size() > name.size() && plain.starts_with(name) && plain[name.size()] == '.');
    if (!same) continue;
    if (sliced != nullptr && use.ends_with("[:]")) *sliced = true;
    return true;
  }
  return false;
}

}  // namespace

ValueFlow::ValueFlow(const Workspace* workspace, const CpuBudget& budget) : budget_(budget) {
  if (workspace == nullptr) return;
  for (const SourceFile& each : workspace->files) {
    if (each.path.ends_with(".go") && !each.path.starts_with("vendor/")) {
      sources_.emplace(each.path, &each);
    }
  }
}

const SourceStatements* ValueFlow::file(std::string_view path) {
  const auto known = files_.find(path);
  if (known != files_.end()) return &known->second;
  const auto found = sources_.find(path);
  if (found == sources_.end()) return nullptr;
  const std::string_view bytes = found->second->bytes.view();
  if (bytes.size() > kMaxSourceBytes - read_ || budget_.is_spent()) return nullptr;
  read_ += bytes.size();
  return &files_.emplace(std::string(path), read_statements(bytes)).first->second;
}

const SourceFunction* ValueFlow::function_at(std::string_view path, int line) {
  const SourceStatements* const in = file(path);
  if (in == nullptr) return nullptr;
  for (const SourceFunction& each : in->functions) {
    if (line >= each.first_line && line <= each.last_line) return &each;
  }
  return nullptr;
}

// In the same file, else in another of the same directory.
const SourceFunction* ValueFlow::function_named(std::string_view path, std::string_view name,
                                                std::string& found_in) {
  const auto within = [&](std::string_view candidate) -> const SourceFunction* {
    const SourceStatements* const in = file(candidate);
    if (in == nullptr) return nullptr;
    for (const SourceFunction& each : in->functions) {
      if (each.name == name) return &each;
    }
    return nullptr;
  };
  found_in = path;
  if (const SourceFunction* const found = within(path)) return found;
  constexpr std::size_t kMaxFiles = 50;
  std::size_t looked = 0;
  for (const auto& [each, ignored] : sources_) {
    if (each == path) continue;
    if (++looked > kMaxFiles || budget_.is_spent()) break;
    found_in = each;
    if (const SourceFunction* const found = within(each)) return found;
  }
  return nullptr;
}

bool ValueFlow::is_typed(std::string_view name, std::string_view type, std::string_view path) {
  const std::string_view last = last_part(name);
  const auto has = [&](const SourceStatements& in) {
    const auto found = in.types.find(last);
    return found != in.types.end() && found->second.count(std::string(type)) != 0;
  };
  const SourceStatements* const own = file(path);
  if (own != nullptr && own->types.find(last) != own->types.end()) return has(*own);
  return std::any_of(files_.begin(), files_.end(),
                     [&](const auto& entry) { return has(entry.second); });
}

std::optional<Holder> ValueFlow::holder_of(const std::vector<Frame>& frames) {
  best_.reset();
  visited_.clear();
  frames_.clear();
  for (const Frame& frame : frames) {
    if (frame.user) frames_.push_back(frame);
  }
  if (frames_.empty()) return std::nullopt;
  const Frame& first = frames_.front();
  from_line({first.file, function_at(first.file, first.line), first.line, 0});
  if (!best_) return std::nullopt;
  return best_->holder;
}

bool ValueFlow::enter(const std::string& key) {
  if (visited_.size() >= kMaxSteps ||
      std::find(visited_.begin(), visited_.end(), key) != visited_.end()) {
    return false;
  }
  visited_.push_back(key);
  return true;
}

void ValueFlow::from_line(const Place& place) {
  if (place.function == nullptr ||
      !enter(place.path + ":" + std::to_string(place.line) + "#" + std::to_string(place.frame))) {
    return;
  }
  // The innermost statement that covers the line: it begins last.
  const Statement* at = nullptr;
  for (const Statement& each : place.function->statements) {
    if (place.line < each.line || place.line > each.last_line) continue;
    if (at == nullptr || each.line >= at->line) at = &each;
  }
  for (const Statement& each : place.function->statements) {
    if (at == nullptr || each.line != at->line) continue;
    from_statement(place, each, false, {});
  }
}

void ValueFlow::from_variable(const Place& place, const std::string& name, bool sliced) {
  if (name.empty() || name == "_" || name == "err") return;
  if (!enter(place.path + ":" + place.function->name + "/" + name + (sliced ? "[:]" : ""))) return;
  for (const Statement& each : place.function->statements) {
    bool cut = sliced;
    if (uses_name(each, name, &cut)) from_statement(place, each, cut, name);
  }
}

void ValueFlow::from_statement(const Place& place, const Statement& statement, bool sliced,
                               const std::string& value) {
  using Kind = Statement::Kind;
  switch (statement.kind) {
    case Kind::kAssign:
      from_calls(place, statement, sliced, value);
      from_assignment(place, statement, sliced);
      break;
    case Kind::kSend:
      if (!statement.targets.empty()) {
        offer(kElementRank, place, statement, Holder::Kind::kChannel, statement.targets[0], sliced);
      }
      break;
    case Kind::kReturn:
      from_calls(place, statement, sliced, value);
      from_return(place);
      break;
    case Kind::kDefer:
      if (statement.in_loop) {
        offer(kDeferRank, place, statement, Holder::Kind::kDefer, "defer", sliced);
      }
      break;
    case Kind::kGo:
      offer(kGoRank, place, statement, Holder::Kind::kGoroutine, "go", sliced);
      from_calls(place, statement, sliced, value);
      break;
    case Kind::kCall:
      from_calls(place, statement, sliced, value);
      break;
    case Kind::kReceive:
    case Kind::kHeader:
      break;
  }
}

void ValueFlow::from_assignment(const Place& place, const Statement& statement, bool sliced) {
  const bool appends = statement.calls("append");
  for (const std::string& target : statement.targets) {
    const std::string name(bare(target));
    const bool local = place.function->is_local(target) && name.find('.') == std::string::npos;
    const int rank = local ? kLocalRank : kElementRank;
    if (target.ends_with("[]")) {
      const bool map = is_typed(name, "map", place.path);
      const bool slice = is_typed(name, "slice", place.path);
      if (map || !slice) {
        offer(rank, place, statement, Holder::Kind::kMap, name, sliced);
      } else {
        offer(rank - 10, place, statement, Holder::Kind::kElement, name, sliced);
      }
      if (local) from_variable(place, name, sliced);
    } else if (appends) {
      offer(rank, place, statement, Holder::Kind::kSlice, name, sliced);
      if (local) from_variable(place, name, sliced);
    } else if (name.find('.') != std::string::npos) {
      if (is_link(last_part(name))) {
        offer(kElementRank - 5, place, statement, Holder::Kind::kList, name, sliced);
      } else {
        offer(kFieldRank, place, statement, Holder::Kind::kVariable, name, sliced);
        from_variable(place, std::string(first_part(name)), sliced);
      }
    } else if (local) {
      from_variable(place, name, sliced);
    } else {
      offer(kFieldRank, place, statement, Holder::Kind::kVariable, name, sliced);
    }
  }
}

// The value goes into a call: of a container of the library, or of a function of the user's that
// keeps what it is given.
void ValueFlow::from_calls(const Place& place, const Statement& statement, bool sliced,
                           const std::string& value) {
  for (const std::string& use : statement.uses) {
    if (!use.ends_with("()")) continue;
    const std::string name(bare(use));
    const std::string_view called = last_part(name);
    const std::string object =
        name.find('.') == std::string::npos ? "" : name.substr(0, name.rfind('.'));
    if (object == value && !value.empty()) continue;  // a method of the value itself
    const bool stores = called == "Store" || called == "LoadOrStore" || called == "Swap";
    if (stores && is_typed(object, "sync.Map", place.path)) {
      offer(kElementRank, place, statement, Holder::Kind::kSyncMap, object, sliced);
      continue;
    }
    if (called == "PushBack" || called == "PushFront" || name == "heap.Push") {
      offer(kElementRank, place, statement, Holder::Kind::kList, object, sliced);
      continue;
    }
    std::string in;
    const SourceFunction* const callee = function_named(place.path, called, in);
    if (callee == nullptr || callee == place.function) continue;
    for (const std::string& parameter : callee->parameters) {
      from_variable({in, callee, callee->first_line, frames_.size()}, parameter, sliced);
    }
  }
}

void ValueFlow::from_return(const Place& place) {
  const std::size_t next = place.frame + 1;
  if (next >= frames_.size()) return;
  const Frame& caller = frames_[next];
  from_line({caller.file, function_at(caller.file, caller.line), caller.line, next});
}

void ValueFlow::offer(int rank, const Place& place, const Statement& statement, Holder::Kind kind,
                      std::string_view name, bool sliced) {
  if (best_ && best_->rank >= rank) return;
  Ranked found{.rank = rank, .holder = {}};
  found.holder.kind = kind;
  found.holder.name = name;
  found.holder.file = place.path;
  found.holder.line = statement.line;
  found.holder.function = place.function->name;
  found.holder.sliced = sliced;
  found.holder.local = rank == kLocalRank;
  best_ = std::move(found);
}

const Loop* ValueFlow::endless_loop_at(std::string_view path, int line) {
  const SourceFunction* const function = function_at(path, line);
  if (function == nullptr) return nullptr;
  const Loop* innermost = nullptr;
  for (const Loop& loop : function->loops) {
    // A loop without a statement of its own has no line: Go then gives one before it.
    const bool around = line >= loop.line && line <= loop.last_line;
    const bool just_before = loop.line > line && loop.line <= line + kLinesBefore;
    if ((!around && !just_before) || loop.ranges) continue;
    // What a field, an element or a global holds may be changed elsewhere; a local is not.
    const bool may_end =
        loop.has_condition && !loop.empty &&
        (loop.condition_calls ||
         std::any_of(loop.condition.begin(), loop.condition.end(), [&](const std::string& name) {
           if (name == "len()" || name == "cap()" || name == "true" || name == "nil" ||
               name == "false") {
             return false;
           }
           return loop.changed.count(std::string(first_part(name))) != 0 ||
                  name.find('.') != std::string::npos || name.ends_with("[]") ||
                  !function->is_local(name);
         }));
    if (may_end || (!loop.has_condition && loop.exits)) continue;
    if (loop.condition_calls && !loop.empty) continue;
    if (innermost == nullptr || loop.line >= innermost->line) innermost = &loop;
  }
  return innermost;
}

const Loop* ValueFlow::clock_loop_at(std::string_view path, int line) {
  const SourceFunction* const function = function_at(path, line);
  if (function == nullptr) return nullptr;
  const Loop* innermost = nullptr;
  for (const Loop& loop : function->loops) {
    if (line < loop.line || line > loop.last_line) continue;
    const bool asks =
        std::any_of(loop.condition.begin(), loop.condition.end(), [](const std::string& name) {
          return name.starts_with("time.Now") || name.starts_with("time.Since") ||
                 name.starts_with("time.Until") || name == "b.N" || name.starts_with("b.Loop");
        });
    if (asks && (innermost == nullptr || loop.line >= innermost->line)) innermost = &loop;
  }
  return innermost;
}

}  // namespace gobox::runner
