// SPDX-License-Identifier: Apache-2.0

#include "policies/loader.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "policies/directory.h"
#include "policies/document.h"
#include "policies/render.h"
#include "policies/seccomp_reader.h"

namespace gobox::policies {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPolicyFiles = 256;
constexpr std::size_t kMaxFileBytes = 1U << 20;
constexpr std::size_t kMaxNameBytes = 64;

enum class FileKind { kStage, kJob };

Result<FileKind> kind_of(const Document& document) {
  const Node root = document.root();
  if (!root.is_object()) return root.wrong("a policy is an object");
  const auto kind = root.find("kind");
  if (!kind) return root.wrong("the key \"kind\" is missing; it is \"stage\" or \"job\"");
  const std::string word = TRY(kind->text());
  if (word == "stage") return FileKind::kStage;
  if (word == "job") return FileKind::kJob;
  return kind->wrong("\"" + word + "\" is not one of stage, job");
}

template <typename Map>
std::vector<std::string> names_of(const Map& map) {
  std::vector<std::string> names;
  names.reserve(map.size());
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

std::string listed(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : ", ") + word;
  return result;
}

// Names go into messages, file names, URLs and metrics: keep them plain.
bool is_plain_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= kMaxNameBytes && name.front() != '-' &&
         std::ranges::all_of(name, plain);
}

Result<std::string> read_policy_file(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (error)
    return Error{Error::Kind::kCaller, error.value(), file.string() + ": " + error.message()};
  // A FIFO or a terminal would make us wait for ever.
  if (!fs::is_regular_file(status)) return Error::caller(file.string() + ": not a regular file");
  return read_file(file.string(), kMaxFileBytes);
}

Result<std::vector<fs::path>> policy_files(const fs::path& directory, bool may_be_empty = false) {
  std::error_code error;
  std::vector<fs::path> files;
  if (may_be_empty && !fs::exists(directory, error)) return files;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  const std::string step = "read the policies in " + directory.string();
  if (error) return Error::system(step, error.value());
  if (files.empty() && !may_be_empty) return Error::host(step + ": there is no *.json file");
  if (files.size() > kMaxPolicyFiles) return Error::host(step + ": more than 256 *.json files");
  std::ranges::sort(files);
  return files;
}

// Resolves the stage policies of a directory, each after the one it extends.
class StageResolver {
 public:
  explicit StageResolver(const std::map<std::string, Document>& documents)
      : documents_(documents) {}

  Result<SharedStage> resolve(const std::string& name) {
    if (const auto done = resolved_.find(name); done != resolved_.end()) return done->second;
    chain_.push_back(name);
    SharedStage stage = TRY(read_extended_stage(documents_.at(name).root(), name,
                                                [this](const Node& where) { return find(where); }));
    chain_.pop_back();
    resolved_.emplace(name, stage);
    return stage;
  }

  Result<SharedStage> find(const Node& where) {
    const std::string name = TRY(where.text());
    if (!documents_.contains(name)) {
      return where.wrong("there is no stage policy \"" + name + "\"; there are " +
                         listed(names_of(documents_)));
    }
    if (std::ranges::find(chain_, name) != chain_.end()) {
      return where.wrong("extends itself: " + listed(chain_) + ", " + name);
    }
    return resolve(name);
  }

 private:
  const std::map<std::string, Document>& documents_;
  std::map<std::string, SharedStage> resolved_;
  std::vector<std::string> chain_;  // being resolved, outermost first
};

StagePolicy as_written(const StagePolicy& stage) {
  return stage;
}

// Without what the kernel is not told: every run gets a copy, and comments are half of it.
StagePolicy as_enforced(const StagePolicy& stage) {
  StagePolicy copy{.name = stage.name,
                   .limits = stage.limits,
                   .most = stage.most,
                   .network = stage.network,
                   .binds = stage.binds,
                   .seccomp = {.default_errno = stage.seccomp.default_errno,
                               .on_forbidden = stage.seccomp.on_forbidden,
                               .rules = {}}};
  copy.seccomp.rules.reserve(stage.seccomp.rules.size());
  for (const SyscallRule& rule : stage.seccomp.rules) {
    if (repeats_default(rule, stage.seccomp)) continue;
    copy.seccomp.rules.push_back({.calls = rule.calls,
                                  .action = rule.action,
                                  .errno_value = rule.errno_value,
                                  .when = rule.when,
                                  .comment = {}});
  }
  return copy;
}

JobPolicy job_of(const JobPlan& plan, StagePolicy (*copy)(const StagePolicy&)) {
  JobPolicy job;
  job.name = plan.name;
  job.total = plan.total;
  job.fetch = copy(*plan.fetch);
  job.total_most = plan.total_most;
  job.compile = copy(*plan.compile);
  job.vet = copy(*plan.vet);
  job.run = copy(*plan.run);
  job.test = copy(*plan.test);
  job.input = plan.input;
  job.race = plan.race;
  job.cgo = plan.cgo;
  job.go_in_path = plan.go_in_path;
  set_scratch(job, plan.scratch);
  return job;
}

}  // namespace

void set_scratch(JobPolicy& job, Scratch scratch) {
  for (StagePolicy* stage : {&job.fetch, &job.compile, &job.vet, &job.run, &job.test}) {
    stage->scratch = scratch;
  }
}

namespace {

struct Documents {
  std::map<std::string, Document> stages;
  std::map<std::string, Document> jobs;
};

// Those read before give way to one of the same name.
Result<void> read_documents(const std::vector<fs::path>& files, Documents& documents) {
  for (const fs::path& file : files) {
    const std::string name = file.stem().string();
    if (!is_plain_name(name)) {
      return Error::caller(file.string() + ": a policy is named with a-z, 0-9 and \"-\" only");
    }
    const std::string text = TRY(read_policy_file(file));
    Document document = TRY(Document::parse(file.string(), text));
    const FileKind kind = TRY(kind_of(document));
    documents.stages.erase(name);
    documents.jobs.erase(name);
    (kind == FileKind::kStage ? documents.stages : documents.jobs)
        .emplace(name, std::move(document));
  }
  return {};
}

}  // namespace

