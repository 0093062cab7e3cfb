// SPDX-License-Identifier: Apache-2.0

#include "policies/seccomp_reader.h"

#include <seccomp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "policies/conditions.h"

namespace gobox::policies {
namespace {

using Action = SyscallRule::Action;
using Op = ArgumentTest::Op;

constexpr std::uint64_t kMaxArgument = 5;
constexpr std::uint64_t kLow32 = 0xffffffff;
constexpr std::size_t kMaxConditionsPerCall = kMaxPieces;

// A rule as the file has it: one or more conditions, or "whatever the others leave".
struct Draft {
  Node node;
  SyscallRule rule;  // `when` is unused: conditions has it
  std::vector<Condition> conditions;
  bool otherwise = false;
  bool replaces = false;
};

// What the rules of one file say about one call.
struct CallRules {
  std::vector<std::pair<Condition, std::size_t>> conditions;  // with the draft each came from
  std::optional<std::size_t> otherwise;                       // the draft
  bool replaces = false;
};

using CallMap = std::map<std::string, CallRules>;

Result<int> read_errno(const Node& node) {
  constexpr int kMaxErrno = 133;  // EHWPOISON, the last that Linux gives to programs
  const std::string name = TRY(node.text());
  for (int value = 1; value <= kMaxErrno; ++value) {
    const char* known = strerrorname_np(value);
    if (known != nullptr && name == known) return value;
  }
  if (name == "ENOTSUP") return ENOTSUP;  // glibc only knows its other name, EOPNOTSUPP
  return node.wrong("\"" + name + "\" is not the name of an errno, such as EPERM");
}

Result<Op> read_op(const Node& node, const std::string& name) {
  struct Named {
    std::string_view name;
    Op op;
  };

  constexpr std::array kOps = {
      Named{"equal", Op::kEqual},         Named{"not_equal", Op::kNotEqual},
      Named{"equal32", Op::kMaskedEqual}, Named{"masked_equal", Op::kMaskedEqual},
      Named{"less", Op::kLess},           Named{"greater_equal", Op::kGreaterEqual},
  };
  const auto found = std::ranges::find(kOps, name, &Named::name);
  if (found != kOps.end()) return found->op;
  return node.wrong("\"" + name +
                    "\" is not a test; use equal, equal32, not_equal, masked_equal, less or "
                    "greater_equal");
}

Result<ArgumentTest> read_test(const Node& node) {
  TRY(node.expect_keys({"argument", "op", "mask", "value", "comment"},
                       {"argument", "op", "value"}));
  ArgumentTest test;
  test.index = static_cast<unsigned>(TRY(node.at("argument").count(0, kMaxArgument)));
  const std::string op = TRY(node.at("op").text());
  test.op = TRY(read_op(node.at("op"), op));
  test.value = TRY(node.at("value").bits());
  const std::optional<Node> mask = node.find("mask");
  if (mask.has_value() != (op == "masked_equal")) {
    return node.wrong(mask ? "only masked_equal takes a mask" : "masked_equal needs a mask");
  }
  if (mask) test.mask = TRY(mask->bits());
  if (op == "equal32") test.mask = kLow32;
  if (test.op == Op::kMaskedEqual && (test.value & ~test.mask) != 0) {
    return node.at("value").wrong("has bits outside the mask, so it can never be equal");
  }
  if (test.mask == 0) return mask->wrong("is zero, which tests nothing");
  const bool idle = test.value == 0 && (test.op == Op::kLess || test.op == Op::kGreaterEqual);
  if (idle) return node.wrong("compares with zero, which no unsigned argument can be below");
  return test;
}

Result<Condition> read_condition(const Node& node) {
  Condition condition;
  const std::vector<Node> elements = TRY(node.elements());
  for (const Node& element : elements) {
    const ArgumentTest test = TRY(read_test(element));
    if (std::ranges::find(condition, test.index, &ArgumentTest::index) != condition.end()) {
      return element.wrong("tests argument " + std::to_string(test.index) +
                           " a second time; one rule may test each argument once");
    }
    condition.push_back(test);
  }
  if (condition.empty()) return node.wrong("is empty; leave it out if the rule always holds");
  return condition;
}

Result<std::vector<std::string>> read_calls(const Node& node) {
  std::vector<std::string> calls;
  const std::vector<Node> elements = TRY(node.elements());
  for (const Node& element : elements) {
    const std::string call = TRY(element.text());
    if (seccomp_syscall_resolve_name(call.c_str()) == __NR_SCMP_ERROR) {
      return element.wrong("\"" + call + "\" is not a system call that libseccomp knows");
    }
    if (std::ranges::find(calls, call) != calls.end()) {
      return element.wrong("\"" + call + "\" is named twice");
    }
    calls.push_back(call);
  }
  if (calls.empty()) return node.wrong("is empty; a rule names at least one call");
  return calls;
}

Result<void> read_action(const Node& node, SyscallRule& rule) {
  const std::string action = TRY(node.at("action").text());
  if (action == "allow") {
    rule.action = Action::kAllow;
  } else if (action == "errno") {
    rule.action = Action::kErrno;
  } else if (action == "succeed") {
    rule.action = Action::kSucceed;
  } else if (action == "forbid") {
    rule.action = Action::kForbid;
  } else if (action == "ask") {
    rule.action = Action::kAsk;
  } else {
    return node.at("action").wrong("\"" + action +
                                   "\" is not one of allow, errno, succeed, forbid, ask");
  }
  const std::optional<Node> error = node.find("errno");
  if (error.has_value() != (rule.action == Action::kErrno)) {
    return error ? error->wrong_key("only the action \"errno\" takes it")
                 : node.wrong("the action \"errno\" needs the key \"errno\"");
  }
  if (error) rule.errno_value = TRY(read_errno(*error));
  return {};
}

Result<bool> read_flag(const Node& node, std::string_view key) {
  const std::optional<Node> flag = node.find(key);
  if (!flag) return false;
  const bool value = TRY(flag->boolean());
  if (!value) return flag->wrong("may only be true; leave it out otherwise");
  return true;
}

Result<void> read_conditions(const Node& node, Draft& draft) {
  const std::optional<Node> when = node.find("when");
  const std::optional<Node> when_any = node.find("when_any");
  draft.otherwise = TRY(read_flag(node, "otherwise"));
  if (int{when.has_value()} + int{when_any.has_value()} + int{draft.otherwise} > 1) {
    return node.wrong("takes only one of when, when_any and otherwise");
  }
  if (when) draft.conditions.push_back(TRY(read_condition(*when)));
  if (when_any) {
    const std::vector<Node> elements = TRY(when_any->elements());
    for (const Node& element : elements) {
      draft.conditions.push_back(TRY(read_condition(element)));
    }
    if (draft.conditions.empty()) return when_any->wrong("is empty");
  }
  const bool always = !when && !when_any && !draft.otherwise;
  if (always) draft.conditions.push_back({});
  return {};
}

Result<Draft> read_draft(const Node& node) {
  TRY(node.expect_keys(
      {"comment", "calls", "action", "errno", "when", "when_any", "otherwise", "replaces"},
      {"comment", "calls", "action"}));
  Draft draft{.node = node, .rule = {}, .conditions = {}};
  draft.rule.comment = TRY(node.at("comment").text());
  draft.rule.calls = TRY(read_calls(node.at("calls")));
  TRY(read_action(node, draft.rule));
  draft.replaces = TRY(read_flag(node, "replaces"));
  TRY(read_conditions(node, draft));
  return draft;
}

Result<void> add_conditions(const Draft& draft, std::size_t index, const std::string& call,
                            CallRules& rules) {
  for (const Condition& condition : draft.conditions) {
    for (const auto& [earlier, owner] : rules.conditions) {
      if (!overlap(condition, earlier)) continue;
      const std::string where =
          owner == index ? "within this rule" : "of seccomp.rules[" + std::to_string(owner) + "]";
      std::string message = "\"" + call;
      message += "\" matches arguments that a condition ";
      message += where;
      return draft.node.wrong(message + " matches too");
    }
    rules.conditions.emplace_back(condition, index);
  }
  if (rules.conditions.size() > kMaxConditionsPerCall) {
    return draft.node.wrong("\"" + call + "\" has more than " +
                            std::to_string(kMaxConditionsPerCall) + " conditions");
  }
  return {};
}

// Sorts the rules by call and refuses those that contradict each other.
Result<CallMap> by_call(const std::vector<Draft>& drafts) {
  CallMap calls;
  for (std::size_t index = 0; index < drafts.size(); ++index) {
    const Draft& draft = drafts[index];
    for (const std::string& call : draft.rule.calls) {
      const auto [entry, fresh] = calls.try_emplace(call);
      CallRules& rules = entry->second;
      if (!fresh && rules.replaces != draft.replaces) {
        return draft.node.wrong("\"" + call + "\": either all of its rules say replaces, or none");
      }
      rules.replaces = draft.replaces;
      TRY(add_conditions(draft, index, call, rules));
      if (draft.otherwise && rules.otherwise) {
        return draft.node.wrong("\"" + call + "\" has two \"otherwise\" rules");
      }
      if (draft.otherwise) rules.otherwise = index;
    }
  }
  return calls;
}

Result<void> check_inheritance(const CallMap& calls, const std::vector<Draft>& drafts,
                               const Seccomp& inherited) {
  for (const auto& [call, rules] : calls) {
    const bool known = std::ranges::any_of(inherited.rules, [&name = call](const SyscallRule& r) {
      return std::ranges::find(r.calls, name) != r.calls.end();
    });
    if (known == rules.replaces) continue;
    const std::size_t first =
        rules.conditions.empty() ? *rules.otherwise : rules.conditions.front().second;
    return drafts[first].node.wrong(
        known ? "\"" + call +
                    "\" has rules in the inherited policy; say \"replaces\": true to drop "
                    "them"
              : "\"" + call + "\" says replaces, but the inherited policy has no rule for it");
  }
  return {};
}

// The rules of `draft`, its conditions spread out.
Result<void> append(const Draft& draft, const CallMap& calls, std::vector<SyscallRule>& rules) {
  for (const Condition& condition : draft.conditions) {
    rules.push_back(draft.rule);
    rules.back().when = condition;
  }
  if (!draft.otherwise) return {};
  for (const std::string& call : draft.rule.calls) {
    std::vector<Condition> covered;
    for (const auto& [condition, owner] : calls.at(call).conditions) covered.push_back(condition);
    if (covered.empty()) {
      return draft.node.wrong("\"" + call + "\" has no other rule that \"otherwise\" could follow");
    }
    const std::optional<std::vector<Condition>> rest = remainder_of(covered);
    if (!rest) return draft.node.wrong("\"" + call + "\" leaves too ragged a rest to spell out");
    if (rest->empty()) return draft.node.wrong("\"" + call + "\" has no arguments left");
    for (const Condition& condition : *rest) {
      rules.push_back(draft.rule);
      rules.back().calls = {call};
      rules.back().when = condition;
    }
  }
  return {};
}

void drop_replaced(const CallMap& calls, std::vector<SyscallRule>& rules) {
  for (SyscallRule& rule : rules) {
    std::erase_if(rule.calls, [&](const std::string& call) {
      const auto found = calls.find(call);
      return found != calls.end() && found->second.replaces;
    });
  }
  std::erase_if(rules, [](const SyscallRule& rule) { return rule.calls.empty(); });
}

Result<int> read_default(const Node& node) {
  const int value = TRY(read_errno(node));
  if (value == EPERM) {
    return node.wrong(
        "must not be EPERM: programs take ENOSYS for \"use the older call\" and give up on EPERM, "
        "and EPERM is what forbidden calls get");
  }
  return value;
}

Result<Seccomp::OnForbidden> read_on_forbidden(const Node& node) {
  const std::string word = TRY(node.text());
  if (word == "errno") return Seccomp::OnForbidden::kErrno;
  if (word == "report") return Seccomp::OnForbidden::kReport;
  return node.wrong("\"" + word + "\" is not one of errno, report");
}

}  // namespace

Result<Seccomp> read_seccomp(const Node& node, const Seccomp& inherited) {
  TRY(node.expect_keys({"comment", "default_errno", "on_forbidden", "rules"}, {"comment"}));
  TRY(node.at("comment").text());
  Seccomp seccomp = inherited;
  if (const auto value = node.find("default_errno"))
    seccomp.default_errno = TRY(read_default(*value));
  if (const auto value = node.find("on_forbidden")) {
    seccomp.on_forbidden = TRY(read_on_forbidden(*value));
  }
  const std::optional<Node> rules = node.find("rules");
  if (!rules) return seccomp;
  std::vector<Draft> drafts;
  const std::vector<Node> elements = TRY(rules->elements());
  drafts.reserve(elements.size());
  for (const Node& element : elements) drafts.push_back(TRY(read_draft(element)));
  const CallMap calls = TRY(by_call(drafts));
  TRY(check_inheritance(calls, drafts, inherited));
  drop_replaced(calls, seccomp.rules);
  for (const Draft& draft : drafts) TRY(append(draft, calls, seccomp.rules));
  return seccomp;
}

bool repeats_default(const SyscallRule& rule, const Seccomp& seccomp) {
  return rule.action == Action::kErrno && rule.errno_value == seccomp.default_errno;
}

Seccomp without_repeated_default(Seccomp seccomp) {
  std::erase_if(seccomp.rules,
                [&](const SyscallRule& rule) { return repeats_default(rule, seccomp); });
  return seccomp;
}

}  // namespace gobox::policies
