// SPDX-License-Identifier: Apache-2.0

#include "policies/job_reader.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "policies/stage_reader.h"

namespace gobox::policies {
namespace {

// `node` names a stage policy or is one.
Result<SharedStage> read_job_stage(const Node& stages, std::string_view key, const std::string& job,
                                   const FindStage& find) {
  const Node node = stages.at(key);
  if (!node.is_object()) return find(node);
  return read_extended_stage(node, job + "." + std::string(key), find);
}

// For job policies that say nothing of fetching: the compile stage's walls, and the time and room
// that downloads take. The network is the sandbox's own loopback, where the relay listens.
SharedStage fetch_like(const StagePolicy& compile) {
  auto fetch = std::make_shared<StagePolicy>(compile);
  fetch->name += "+fetch";
  fetch->network = Network::kLoopback;
  fetch->limits.wall = std::max<Nanoseconds>(fetch->limits.wall, std::chrono::seconds(60));
  fetch->limits.output_bytes = std::max(fetch->limits.output_bytes, std::uint64_t{8} << 20);
  fetch->limits.disk_inodes = std::max<std::uint64_t>(fetch->limits.disk_inodes, 262'144);
  return fetch;
}

constexpr std::uint64_t kMaxFiles = 1'000'000;
constexpr std::uint64_t kMaxPath = 4000;  // PATH_MAX, with room for /work/ before it

Result<InputSizes> read_input(const Node& node) {
  TRY(node.expect_keys({"comment", "files", "bytes", "path", "depth"}, {"comment"}));
  TRY(node.at("comment").text());
  InputSizes input;
  if (const auto value = node.find("files")) input.files = TRY(value->count(1, kMaxFiles));
  if (const auto value = node.find("bytes")) input.bytes = TRY(value->size());
  if (const auto value = node.find("path")) input.path = TRY(value->count(1, kMaxPath));
  if (const auto value = node.find("depth")) input.depth = TRY(value->count(1, kMaxPath / 2));
  return input;
}

Result<Scratch> read_scratch(const Node& node) {
  const auto word = node.text();
  if (!word) return word.error();
  if (*word == "memory") return Scratch::kMemory;
  if (*word == "disk") return Scratch::kDisk;
  return node.wrong("\"" + *word + "\" is not one of memory, disk");
}

Result<Nanoseconds> read_total_most(const Node& most, Nanoseconds total) {
  TRY(most.expect_keys({"comment", "total"}, {"comment", "total"}));
  TRY(most.at("comment").text());
  const Node node = most.at("total");
  const Nanoseconds duration = TRY(node.duration());
  if (duration < total) return node.wrong("is less than the policy's own total");
  return duration;
}

}  // namespace

Result<SharedStage> read_extended_stage(const Node& node, std::string name, const FindStage& find) {
  SharedStage inherited = std::make_shared<const StagePolicy>();
  if (const auto base = node.find("extends")) inherited = TRY(find(*base));
  StagePolicy stage = TRY(read_stage(node, std::move(name), *inherited));
  return SharedStage(std::make_shared<const StagePolicy>(std::move(stage)));
}

Result<JobPlan> read_job(const Node& node, std::string name, const FindStage& find) {
  TRY(node.expect_keys({"kind", "comment", "total", "most", "race", "cgo", "go_in_path", "scratch",
                        "input", "stages"},
                       {"kind", "comment", "total", "stages"}));
  TRY(node.at("comment").text());
  JobPlan job;
  job.name = std::move(name);
  job.total = TRY(node.at("total").duration());
  job.total_most = job.total;
  if (const auto most = node.find("most")) job.total_most = TRY(read_total_most(*most, job.total));
  if (const auto race = node.find("race")) job.race = TRY(race->boolean());
  if (const auto cgo = node.find("cgo")) job.cgo = TRY(cgo->boolean());
  if (const auto go = node.find("go_in_path")) job.go_in_path = TRY(go->boolean());
  if (const auto scratch = node.find("scratch")) job.scratch = TRY(read_scratch(*scratch));
  if (const auto input = node.find("input")) job.input = TRY(read_input(*input));
  const Node stages = node.at("stages");
  TRY(stages.expect_keys({"comment", "fetch", "compile", "vet", "run", "test"},
                         {"comment", "compile", "vet", "run", "test"}));
  TRY(stages.at("comment").text());
  job.compile = TRY(read_job_stage(stages, "compile", job.name, find));
  job.fetch = stages.find("fetch") ? TRY(read_job_stage(stages, "fetch", job.name, find))
                                   : fetch_like(*job.compile);
  job.vet = TRY(read_job_stage(stages, "vet", job.name, find));
  job.run = TRY(read_job_stage(stages, "run", job.name, find));
  job.test = TRY(read_job_stage(stages, "test", job.name, find));
  return job;
}

}  // namespace gobox::policies
