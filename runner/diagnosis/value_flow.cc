// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/value_flow.h"

#include <algorithm>

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxSteps = 200;

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

// Of the library: what it is given by address is what it fills.
bool fills_arguments(const Statement& statement) {
  for (const std::string_view function : {"Unmarshal", "Decode", "DecodeElement", "Scan", "Fscan",
                                          "Sscan", "Sscanf", "Fscanf", "Read", "ReadFull"}) {
    if (statement.calls(function)) return true;
  }
  return false;
}

// Of the library: parts of a string, which keep all of it.
bool cuts_up(const Statement& statement) {
  for (const std::string_view function :
       {"strings.Split()", "strings.SplitN()", "strings.Fields()", "strings.FieldsFunc()",
        "strings.SplitAfter()", "bytes.Split()", "bytes.SplitN()", "bytes.Fields()",
        "bytes.SplitAfter()"}) {
    if (std::find(statement.uses.begin(), statement.uses.end(), function) != statement.uses.end())
      return true;
  }
  return false;
}

bool cuts_in_two(const Statement& statement) {
  for (const std::string_view function : {"strings.Cut()", "bytes.Cut()"}) {
    if (std::find(statement.uses.begin(), statement.uses.end(), function) != statement.uses.end())
      return true;
  }
  return false;
}

// "ctx = context.WithValue(ctx, ...)", "top = &frame{below: top}": what was there before stays,
// behind the new one.
bool wraps_itself(const Statement& statement, const std::string& target) {
  const bool wraps = statement.composes || statement.calls("WithValue") ||
                     statement.calls("WithCancel") || statement.calls("WithTimeout") ||
                     statement.calls("WithDeadline");
  if (statement.calls("append") || statement.declares) return false;
  return wraps &&
         std::find(statement.uses.begin(), statement.uses.end(), target) != statement.uses.end();
}

// "open" of "main.(*store[...]).open" and of "main.open[...]".
std::string_view called_name(std::string_view function) {
  if (function.ends_with("[...]")) function.remove_suffix(5);
  return function.substr(function.rfind('.') + 1);
}

