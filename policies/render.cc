// SPDX-License-Identifier: Apache-2.0

#include "policies/render.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "policies/conditions.h"

namespace gobox::policies {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kWholeWord = 0xffffffff;
constexpr std::size_t kMaxInlineBytes = 96;

json::string text(std::string_view value) {
  return json::string(value.data(), value.size());
}

// Exact, in the largest unit that divides: "8s", "250ms", "1500us".
json::string duration_text(Nanoseconds duration) {
  struct Unit {
    Nanoseconds length;
    std::string_view name;
  };

  constexpr std::array kUnits = {
      Unit{std::chrono::hours(1), "h"}, Unit{std::chrono::minutes(1), "m"},
      Unit{std::chrono::seconds(1), "s"}, Unit{std::chrono::milliseconds(1), "ms"},
      Unit{std::chrono::microseconds(1), "us"}};
  if (duration == Nanoseconds::zero()) return "0s";
  for (const Unit& unit : kUnits) {
    if (duration % unit.length != Nanoseconds::zero()) continue;
    return text(std::to_string(duration / unit.length) + std::string(unit.name));
  }
  return text(std::to_string(duration.count()) + "ns");
}

// Exact, in the largest unit that divides: "256M", or plain bytes.
json::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kKibi = 1024;
  constexpr std::string_view kUnits = "KMGT";
  std::uint64_t value = bytes;
  std::size_t units = 0;
  while (units < kUnits.size() && value % kKibi == 0) {
    value /= kKibi;
    ++units;
  }
  return text(std::to_string(value) + std::string(units == 0 ? "" : kUnits.substr(units - 1, 1)));
}

// As people write it: Boost.JSON would print 1E0 and 5E-1.
json::value cpus_value(double cpus) {
  if (cpus == std::floor(cpus)) return static_cast<std::uint64_t>(cpus);
  std::array<char, 64> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), cpus, std::chars_format::fixed);
  if (error != std::errc{}) return cpus;
  return text({buffer.data(), static_cast<std::size_t>(end - buffer.data())});
}

json::value bits_value(std::uint64_t bits) {
  constexpr std::uint64_t kReadsBetterInDecimal = 1024;
  constexpr int kHexadecimal = 16;
  if (bits < kReadsBetterInDecimal) return bits;
  std::array<char, 16> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), bits, kHexadecimal);
  if (error != std::errc{}) return bits;
  return text("0x" + std::string(buffer.data(), end));
}

json::object limits_value(const Limits& limits, std::string_view comment) {
  json::object value;
  value["comment"] = text(comment);
  value["wall"] = duration_text(limits.wall);
  if (limits.cpu) value["cpu"] = duration_text(*limits.cpu);
  value["grace"] = duration_text(limits.grace);
  value["memory"] = size_text(limits.memory_bytes);
  value["cpus"] = cpus_value(limits.cpus);
  value["pids"] = limits.pids;
  value["disk"] = size_text(limits.disk_bytes);
  value["inodes"] = limits.disk_inodes;
  value["output"] = size_text(limits.output_bytes);
  if (limits.output_limit == OutputLimit::kTruncate) value["output_limit"] = "truncate";
  value["open_files"] = limits.open_files;
  value["file_size"] = size_text(limits.file_bytes);
  return value;
}

// Only what is more than the limits grant unasked; empty where nothing is.
json::object most_value(const StagePolicy& policy) {
  const json::object limits = limits_value(policy.limits, "");
  json::object value;
  for (const json::key_value_pair& each : limits_value(policy.most, "")) {
    const json::value* const granted = limits.if_contains(each.key());
    if (granted == nullptr || *granted != each.value()) value.emplace(each.key(), each.value());
  }
  if (!value.empty()) value["comment"] = text("What may be asked for.");
  return value;
}

json::array binds_value(const std::vector<Bind>& binds) {
  json::array list;
  for (const Bind& bind : binds) {
    json::object value;
    value["comment"] = text(bind.comment);
    value["source"] = text(bind.source);
    if (bind.target != bind.source) value["target"] = text(bind.target);
    if (bind.optional) value["optional"] = true;
    list.push_back(std::move(value));
  }
  return list;
}

