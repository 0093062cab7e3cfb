// SPDX-License-Identifier: Apache-2.0

#include "api/runs/run_request.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "api/runs/json_document.h"
#include "api/runs/json_field.h"
#include "api/runs/limits_request.h"
#include "api/runs/test_request.h"
#include "runner/golang/build_constraint.h"
#include "runner/golang/entry.h"
#include "runner/result/result_json.h"
#include "runner/testing/fuzz_worker.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMaxPatterns = 100;  // of artifacts
constexpr std::size_t kMaxPattern = 1000;
constexpr std::size_t kMaxWords = 1000;  // arguments; variables
constexpr std::size_t kMaxWordBytes =
    std::size_t{128} * 1024;  // of both together: they travel in one message

bool has_nul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

constexpr std::array<const char*, 3> kSources = {"source", "files", "txtar"};

std::size_t given_sources(const JsonField& body) {
  return static_cast<std::size_t>(std::count_if(kSources.begin(), kSources.end(),
                                                [&](const char* name) { return body.find(name); }));
}

// What a refusal of the files points to.
JsonField blamed_source(const JsonField& body) {
  for (const char* name : kSources) {
    if (const auto field = body.find(name)) return *field;
  }
  return body;
}

// Where the one and only source of the request stands.
Result<JsonField> source_field(const JsonField& body) {
  std::optional<JsonField> chosen;
  for (const char* name : kSources) {
    const auto field = body.find(name);
    if (!field) continue;
    if (chosen) return field->wrong("give one of source, files and txtar, not two");
    chosen = field;
  }
  if (!chosen) return body.wrong("needs one of source, files and txtar");
  return *chosen;
}

// A refusal of the whole workspace that quotes a file is about that file.
Error blame_file(const JsonField& files,
                 const std::vector<std::pair<std::string, std::string>>& members,
                 const Error& error, Problem& problem) {
  for (const auto& [path, contents] : members) {
    if (error.message.find(runner::quote_path(path)) == std::string::npos) continue;
    Error wrong = files.wrong(error.message);
    problem.pointer = files.pointer() + "/" + pointer_token(path);
    return wrong;
  }
  return files.wrong(error.message);
}

// A file is its text, or {"base64": "..."}.
Result<std::string> file_bytes(const JsonField& file) {
  if (file.is_text()) return file.text();
  if (!file.is_object()) return file.wrong("must be a string, or an object with base64");
  TRY(file.expect_keys({"base64"}));
  const auto encoded = file.find("base64");
  if (!encoded) return file.wrong("must have base64");
  auto bytes = runner::from_base64(TRY(encoded->text()));
  if (!bytes) return encoded->wrong("is not base64");
  return std::move(*bytes);
}

Result<std::vector<std::pair<std::string, std::string>>> file_members(const JsonField& files,
                                                                      std::size_t most) {
  std::vector<std::pair<std::string, std::string>> members;
  for (const auto& [path, file] : TRY(files.members(most))) {
    members.emplace_back(path, TRY(file_bytes(file)));
  }
  return members;
}

Result<runner::Workspace> read_files(const JsonField& files, const runner::InputLimits& limits,
                                     Problem& problem) {
  const auto members = TRY(file_members(files, limits.max_files));
  if (members.empty()) return files.wrong("names no file");
  for (const auto& [path, contents] : members) {
    const auto checked = runner::check_path(path, limits);
    if (checked) continue;
    Error wrong = files.wrong(checked.error().message);
    problem.pointer = files.pointer() + "/" + pointer_token(runner::to_utf8(path));
    return wrong;
  }
  auto workspace = runner::workspace_from_map(members, limits);
  if (!workspace) return blame_file(files, members, workspace.error(), problem);
  return workspace;
}

Result<runner::Workspace> read_tree(const SentTree& tree, const RequestRules& rules,
                                    const runner::InputLimits& limits, Problem& problem) {
  auto workspace =
      runner::workspace_from_tar(tree.bytes, tree.packing, limits, rules.spool_directory);
  if (workspace) return workspace;
  const bool callers = workspace.error().kind == Error::Kind::kCaller;
  problem = {callers ? 422 : 500, workspace.error().message, "/tree", std::nullopt};
  return workspace;
}

Result<runner::Workspace> read_workspace(const JsonField& body, const RequestRules& rules,
                                         const policies::InputSizes& sizes, Problem& problem) {
  const runner::InputLimits limits = runner::input_limits(sizes);
  if (rules.tree) {
    if (given_sources(body) > 0) {
      return body.wrong("the files come in the part tree; source, files and txtar are not taken");
    }
    return read_tree(*rules.tree, rules, limits, problem);
  }
  const JsonField field = TRY(source_field(body));
  if (field.pointer() == "/files") return read_files(field, limits, problem);
  const std::string text = TRY(field.text());
  if (text.empty()) return field.wrong("is empty");
  auto workspace = field.pointer() == "/txtar"
                       ? runner::workspace_from_txtar(text, limits)
                       : runner::workspace_from_source(text, "main.go", limits);
  if (!workspace) return field.wrong(workspace.error().message);
  return workspace;
}

