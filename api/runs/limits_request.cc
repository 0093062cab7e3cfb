#include "api/runs/limits_request.h"

#include <limits>

namespace gobox::api {
namespace {

using policies::Limits;

constexpr std::uint64_t kLeastMemory = std::uint64_t{4} << 20;  // PID 1 and the set-up need some
constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr double kLeastCpus = 0.01;

std::uint64_t milliseconds(Nanoseconds duration) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

// At least `least` and at most what the policy grants.
Result<std::uint64_t> lowered(const JsonField& field, std::uint64_t least, std::uint64_t granted,
                              const std::string& unit) {
  const auto value = field.count(least, kMost);
  const std::string range = std::to_string(least) + " to " + std::to_string(granted) + unit;
  if (!value && field.is_number()) return field.wrong("must be a whole number, from " + range);
  if (!value) return value.error();
  if (*value <= granted) return *value;
  return field.wrong(std::to_string(*value) + " is more than the policy grants: from " + range);
}

Result<void> lower(const JsonField& object, const char* name, std::uint64_t least,
                   std::uint64_t& limit, const char* unit) {
  if (const auto field = object.find(name)) limit = TRY(lowered(*field, least, limit, unit));
  return {};
}

Result<void> lower(const JsonField& object, const char* name, std::uint64_t least,
                   Nanoseconds& limit) {
  const auto field = object.find(name);
  if (!field) return {};
  const std::uint64_t ms = TRY(lowered(*field, least, milliseconds(limit), " ms"));
  limit = std::chrono::milliseconds(ms);
  return {};
}

Result<void> lower_cpu_time(const JsonField& object, Limits& limits) {
  const auto field = object.find("cpu_ms");
  if (!field) return {};
  // No CPU limit in the policy: the whole wall time on every CPU granted is the most there can be.
  const double most = static_cast<double>(milliseconds(limits.wall)) * std::max(1.0, limits.cpus);
  const std::uint64_t granted =
      limits.cpu ? milliseconds(*limits.cpu) : static_cast<std::uint64_t>(most);
  limits.cpu = std::chrono::milliseconds(TRY(lowered(*field, 1, granted, " ms")));
  return {};
}

Result<void> lower_cpus(const JsonField& object, Limits& limits) {
  const auto field = object.find("cpus");
  if (field) limits.cpus = TRY(field->number(kLeastCpus, limits.cpus));
  return {};
}

Result<void> read_stage_limits(const JsonField& object, Limits& limits) {
  TRY(object.expect_keys(
      {"wall_ms", "cpu_ms", "memory_bytes", "cpus", "pids", "disk_bytes", "output_bytes"}));
  TRY(lower_cpu_time(object, limits));
  TRY(lower(object, "wall_ms", 1, limits.wall));
  TRY(lower(object, "memory_bytes", kLeastMemory, limits.memory_bytes, " bytes"));
  TRY(lower_cpus(object, limits));
  TRY(lower(object, "pids", 1, limits.pids, " processes and threads"));
  TRY(lower(object, "disk_bytes", 1, limits.disk_bytes, " bytes"));
  TRY(lower(object, "output_bytes", 1, limits.output_bytes, " bytes"));
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
  TRY(lower(body, "grace_ms", 0, job.policy.run.limits.grace));
  TRY(lower(body, "grace_ms", 0, job.policy.test.limits.grace));
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

}  // namespace

Result<void> read_limits(const JsonField& body, runner::Job& job) {
  if (const auto field = body.find("network")) TRY(read_network(*field, job));
  TRY(read_grace(body, job));
  const auto limits = body.find("limits");
  if (!limits) return {};
  TRY(limits->expect_keys({"total_ms", "compile", "run"}));
  TRY(lower(*limits, "total_ms", 1, job.policy.total));
  if (const auto compile = limits->find("compile")) {
    TRY(read_stage_limits(*compile, job.policy.compile.limits));
    TRY(read_stage_limits(*compile, job.policy.vet.limits));
  }
  if (const auto run = limits->find("run")) {
    TRY(read_stage_limits(*run, job.policy.run.limits));
    TRY(read_stage_limits(*run, job.policy.test.limits));
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
  return {};
}

}  // namespace gobox::api