std::string_view op_name(const ArgumentTest& test) {
  switch (test.op) {
    case ArgumentTest::Op::kEqual:
      return "equal";
    case ArgumentTest::Op::kNotEqual:
      return "not_equal";
    case ArgumentTest::Op::kLess:
      return "less";
    case ArgumentTest::Op::kGreaterEqual:
      return "greater_equal";
    case ArgumentTest::Op::kMaskedEqual:
      break;
  }
  return test.mask == kWholeWord ? "equal32" : "masked_equal";
}

json::array condition_value(const std::vector<ArgumentTest>& when) {
  json::array list;
  for (const ArgumentTest& test : when) {
    json::object value;
    const std::string_view op = op_name(test);
    value["argument"] = test.index;
    value["op"] = text(op);
    if (op == "masked_equal") value["mask"] = bits_value(test.mask);
    value["value"] = bits_value(test.value);
    list.push_back(std::move(value));
  }
  return list;
}

std::string errno_text(int value) {
  const char* name = strerrorname_np(value);
  return name == nullptr ? std::to_string(value) : name;
}

json::object rule_value(const SyscallRule& rule) {
  json::object value;
  value["comment"] = text(rule.comment);
  json::array calls;
  for (const std::string& call : rule.calls) calls.push_back(text(call));
  value["calls"] = std::move(calls);
  switch (rule.action) {
    case SyscallRule::Action::kAllow:
      value["action"] = "allow";
      break;
    case SyscallRule::Action::kSucceed:
      value["action"] = "succeed";
      break;
    case SyscallRule::Action::kForbid:
      value["action"] = "forbid";
      break;
    case SyscallRule::Action::kAsk:
      value["action"] = "ask";
      break;
    case SyscallRule::Action::kErrno:
      value["action"] = "errno";
      value["errno"] = text(errno_text(rule.errno_value));
      break;
  }
  return value;
}

bool same_but_for_condition(const SyscallRule& one, const SyscallRule& other) {
  return one.calls == other.calls && one.action == other.action &&
         one.errno_value == other.errno_value && one.comment == other.comment;
}

// Can this group of rules, all of one call, be written as "otherwise"? It can if it comes last and
// is just what the call's other rules leave over.
bool is_otherwise(std::span<const SyscallRule> group, std::span<const SyscallRule> rules) {
  if (group.front().calls.size() != 1) return false;
  const std::string& call = group.front().calls.front();
  std::vector<Condition> others;
  for (const SyscallRule& rule : rules) {
    const bool before = &rule < group.data();
    const bool inside = !before && &rule < group.data() + group.size();
    const bool named = std::ranges::find(rule.calls, call) != rule.calls.end();
    if (named && !before && !inside) return false;
    if (named && before) others.push_back(rule.when);
  }
  if (others.empty()) return false;
  const std::optional<std::vector<Condition>> rest = remainder_of(others);
  return rest && std::ranges::equal(*rest, group, {}, {}, &SyscallRule::when);
}

// Neighbours that differ only in their condition came from one rule, and are shown as one.
json::array rules_value(const std::vector<SyscallRule>& rules) {
  json::array list;
  for (std::size_t first = 0; first < rules.size();) {
    std::size_t end = first + 1;
    while (end < rules.size() && same_but_for_condition(rules[first], rules[end])) ++end;
    const auto group = std::span(rules).subspan(first, end - first);
    json::object value = rule_value(rules[first]);
    if (is_otherwise(group, rules)) {
      value["otherwise"] = true;
    } else if (group.size() > 1) {
      json::array any;
      for (const SyscallRule& rule : group) any.push_back(condition_value(rule.when));
      value["when_any"] = std::move(any);
    } else if (!group.front().when.empty()) {
      value["when"] = condition_value(group.front().when);
    }
    list.push_back(std::move(value));
    first = end;
  }
  return list;
}

json::object stage_value(const StagePolicy& policy) {
  json::object value;
  value["comment"] = text("The stage policy " + policy.name + " with all it inherits filled in.");
  value["limits"] = limits_value(policy.limits, "As resolved from " + policy.name + ".");
  if (json::object most = most_value(policy); !most.empty()) value["most"] = std::move(most);
  value["network"] = policy.network == Network::kNone ? "none" : "loopback";
  if (policy.proc == ProcView::kSystem) value["proc"] = "system";
  value["binds"] = binds_value(policy.binds);
  json::object seccomp;
  seccomp["comment"] = text("As resolved from " + policy.name + ".");
  seccomp["default_errno"] = text(errno_text(policy.seccomp.default_errno));
  const bool report = policy.seccomp.on_forbidden == Seccomp::OnForbidden::kReport;
  seccomp["on_forbidden"] = report ? "report" : "errno";
  seccomp["rules"] = rules_value(policy.seccomp.rules);
  value["seccomp"] = std::move(seccomp);
  return value;
}