Result<PolicySet> PolicySet::load_shipped() {
  const fs::path directory = TRY(find_policy_dir());
  const fs::path own = TRY(find_own_policy_dir());
  return load(directory, own);
}

Result<PolicySet> PolicySet::load(const fs::path& directory, const fs::path& own) {
  Documents documents;
  const std::vector<fs::path> shipped = TRY(policy_files(directory));
  TRY(read_documents(shipped, documents));
  if (!own.empty()) {
    const std::vector<fs::path> owned = TRY(policy_files(own, true));
    TRY(read_documents(owned, documents));
  }
  const auto& [stages, jobs] = documents;
  PolicySet set;
  StageResolver resolver(stages);
  for (const auto& [name, document] : stages) {
    set.stages_.emplace(name, TRY(resolver.resolve(name)));
  }
  for (const auto& [name, document] : jobs) {
    JobPlan job = TRY(
        read_job(document.root(), name, [&](const Node& where) { return resolver.find(where); }));
    set.jobs_.emplace(name, std::move(job));
  }
  return set;
}

Error PolicySet::unknown(std::string_view wanted, std::string_view name) const {
  const bool is_stage = stages_.contains(name) || added_stages_.contains(name);
  const bool is_job = jobs_.contains(name) || added_jobs_.contains(name);
  std::string message = "there is no " + std::string(wanted) + " \"" + std::string(name) + "\"";
  if (is_stage) message = "\"" + std::string(name) + "\" is a stage policy, not a job policy";
  if (is_job) message = "\"" + std::string(name) + "\" is a job policy, not a stage policy";
  if (wanted != "stage policy") message += "; job policies: " + listed(job_names());
  if (wanted != "job policy") message += "; stage policies: " + listed(stage_names());
  return Error::caller(message);
}

Result<StagePolicy> PolicySet::stage(std::string_view name) const {
  for (const Stages* stages : {&stages_, &added_stages_}) {
    const auto found = stages->find(name);
    if (found == stages->end()) continue;
    StagePolicy policy = *found->second;
    policy.seccomp = without_repeated_default(std::move(policy.seccomp));
    return policy;
  }
  return unknown("stage policy", name);
}

Result<JobPolicy> PolicySet::job(std::string_view name) const {
  for (const Jobs* jobs : {&jobs_, &added_jobs_}) {
    const auto found = jobs->find(name);
    if (found == jobs->end()) continue;
    return job_of(found->second, as_enforced);
  }
  return unknown("job policy", name);
}

std::vector<std::string> PolicySet::stage_names() const {
  return names_of(stages_);
}

std::vector<std::string> PolicySet::job_names() const {
  return names_of(jobs_);
}

Result<std::string> PolicySet::add_text(std::string_view name, std::string_view text) {
  const std::string key(name);
  if (stages_.contains(name) || jobs_.contains(name)) {
    return Error::caller(key + ": a policy of that name is shipped; give the file another name");
  }
  const Document document = TRY(Document::parse(name, text));
  const FindStage find = [this](const Node& where) -> Result<SharedStage> {
    const std::string wanted = TRY(where.text());
    const auto found = stages_.find(wanted);
    if (found != stages_.end()) return found->second;
    return where.wrong(unknown("stage policy", wanted).message);
  };
  const FileKind kind = TRY(kind_of(document));
  const std::string stem = fs::path(key).stem().string();
  if (kind == FileKind::kStage) {
    SharedStage policy = TRY(read_extended_stage(document.root(), stem, find));
    added_jobs_.erase(key);
    added_stages_.insert_or_assign(key, std::move(policy));
  } else {
    JobPlan policy = TRY(read_job(document.root(), stem, find));
    added_stages_.erase(key);
    added_jobs_.insert_or_assign(key, std::move(policy));
  }
  return key;
}

Result<std::string> PolicySet::add_file(const fs::path& file) {
  const std::string text = TRY(read_policy_file(file));
  // "./run" and never "run": a file without extension must not be taken for the shipped policy.
  return add_text(file.has_parent_path() ? file.string() : "./" + file.string(), text);
}

Result<std::string> PolicySet::choose(std::string_view name_or_file) {
  const bool listed_name = stages_.contains(name_or_file) || jobs_.contains(name_or_file);
  if (listed_name) return std::string(name_or_file);
  const bool file =
      name_or_file.find('/') != std::string_view::npos || name_or_file.ends_with(".json");
  if (file) return add_file(fs::path(name_or_file));
  return unknown("policy", name_or_file);
}

Result<void> PolicySet::check_file(const fs::path& file) const {
  PolicySet scratch = *this;
  TRY(scratch.add_file(file));
  return {};
}

Result<void> PolicySet::check_text(std::string_view name, std::string_view text) const {
  PolicySet scratch = *this;
  TRY(scratch.add_text(name, text));
  return {};
}

Result<std::string> PolicySet::show(std::string_view name) const {
  for (const Jobs* jobs : {&jobs_, &added_jobs_}) {
    const auto found = jobs->find(name);
    if (found != jobs->end()) return render(job_of(found->second, as_written));
  }
  for (const Stages* stages : {&stages_, &added_stages_}) {
    const auto found = stages->find(name);
    if (found != stages->end()) return render(*found->second);
  }
  return unknown("policy", name);
}

}  // namespace gobox::policies