Result<void> read_package(const JsonField& body, runner::Job& job) {
  const auto field = body.find("package");
  if (!field) return {};
  job.package = TRY(field->text());
  if (job.package.empty()) return field->wrong("is empty");
  return {};
}

Result<runner::JobKind> read_kind(const JsonField& body) {
  const auto field = body.find("kind");
  if (!field) return runner::JobKind::kRun;
  const std::string kind = TRY(field->text());
  if (kind == "run") return runner::JobKind::kRun;
  if (kind == "test") return runner::JobKind::kTest;
  if (kind == "build") return runner::JobKind::kBuild;
  return field->wrong("must be run, test or build");
}

Result<void> read_flag(const JsonField& body, const char* name, bool& flag) {
  if (const auto field = body.find(name)) flag = TRY(field->boolean());
  return {};
}

Result<void> read_arguments(const JsonField& body, runner::Job& job) {
  const auto field = body.find("args");
  if (!field) return {};
  job.arguments = TRY(field->texts(kMaxWords));
  if (std::any_of(job.arguments.begin(), job.arguments.end(), has_nul)) {
    return field->wrong("an argument cannot hold a NUL byte");
  }
  return {};
}

Result<void> read_environment(const JsonField& body, runner::Job& job) {
  const auto field = body.find("env");
  if (!field) return {};
  for (const auto& [name, value] : TRY(field->text_members(kMaxWords))) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name) || has_nul(value)) {
      return field->wrong("a variable needs a name without = and no NUL byte anywhere");
    }
    job.environment.push_back(name + "=" + value);
  }
  std::size_t total = 0;
  for (const auto* words : {&job.arguments, &job.environment}) {
    for (const std::string& word : *words) total += word.size() + 1;
  }
  if (total > kMaxWordBytes) {
    return field->wrong("arguments and environment are larger than " +
                        std::to_string(kMaxWordBytes) + " bytes together");
  }
  return {};
}

Result<void> read_standard_input(const JsonField& body, runner::Job& job) {
  bool base64 = false;
  if (const auto field = body.find("stdin_encoding")) {
    const std::string encoding = TRY(field->text());
    if (encoding != "utf-8" && encoding != "base64") return field->wrong("must be utf-8 or base64");
    base64 = encoding == "base64";
  }
  const auto field = body.find("stdin");
  if (!field) return {};
  job.standard_input = TRY(field->text());
  if (!base64) return {};
  auto bytes = runner::from_base64(job.standard_input);
  if (!bytes) return field->wrong("is not base64");
  job.standard_input = std::move(*bytes);
  return {};
}

Result<policies::Scratch> read_scratch(const JsonField& field) {
  const std::string word = TRY(field.text());
  if (word == "memory") return policies::Scratch::kMemory;
  if (word == "disk") return policies::Scratch::kDisk;
  return field.wrong("must be memory or disk");
}

Result<void> read_policy(const JsonField& body, const RequestRules& rules, runner::Job& job,
                         Problem& problem) {
  if (const auto field = body.find("race")) job.go.race = TRY(field->boolean());
  if (const auto field = body.find("cgo")) job.go.cgo = TRY(field->boolean());
  const auto field = body.find("policy");
  job.policy_name = field ? TRY(field->text()) : job.go.race ? "race" : "default";
  if (rules.may_use && !rules.may_use(job.policy_name)) {
    problem = {403, "this token may not use the policy " + job.policy_name, "/policy", {}};
    return Error::caller(problem.detail);
  }
  auto policy = rules.policies.job(job.policy_name);
  if (!policy) return (field ? *field : body).wrong(policy.error().message);
  job.policy = std::move(*policy);
  if (const auto scratch = body.find("scratch"))
    set_scratch(job.policy, TRY(read_scratch(*scratch)));
  take_policy_settings(job);
  return {};
}

Result<runner::Toolchain> read_toolchain(const JsonField& body, const RequestRules& rules,
                                         runner::Job& job) {
  const auto field = body.find("toolchain");
  if (field) job.toolchain = TRY(field->text());
  if (job.toolchain.find('/') != std::string::npos)
    return field->wrong("must be a version, not a path");
  auto toolchain = runner::find_toolchain(rules.toolchains, job.toolchain);
  if (!toolchain) return (field ? *field : body).wrong(toolchain.error().message);
  const auto race = body.find("race");
  if (job.go.race && !toolchain->has_race_runtime) {
    return (race ? *race : body).wrong("toolchain " + toolchain->name + " has no race detector");
  }
  return toolchain;
}

// What JobRunner would refuse later: an accepted run is one that can start.
Result<void> check_entry(const JsonField& body, const runner::Job& job,
                         const runner::Toolchain& toolchain) {
  runner::BuildTarget target;
  target.go_minor = toolchain.minor;
  target.cgo = job.go.race || job.go.cgo;
  if (job.go.race) target.tags.push_back("race");
  target.tags.insert(target.tags.end(), job.go.tags.begin(), job.go.tags.end());
  const JsonField source = blamed_source(body);
  if (const auto go = runner::require_go(job.workspace); !go)
    return source.wrong(go.error().message);
  if (job.kind == runner::JobKind::kTest) {
    if (!runner::test_directories(job.workspace, target).empty()) return {};
    return source.wrong("there is no _test.go file to test");
  }
  const auto package = body.find("package");
  const auto directory = runner::find_package(job.workspace, job.package);
  if (!directory) return (package ? *package : source).wrong(directory.error().message);
  const auto entry = runner::plan_entry(job.workspace, target, {*directory, "package: "});
  if (!entry) return (package ? *package : source).wrong(entry.error().message);
  return {};
}

