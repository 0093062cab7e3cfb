// SPDX-License-Identifier: Apache-2.0

#include "run/sweep_job.h"

#include <algorithm>

#include "base/sha256.h"
#include "policies/render.h"
#include "run/job_request.h"
#include "run/options.h"
#include "runner/golang/go_command.h"

namespace gobox::run {
namespace {

using lab::Setting;
using Words = std::vector<std::string>;

bool replace_all(std::string& text, const std::string& what, const std::string& with) {
  bool found = false;
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
    found = true;
  }
  return found;
}

// Settings go in front of the job's "--".
Words with_flags(const Words& words, const Words& flags) {
  Words all = words;
  const auto dashes = std::find(all.begin(), all.end(), "--");
  all.insert(dashes, flags.begin(), flags.end());
  return all;
}

Result<void> refuse_twice(const Words& words, const std::vector<lab::Dimension>& dimensions,
                          const std::optional<lab::SearchPlan>& search) {
  const auto check = [&](const std::string& name) -> Result<void> {
    const Words flags = lab::flags_of({name, "1"});
    if (flags.empty() || lab::environment_name(name)) return {};
    for (const std::string& word : words) {
      if (word == "--") break;
      if (word == flags[0] || word.rfind(flags[0] + "=", 0) == 0) {
        return Error::caller(flags[0] + " is given and varied too");
      }
    }
    return {};
  };
  for (const lab::Dimension& dimension : dimensions) TRY(check(dimension.name));
  if (search) TRY(check(search->name));
  return {};
}

}  // namespace

// A build reads the flags of a run.
std::string SweepJob::parse_form() const {
  return options_.form == SweepOptions::Form::kBuild ? "run" : name_of(options_.form);
}

Result<SweepJob> SweepJob::make(Session& session, const SweepOptions& options) {
  SweepJob made(session, options);
  TRY(refuse_twice(options.job_words, options.dimensions, options.search));
  Options flags = TRY(parse_options(made.parse_form(), options.job_words));
  if (flags.output != Options::Output::kPlain || !flags.keep_directory.empty() ||
      !flags.timeline_file.empty() || !flags.core_file.empty()) {
    return Error::caller("sweep: --events, --keep, --timeline and --core are for single runs");
  }
  const bool exec = options.form == SweepOptions::Form::kExec;
  std::string policy_name;
  const policies::JobPolicy policy = TRY(apply_to_policy(flags, session.policies, policy_name));
  const Words inputs = flags.inputs;
  if (options.shape && !inputs.empty()) {
    return Error::caller("--project takes the place of files: " + inputs[0] + " is one too many");
  }
  if (options.shape) {
    flags.inputs.clear();
    made.base_.kind = runner::JobKind::kRun;
    made.base_.workspace = TRY(lab::make_project(*options.shape, options.packages));
    made.base_.arguments = flags.arguments;
    if (exec && flags.arguments.empty()) return Error::caller("--exec: give the command behind --");
  } else if (exec) {
    flags.inputs.clear();
    made.base_ = TRY(make_job("exec", flags, policy));
    if (!inputs.empty()) {
      Options files;
      files.inputs = inputs;
      made.base_.workspace = TRY(make_job("run", files, policy)).workspace;
    }
  } else {
    made.base_ = TRY(make_job(made.parse_form(), flags, policy));
  }
  if (exec) made.base_.kind = runner::JobKind::kExec;
  if (options.form == SweepOptions::Form::kBuild) made.base_.kind = runner::JobKind::kBuild;
  if (options.form == SweepOptions::Form::kTest) made.base_.kind = runner::JobKind::kTest;
  made.base_.observer = {};
  return made;
}

Result<runner::Job> SweepJob::with(const std::vector<Setting>& settings) const {
  Words flags;
  for (const Setting& setting : settings) {
    for (std::string& each : lab::flags_of(setting)) flags.push_back(std::move(each));
  }
  const Options options = TRY(parse_options(parse_form(), with_flags(options_.job_words, flags)));
  runner::Job job = base_;
  job.id = runner::new_job_id();
  job.toolchain = options.toolchain;
  job.environment = options.environment;
  job.go = options.go;
  job.gctrace = options_.gctrace;
  for (const Setting& setting : settings) {
    if (setting.name != "packages") continue;
    const std::size_t size = TRY(parse_count("packages", setting.value, 1, lab::kLargestProject));
    job.workspace = TRY(lab::make_project(*options_.shape, size));
  }
  job.policy = TRY(apply_to_policy(options, session_.policies, job.policy_name));
  take_policy_settings(job);
  job.cancel = session_.signals.get();
  TRY(place_arguments(settings, job));
  if (job.kind == runner::JobKind::kExec) TRY(give_go(job));
  return job;
}

Result<void> SweepJob::place_arguments(const std::vector<Setting>& settings,
                                       runner::Job& job) const {
  for (const Setting& setting : settings) {
    if (setting.name != "arg" && setting.name != "p") continue;
    bool placed = false;
    for (std::string& argument : job.arguments) {
      placed = replace_all(argument, "{" + setting.name + "}", setting.value) || placed;
    }
    if (!placed && setting.name == "arg") job.arguments.push_back(setting.value);
    if (!placed && setting.name == "p" && job.kind == runner::JobKind::kExec) {
      job.environment.push_back("GOFLAGS=-p=" + setting.value);
    }
  }
  return {};
}

// A command that names {go} gets the toolchain, its environment, its prepared cache and the system
// calls it needs (the go command locks go.mod, which programs may not), as the compile stage does.
Result<void> SweepJob::give_go(runner::Job& job) const {
  const runner::Toolchain toolchain =
      TRY(runner::find_toolchain(session_.runner->toolchains(), job.toolchain));
  bool named = false;
  for (std::string& argument : job.arguments) {
    named = replace_all(argument, "{go}", toolchain.go_command().string()) || named;
  }
  if (!named) return {};
  const auto cache = session_.runner->caches().find(toolchain, runner::CacheVariant::kPlain);
  if (!cache)
    return Error::caller("the cache of " + toolchain.name + " is not prepared: sandbox-run warm");
  job.policy.run.seccomp = job.policy.compile.seccomp;
  job.policy.run.binds.push_back({cache->string(), runner::kCacheDirectory, false, ""});
  Words environment = runner::go_environment(toolchain, job.go, job.policy.run.limits, false);
  environment.insert(environment.end(), job.environment.begin(), job.environment.end());
  job.environment = std::move(environment);
  return {};
}

std::string SweepJob::fingerprint(const Words& more) const {
  Sha256 hash;
  const auto add = [&](std::string_view field) { hash.update_field(field); };
  add("sweep 2");
  for (const std::string& each : more) add(each);
  add(name_of(options_.form));
  add(options_.gctrace ? "gctrace" : "");
  for (const std::string& word : options_.job_words) add(word);
  add(options_.shape ? std::to_string(static_cast<int>(*options_.shape)) : "");
  for (const runner::SourceFile& file : base_.workspace.files) {
    add(file.path);
    add(file.bytes);
  }
  add(base_.standard_input);
  // Policies by what they say: a file of the same name may have been changed meanwhile.
  if (const auto plain = with({})) add(policies::render(plain->policy));
  if (const auto race = session_.policies.show("race")) add(*race);
  for (const runner::Toolchain& toolchain : session_.runner->toolchains()) {
    add(toolchain.goroot.string());
    add(toolchain.name);
  }
  return hex(hash.finish()).substr(0, 32);
}

}  // namespace gobox::run
