// SPDX-License-Identifier: Apache-2.0

#include "api/runs/limits_request.h"

#include <limits>

#include "base/milliseconds.h"
#include "policies/least_limits.h"
#include "runner/golang/build_flags.h"

namespace gobox::api {
namespace {

using policies::Limits;

constexpr std::uint64_t kLeastMemory = std::uint64_t{4} << 20;  // PID 1 and the set-up need some
constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr double kLeastCpus = 0.01;

// At least `least` and at most what the policy grants to whoever asks.
Result<std::uint64_t> granted(const JsonField& field, std::uint64_t least, std::uint64_t most,
                              const std::string& unit) {
  const auto value = field.count(least, kMost);
  const std::string range = std::to_string(least) + " to " + std::to_string(most) + unit;
  if (!value && field.is_number()) return field.wrong("must be a whole number, from " + range);
  if (!value) return value.error();
  if (*value <= most) return *value;
  return field.wrong(std::to_string(*value) + " is more than the policy grants: from " + range);
}

Result<void> set_limit(const JsonField& object, const char* name, std::uint64_t least,
                       std::uint64_t& limit, std::uint64_t most, const char* unit) {
  if (const auto field = object.find(name)) limit = TRY(granted(*field, least, most, unit));
  return {};
}

Result<void> set_limit(const JsonField& object, const char* name, std::uint64_t least,
                       Nanoseconds& limit, Nanoseconds most) {
  const auto field = object.find(name);
  if (!field) return {};
  const std::uint64_t ms = TRY(granted(*field, least, whole_milliseconds(most), " ms"));
  limit = std::chrono::milliseconds(ms);
  return {};
}

Result<void> read_cpu_time(const JsonField& object, Limits& limits, const Limits& most) {
  const auto field = object.find("cpu_ms");
  if (!field) return {};
  // No CPU limit in the policy: the whole wall time on every CPU granted is the most there can be.
  const double whole =
      static_cast<double>(whole_milliseconds(most.wall)) * std::max(1.0, most.cpus);
  const std::uint64_t ms =
      most.cpu ? whole_milliseconds(*most.cpu) : static_cast<std::uint64_t>(whole);
  limits.cpu = std::chrono::milliseconds(TRY(granted(*field, 1, ms, " ms")));
  return {};
}

Result<void> read_stage_limits(const JsonField& object, policies::StagePolicy& stage) {
  TRY(object.expect_keys(
      {"wall_ms", "cpu_ms", "memory_bytes", "cpus", "pids", "disk_bytes", "output_bytes"}));
  Limits& limits = stage.limits;
  const Limits& most = stage.most;
  TRY(read_cpu_time(object, limits, most));
  TRY(set_limit(object, "wall_ms", 1, limits.wall, most.wall));
  TRY(set_limit(object, "memory_bytes", kLeastMemory, limits.memory_bytes, most.memory_bytes,
                " bytes"));
  if (const auto field = object.find("cpus")) {
    limits.cpus = TRY(field->number(kLeastCpus, most.cpus));
  }
  TRY(set_limit(object, "pids", policies::kLeastPids, limits.pids, most.pids,
                " processes and threads"));
  TRY(set_limit(object, "disk_bytes", 1, limits.disk_bytes, most.disk_bytes, " bytes"));
  TRY(set_limit(object, "output_bytes", 1, limits.output_bytes, most.output_bytes, " bytes"));
  return {};
}

Result<void> read_network(const JsonField& field, runner::Job& job) {
  const auto network = field.text();
  if (!network) return network.error();
  const bool none = *network == "none";
  if (!none && *network != "loopback") {
    return field.wrong("must be none or loopback; nothing else is offered");
  }
  for (policies::StagePolicy* stage : {&job.policy.run, &job.policy.test}) {
    const bool granted = stage->network == policies::Network::kLoopback;
    if (!none && !granted) return field.wrong("the policy grants none");
    if (none) stage->network = policies::Network::kNone;
  }
  return {};
}

Result<void> read_grace(const JsonField& body, runner::Job& job) {
  if (!body.find("grace_ms")) return {};
  TRY(set_limit(body, "grace_ms", 0, job.policy.run.limits.grace, job.policy.run.most.grace));
  TRY(set_limit(body, "grace_ms", 0, job.policy.test.limits.grace, job.policy.test.most.grace));
  return {};
}

Result<std::string> count_or_word(const JsonField& field, std::initializer_list<const char*> words,
                                  std::uint64_t least, std::uint64_t most) {
  if (!field.is_text()) return std::to_string(TRY(field.count(least, most)));
  const std::string text = TRY(field.text());
  std::string known;
  for (const char* word : words) {
    if (text == word) return text;
    known += std::string(" or ") + word;
  }
  const auto parsed = parse_count(field.pointer().substr(1), text, least, most);
  if (parsed) return text;
  return field.wrong("must be a whole number from " + std::to_string(least) + " to " +
                     std::to_string(most) + known);
}

Result<void> read_output_limit(const JsonField& field, runner::Job& job) {
  const std::string word = TRY(field.text());
  if (word != "kill" && word != "truncate") return field.wrong("must be kill or truncate");
  const auto at_cap =
      word == "kill" ? policies::OutputLimit::kKill : policies::OutputLimit::kTruncate;
  for (policies::StagePolicy* stage : {&job.policy.run, &job.policy.test}) {
    stage->limits.output_limit = at_cap;
  }
  return {};
}

}  // namespace

Result<void> read_limits(const JsonField& body, runner::Job& job) {
  if (const auto field = body.find("network")) TRY(read_network(*field, job));
  TRY(read_grace(body, job));
  if (const auto field = body.find("output_limit")) TRY(read_output_limit(*field, job));
  const auto limits = body.find("limits");
  if (!limits) return {};
  TRY(limits->expect_keys({"total_ms", "compile", "run"}));
  TRY(set_limit(*limits, "total_ms", 1, job.policy.total, job.policy.total_most));
  if (const auto compile = limits->find("compile")) {
    TRY(read_stage_limits(*compile, job.policy.compile));
    TRY(read_stage_limits(*compile, job.policy.vet));
  }
  if (const auto run = limits->find("run")) {
    TRY(read_stage_limits(*run, job.policy.run));
    TRY(read_stage_limits(*run, job.policy.test));
  }
  return {};
}

Result<void> read_go_settings(const JsonField& body, runner::Job& job) {
  if (const auto field = body.find("gogc")) {
    job.go.gogc = TRY(count_or_word(*field, {"off"}, 1, 1'000'000));
  }
  if (const auto field = body.find("gomemlimit")) {
    const std::string text = field->is_text() ? TRY(field->text()) : "";
    if (text == "auto" || text == "off" || !field->is_text()) {
      job.go.gomemlimit = TRY(count_or_word(*field, {"auto", "off"}, 1, kMost));
    } else {
      const auto bytes = parse_size("gomemlimit", text);
      if (!bytes) return field->wrong("must be auto, off or a size: " + bytes.error().message);
      job.go.gomemlimit = std::to_string(*bytes);
    }
  }
  if (const auto field = body.find("parallelism")) {
    job.go.parallelism = static_cast<unsigned>(TRY(field->count(1, 4096)));
  }
  for (const char* const name : {"tags", "ldflags", "gcflags"}) {
    const auto field = body.find(name);
    if (!field) continue;
    const auto set = runner::set_build_flag(name, TRY(field->text()), job.go);
    if (!set) return field->wrong(set.error().message);
  }
  return {};
}

}  // namespace gobox::api