// A method of the library's, by its name in a stack: "WriteString" of
// "strings.(*Builder).WriteString".
std::string_view method_of(std::string_view function) {
  const std::size_t receiver = function.find(".(*");
  if (receiver == std::string_view::npos) return {};
  const std::size_t dot = function.find(").", receiver);
  return dot == std::string_view::npos ? std::string_view() : function.substr(dot + 2);
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

// Whether a name, or the result of a call ("Sprintf()"), stands in an argument.
bool stands_in(const std::vector<std::string>& argument, const std::string& value) {
  const bool call = value.ends_with("()");
  return std::any_of(argument.begin(), argument.end(), [&](const std::string& use) {
    if (call) return use.ends_with("()") && last_part(use) == bare(value);
    return first_part(use) == first_part(value);
  });
}

// Which parameters the value is given to; all where that cannot be told.
std::vector<bool> given_to(const Statement& statement, const std::string& use,
                           const std::string& value, std::size_t parameters) {
  std::vector<bool> given(parameters, false);
  bool any = false;
  for (const CallOf& call : statement.called) {
    if (call.name != use || value.empty()) continue;
    for (std::size_t i = 0; i < call.arguments.size() && parameters > 0; ++i) {
      if (!stands_in(call.arguments[i], value)) continue;
      given[std::min(i, parameters - 1)] = true;
      any = true;
    }
  }
  if (!any) given.assign(parameters, true);
  return given;
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
  method_ = {};
  made_by_ = {};
  for (const Frame& frame : frames) {
    if (frame.user) {
      frames_.push_back(frame);
    } else if (frames_.empty()) {
      method_ = method_of(frame.function);
      const bool runtime = frame.function.starts_with("runtime.");
      if (!runtime) made_by_ = called_name(frame.function);
      if (frame.function == "runtime.makeslice") made_by_ = "make";
      if (frame.function == "runtime.growslice") made_by_ = "append";
    }
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
  const std::string origin = origin_of(place);
  for (const Statement& each : place.function->statements) {
    if (at == nullptr || each.line != at->line) continue;
    from_statement(place, each, false, origin);
    if (place.frame == 0) from_filled(place, each);
  }
}

// What the line calls for the value, as a use: "Sprintf()", "load()".
std::string ValueFlow::origin_of(const Place& place) const {
  if (place.frame == 0) return made_by_.empty() ? std::string() : made_by_ + "()";
  if (place.frame > frames_.size()) return {};
  return std::string(called_name(frames_[place.frame - 1].function)) + "()";
}

// What a library's function allocated may lie in what it was called on, or was given to fill.
void ValueFlow::from_filled(const Place& place, const Statement& statement) {
  const bool fills = fills_arguments(statement);
  for (const std::string& use : statement.uses) {
    const std::string name(bare(use));
    const std::size_t dot = name.rfind('.');
    const bool called_on = !method_.empty() && use.ends_with("()") && last_part(use) == method_ &&
                           dot != std::string::npos;
    const std::string owner = called_on ? name.substr(0, dot) : name;
    if (!called_on && (!fills || use.ends_with("()"))) continue;
    if (place.function->is_local(owner)) from_variable(place, owner, false);
  }
}

void ValueFlow::from_variable(const Place& place, const std::string& name, bool sliced) {
  if (name.empty() || name == "_" || name == "err") return;
  if (!enter(place.path + ":" + place.function->name + "/" + name + (sliced ? "[:]" : ""))) return;
  for (const Statement& each : place.function->statements) {
    bool cut = sliced;
    if (!uses_name(each, name, &cut)) continue;
    cut = cut || keeps_part(place, each, name) || is_part(place, each, name);
    from_statement(place, each, cut, name);
  }
}

// "p.header()", "head(p)": where such a function returns "p[:8]".
bool ValueFlow::keeps_part(const Place& place, const Statement& statement,
                           const std::string& name) {
  for (const std::string& use : statement.uses) {
    if (!use.ends_with("()")) continue;
    std::string in;
    const SourceFunction* const callee = function_named(place.path, last_part(use), in);
    if (callee == nullptr || callee == place.function) continue;
    const bool method = first_part(use) == name;
    for (const Statement& each : callee->statements) {
      if (each.kind != Statement::Kind::kReturn) continue;
      bool part = false;
      const bool of_receiver = method && uses_name(each, callee->receiver, &part);
      const bool of_parameter =
          !method && std::any_of(callee->parameters.begin(), callee->parameters.end(),
                                 [&](const std::string& parameter) {
                                   return uses_name(each, parameter, &part);
                                 });
      if ((of_receiver || of_parameter) && part) return true;
    }
  }
  return false;
}

// "fields[1]", where fields came of strings.Split; what strings.Cut gave is a part at once.
bool ValueFlow::is_part(const Place& place, const Statement& statement, const std::string& name) {
  const bool element =
      std::find(statement.uses.begin(), statement.uses.end(), name + "[]") != statement.uses.end();
  return std::any_of(place.function->statements.begin(), place.function->statements.end(),
                     [&](const Statement& each) {
                       const bool made = &each != &statement &&
                                         std::find(each.targets.begin(), each.targets.end(),
                                                   name) != each.targets.end();
                       return made && ((element && cuts_up(each)) || cuts_in_two(each));
                     });
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
    case Kind::kHeader:
      from_header(place, statement, sliced);
      break;
    case Kind::kReceive:
      break;
  }
}

// "for i, row := range rows()", "if v, err := read(); err == nil": of a range the first is an
// index.
void ValueFlow::from_header(const Place& place, const Statement& statement, bool sliced) {
  const bool loop = statement.word == "for";
  if (!statement.declares || (loop && statement.targets.size() < 2)) return;
  for (const std::string& target : statement.targets) {
    const bool index = loop && &target == &statement.targets.front();
    if (!index && target != "ok" && target != "err") from_variable(place, target, sliced);
  }
}

void ValueFlow::from_assignment(const Place& place, const Statement& statement, bool sliced) {
  for (const std::string& target : statement.targets) {
    const std::string name(bare(target));
    const bool local = place.function->is_local(target) && name.find('.') == std::string::npos;
    const int rank = local ? kLocalRank : kElementRank;
    if (wraps_itself(statement, name)) {
      offer(kElementRank - 5, place, statement, Holder::Kind::kList, name, sliced);
    } else if (target.ends_with("[]")) {
      const bool map = is_typed(name, "map", place.path);
      const bool slice = is_typed(name, "slice", place.path);
      if (map || !slice) {
        offer(rank, place, statement, Holder::Kind::kMap, name, sliced);
      } else {
        offer(rank - 10, place, statement, Holder::Kind::kElement, name, sliced);
      }
      if (local) from_variable(place, name, sliced);
    } else if (statement.grows(name)) {
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
    if (name == "heap.Push") {
      const auto heap = std::find_if(statement.uses.begin(), statement.uses.end(),
                                     [](const std::string& each) { return !each.ends_with("()"); });
      if (heap != statement.uses.end()) {
        offer(kElementRank, place, statement, Holder::Kind::kSlice, bare(*heap), sliced);
      }
      continue;
    }
    if (called == "PushBack" || called == "PushFront") {
      offer(kElementRank, place, statement, Holder::Kind::kList, object, sliced);
      continue;
    }
    if (name == "time.AfterFunc") {
      offer(kDeferRank, place, statement, Holder::Kind::kTimer, "time.AfterFunc", sliced);
      continue;
    }
    std::string in;
    const SourceFunction* const callee = function_named(place.path, called, in);
    if (callee == nullptr || callee == place.function) continue;
    const std::vector<bool> given = given_to(statement, use, value, callee->parameters.size());
    for (std::size_t i = 0; i < callee->parameters.size(); ++i) {
      if (!given[i]) continue;
      from_variable({in, callee, callee->first_line, frames_.size()}, callee->parameters[i],
                    sliced);
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

}  // namespace gobox::runner
