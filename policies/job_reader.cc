#include "policies/job_reader.h"

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

}  // namespace

Result<SharedStage> read_extended_stage(const Node& node, std::string name, const FindStage& find) {
  SharedStage inherited = std::make_shared<const StagePolicy>();
  if (const auto base = node.find("extends")) inherited = TRY(find(*base));
  StagePolicy stage = TRY(read_stage(node, std::move(name), *inherited));
  return SharedStage(std::make_shared<const StagePolicy>(std::move(stage)));
}

Result<JobPlan> read_job(const Node& node, std::string name, const FindStage& find) {
  TRY(node.expect_keys({"kind", "comment", "total", "race", "stages"},
                       {"kind", "comment", "total", "stages"}));
  TRY(node.at("comment").text());
  JobPlan job;
  job.name = std::move(name);
  job.total = TRY(node.at("total").duration());
  if (const auto race = node.find("race")) job.race = TRY(race->boolean());
  const Node stages = node.at("stages");
  TRY(stages.expect_keys({"comment", "compile", "vet", "run", "test"},
                         {"comment", "compile", "vet", "run", "test"}));
  TRY(stages.at("comment").text());
  job.compile = TRY(read_job_stage(stages, "compile", job.name, find));
  job.vet = TRY(read_job_stage(stages, "vet", job.name, find));
  job.run = TRY(read_job_stage(stages, "run", job.name, find));
  job.test = TRY(read_job_stage(stages, "test", job.name, find));
  return job;
}

}  // namespace gobox::policies