Result<void> read_modules(const JsonField& body, runner::Job& job) {
  const auto field = body.find("modules");
  if (!field) return {};
  const std::string text = TRY(field->text());
  if (text == "auto") {
    job.modules = runner::ModuleMode::kAuto;
  } else if (text == "vendor") {
    job.modules = runner::ModuleMode::kVendor;
  } else if (text == "proxy") {
    job.modules = runner::ModuleMode::kFetch;
  } else if (text == "off") {
    job.modules = runner::ModuleMode::kOff;
  } else {
    return field->wrong("must be auto, vendor, proxy or off");
  }
  return {};
}

Result<void> read_artifacts(const JsonField& body, runner::Job& job) {
  const auto field = body.find("artifacts");
  if (!field) {
    if (!job.test.fuzz.empty()) job.artifacts = {runner::kFailingInputs};
    return {};
  }
  job.artifacts = TRY(field->texts(kMaxPatterns));
  for (const std::string& pattern : job.artifacts) {
    if (pattern.empty() || pattern.size() > kMaxPattern || pattern.starts_with('/')) {
      return field->wrong("a pattern is a path below the program's files, of at most " +
                          std::to_string(kMaxPattern) + " bytes");
    }
  }
  return {};
}

Result<void> read_callback(const JsonField& body, const RequestRules& rules) {
  const auto field = body.find("callback");
  if (!field) return {};
  const std::string url = TRY(field->text());
  if (!rules.take_callback) return field->wrong("is not served: results are not posted from here");
  const auto taken = rules.take_callback(url);
  if (!taken) return field->wrong(taken.error().message);
  return {};
}

Result<void> read_prove(const JsonField& body, runner::Job& job) {
  const auto field = body.find("prove");
  if (!field) return {};
  job.prove = TRY(field->boolean());
  if (job.prove && job.stdin_open) {
    return field->wrong("needs an input that can be given again, so it excludes stdin_open");
  }
  return {};
}

}  // namespace

Result<runner::Job> read_run_request(std::string_view text, const RequestRules& rules,
                                     Problem& problem) {
  const boost::json::value document = TRY(parse_document(text, problem));
  const JsonField body(document, "", problem);
  TRY(body.expect_keys(
      {"source",   "files",          "txtar",       "kind",         "args",     "env",
       "stdin",    "stdin_encoding", "toolchain",   "policy",       "race",     "vet",
       "gogc",     "gomemlimit",     "parallelism", "network",      "grace_ms", "limits",
       "timeline", "goroutines",     "gctrace",     "package",      "packages", "test",
       "cache",    "cache_write",    "stdin_open",  "tags",         "ldflags",  "gcflags",
       "modules",  "artifacts",      "cgo",         "output_limit", "prove",    "scratch",
       "pprof",    "callback"}));
  runner::Job job;
  job.id = runner::new_job_id();
  job.kind = TRY(read_kind(body));
  TRY(read_policy(body, rules, job, problem));
  const runner::Toolchain toolchain = TRY(read_toolchain(body, rules, job));
  TRY(read_limits(body, job));
  TRY(read_go_settings(body, job));
  TRY(read_arguments(body, job));
  TRY(read_environment(body, job));
  TRY(read_standard_input(body, job));
  TRY(read_flag(body, "stdin_open", job.stdin_open));
  job.cache_scope = rules.cache_scope;
  TRY(read_modules(body, job));
  TRY(read_flag(body, "vet", job.vet));
  TRY(read_flag(body, "timeline", job.timeline));
  TRY(read_flag(body, "goroutines", job.goroutines));
  TRY(read_flag(body, "gctrace", job.gctrace));
  TRY(read_prove(body, job));
  TRY(read_flag(body, "pprof", job.profiles));
  TRY(read_tests(body, job));
  TRY(read_artifacts(body, job));
  TRY(read_callback(body, rules));
  job.workspace = TRY(read_workspace(body, rules, job.policy.input, problem));
  TRY(read_package(body, job));
  TRY(check_entry(body, job, toolchain));
  return job;
}

std::uint64_t memory_needed(const runner::Job& job) {
  const policies::JobPolicy& policy = job.policy;
  std::uint64_t most = job.kind == runner::JobKind::kTest ? policy.test.limits.memory_bytes
                                                          : policy.run.limits.memory_bytes;
  if (job.kind != runner::JobKind::kExec) most = std::max(most, policy.compile.limits.memory_bytes);
  if (job.vet) most = std::max(most, policy.vet.limits.memory_bytes);
  return most;
}

}  // namespace gobox::api