void print(const json::value& value, const std::string& indent, std::string& out);

std::string on_one_line(const json::value& value) {
  std::string out;
  std::string separator;
  if (value.is_object()) {
    for (const json::key_value_pair& member : value.get_object()) {
      out += separator + json::serialize(member.key()) + ": " + on_one_line(member.value());
      separator = ", ";
    }
    return "{" + out + "}";
  }
  if (value.is_array()) {
    for (const json::value& element : value.get_array()) {
      out += separator + on_one_line(element);
      separator = ", ";
    }
    return "[" + out + "]";
  }
  return json::serialize(value);
}

// Words flow over as many lines as they need; anything larger gets a line of its own.
void print_elements(const json::array& list, const std::string& indent, std::string& out) {
  const bool words = std::ranges::all_of(list, [](const json::value& v) { return v.is_string(); });
  std::string line;
  for (const json::value& element : list) {
    std::string text;
    print(element, indent, text);
    const bool full = indent.size() + line.size() + text.size() + 2 > kMaxInlineBytes;
    if (!line.empty() && (!words || full)) {
      out.append("\n").append(indent).append(line).append(",");
      line.clear();
    }
    if (!line.empty()) line += ", ";
    line += text;
  }
  out += "\n" + indent + line;
}

void print_members(const json::object& members, const std::string& indent, std::string& out) {
  std::string separator = "\n";
  for (const json::key_value_pair& member : members) {
    out += separator + indent + json::serialize(member.key()) + ": ";
    print(member.value(), indent, out);
    separator = ",\n";
  }
}

// Boost.JSON prints on one line only. Here what fits stays on its line and the rest is indented.
void print(const json::value& value, const std::string& indent, std::string& out) {
  const std::string line = on_one_line(value);
  const bool scalar = !value.is_object() && !value.is_array();
  if (scalar || line.size() + indent.size() <= kMaxInlineBytes) {
    out += line;
    return;
  }
  const std::string inner = indent + "  ";
  out += value.is_object() ? "{" : "[";
  if (value.is_object()) {
    print_members(value.get_object(), inner, out);
  } else {
    print_elements(value.get_array(), inner, out);
  }
  out += "\n" + indent + (value.is_object() ? "}" : "]");
}

std::string printed(const json::value& value) {
  std::string out;
  print(value, "", out);
  return out + "\n";
}

}  // namespace

std::string render(const StagePolicy& policy) {
  json::object value = {{"kind", "stage"}};
  for (json::key_value_pair& member : stage_value(policy)) {
    value.emplace(member.key(), std::move(member.value()));
  }
  return printed(value);
}

std::string render(const JobPolicy& policy) {
  json::object stages;
  stages["comment"] = "Each stage with all it inherits filled in.";
  stages["fetch"] = stage_value(policy.fetch);
  stages["compile"] = stage_value(policy.compile);
  stages["vet"] = stage_value(policy.vet);
  stages["run"] = stage_value(policy.run);
  stages["test"] = stage_value(policy.test);
  json::object value = {{"kind", "job"}};
  value["comment"] = text("The job policy " + policy.name + " with all it names filled in.");
  value["total"] = duration_text(policy.total);
  if (policy.total_most != policy.total) {
    value["most"] = {{"comment", text("What may be asked for.")},
                     {"total", duration_text(policy.total_most)}};
  }
  value["race"] = policy.race;
  if (policy.cgo) value["cgo"] = true;
  if (policy.go_in_path) value["go_in_path"] = true;
  if (policy.run.scratch == Scratch::kDisk) value["scratch"] = "disk";
  value["input"] = {{"comment", "How large a source tree may be."},
                    {"files", policy.input.files},
                    {"bytes", size_text(policy.input.bytes)},
                    {"path", policy.input.path},
                    {"depth", policy.input.depth}};
  value["stages"] = std::move(stages);
  return printed(value);
}

}  // namespace gobox::policies
