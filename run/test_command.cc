// SPDX-License-Identifier: Apache-2.0

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/file.h"
#include "run/command.h"
#include "run/core_option.h"
#include "run/job_request.h"
#include "run/report.h"
#include "run/session.h"
#include "run/test_inputs.h"
#include "run/test_report.h"
#include "runner/testing/cover_html.h"
#include "runner/testing/fuzz_worker.h"
#include "runner/testing/junit.h"

namespace gobox::run {
namespace {

struct TestRequest {
  Options options;
  runner::TestSettings settings;
  TestPlace place;
};

bool names_sources(const std::vector<std::string>& inputs) {
  return !inputs.empty() && std::all_of(inputs.begin(), inputs.end(), [](const auto& input) {
    return input == "-" || input.ends_with(".go") || input.ends_with(".txtar");
  });
}

// Packages as go test has them become a tree, and patterns within it.
Result<TestPlace> place_of(const Options& options) {
  if (names_sources(options.inputs)) return TestPlace{};
  std::error_code failure;
  const std::string here = std::filesystem::current_path(failure);
  if (failure) return Error::caller("the working directory: " + failure.message());
  return find_test_place(options.inputs, here);
}

Result<TestRequest> read_request(const Words& words) {
  TestWords sorted = TRY(sort_test_words(words));
  TestRequest request;
  request.options = TRY(parse_options("test", sorted.ours));
  Options& options = request.options;
  if (options.help) return request;
  options.arguments = std::move(sorted.arguments);
  request.place = TRY(place_of(options));
  if (!request.place.root.empty()) options.inputs = {request.place.root};
  if (sorted.settings.json && options.output != Options::Output::kPlain) {
    return Error::caller("-json excludes --json and --events: it is go test's own stream");
  }
  request.settings = std::move(sorted.settings);
  runner::TestSettings& settings = request.settings;
  settings.brief =
      !settings.verbose && (settings.benches || settings.lists || !settings.fuzz.empty());
  settings.packages = request.place.packages;
  if (!options.cover_html_file.empty()) request.settings.cover = true;
  return request;
}

std::string joined(std::string_view directory, const std::string& below) {
  if (directory == "." || directory.empty()) return below;
  if (directory.starts_with("./")) directory.remove_prefix(2);
  return below.empty() ? std::string(directory) : std::string(directory) + "/" + below;
}

Result<runner::Job> job_of(const TestRequest& request, const policies::JobPolicy& policy) {
  const Options& options = request.options;
  runner::Job job = TRY(make_job("test", options, policy));
  job.test = request.settings;
  // Where a workspace is sent, the module lies below its top.
  if (!request.place.root.empty())
    job.test_directory = joined(job.package, request.place.directory);
  job.cache_scope = "command line";
  if (options.cache.empty() && !request.place.root.empty()) {
    job.test_cache = "module " + request.place.root;
  }
  if (!options.cache.empty() && options.cache != "off") job.test_cache = "name " + options.cache;
  job.test_cache_write = !options.cache_read_only;
  if (!job.test.fuzz.empty() && !job.artifacts.empty()) {
    job.artifacts.emplace_back(runner::kFailingInputs);
  }
  return job;
}

Result<void> write_file(const char* flag, const std::string& path, const std::string& text) {
  auto file = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!file) return Error::caller(std::string(flag) + " " + file.error().message);
  return write_all(file->get(), text);
}

// What stands before the directories in the import paths of the tree's packages.
std::string module_of(const runner::JobResult& result) {
  for (const runner::PackageTests& each : result.tests) {
    if (each.state != runner::PackageTests::State::kRan) continue;
    if (each.directory.empty()) return each.package;
    if (each.package.ends_with("/" + each.directory)) {
      return each.package.substr(0, each.package.size() - each.directory.size() - 1);
    }
  }
  return {};
}

std::optional<std::string> source_of(const std::string& root, const std::string& module,
                                     const std::string& name) {
  constexpr std::size_t kMaxSource = std::size_t{16} << 20;
  if (module.empty() || !name.starts_with(module + "/")) return std::nullopt;
  const std::string below = name.substr(module.size());
  if (below.find("/../") != std::string::npos) return std::nullopt;
  auto text = runner::read_input_file(root + below, kMaxSource);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

Result<void> write_files(const Options& options, const std::string& profile,
                         const runner::JobResult& result) {
  if (!options.junit_file.empty()) {
    TRY(write_file("--junit", options.junit_file, junit_xml(result.tests, result.toolchain)));
  }
  if (!profile.empty()) TRY(write_file("-coverprofile", profile, result.cover_profile));
  if (!options.cover_html_file.empty()) {
    const std::string root = options.inputs.empty() ? "." : options.inputs.front();
    const std::string module = module_of(result);
    TRY(write_file("--cover-html", options.cover_html_file,
                   runner::cover_html(result.cover_profile, [&](const std::string& name) {
                     return source_of(root, module, name);
                   })));
  }
  if (options.timeline_file.empty()) return {};
  return write_timeline(result, options.timeline_file);
}

int test_status(const runner::JobResult& result, const Session& session) {
  if (result.outcome == runner::Outcome::kCanceled) {
    return 128 + session.stop_signal().value_or(2);
  }
  const runner::StageResult* deciding = result.deciding();
  if (deciding == nullptr) return runner::exit_status(result.outcome, {}, {});
  return runner::exit_status(result.outcome, deciding->ending.exit_code, deciding->ending.signal);
}

Result<int> run_request(const TestRequest& request) {
  const Options& options = request.options;
  using Degraded = sandbox::CgroupTree::Degraded;
  Session session = TRY(Session::open(options.allow_degraded ? Degraded::kAllow : Degraded::kRefuse,
                                      options.toolchain));
  std::string policy_name;
  const policies::JobPolicy policy = TRY(apply_to_policy(options, session.policies, policy_name));
  runner::Job job = TRY(job_of(request, policy));
  job.policy = policy;
  job.policy_name = policy_name;
  job.cancel = session.signals.get();
  take_policy_settings(job);
  TestReport::Style style = TestReport::style_of(job.test);
  style.raw = options.raw;
  TestReport report(style);
  const bool plain = options.output == Options::Output::kPlain;
  if (plain) job.observer = report.observer();
  const auto core = job.core;
  const runner::JobResult result = TRY(session.runner->run(std::move(job)));
  if (plain) report.finish(result);
  print_result(result, options.output);
  report_core(core, options.core_file);
  TRY(write_files(options, request.settings.cover_profile, result));
  return test_status(result, session);
}

}  // namespace

int test_command(const Words& words) {
  auto request = read_request(words);
  if (!request) return fail(request.error());
  if (request->options.help) {
    static_cast<void>(write_all(STDOUT_FILENO, request->options.help_text));
    return 0;
  }
  const auto status = run_request(*request);
  return status ? *status : fail_as_result(status.error(), request->options);
}

}  // namespace gobox::run
