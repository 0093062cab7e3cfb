// SPDX-License-Identifier: Apache-2.0

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/file.h"
#include "run/command.h"
#include "run/command_place.h"
#include "run/core_option.h"
#include "run/job_request.h"
#include "run/options.h"
#include "run/profile_files.h"
#include "run/project.h"
#include "run/report.h"
#include "run/session.h"
#include "run/stdin_pump.h"
#include "run/verbs.h"
#include "runner/job/proof.h"
#include "runner/source/host_tree.h"
#include "runner/source/source_path.h"

namespace gobox::run {
namespace {

constexpr std::size_t kMaxInput = std::size_t{64} << 20;

bool ends_with(const std::string& text, const std::string& tail) {
  return text.size() >= tail.size() &&
         text.compare(text.size() - tail.size(), tail.size(), tail) == 0;
}

// "sandbox-run run hello.go", "sandbox-run exce -- true": a bare word that is no file was meant for
// a verb.
Result<void> check_first_word(const std::vector<std::string>& inputs) {
  if (inputs.empty() || inputs[0] == "-") return {};
  std::error_code unknown;
  const bool found = std::filesystem::exists(inputs[0], unknown) || unknown;
  if (found || inputs[0].find_first_of("./") != std::string::npos) return {};
  const std::string verb = verb_like(inputs[0]);
  const std::string meant = verb.empty() ? "" : "; did you mean " + verb + "?";
  return Error::caller(runner::quote_path(inputs[0]) + " is neither a file nor a command" + meant +
                       (verb.empty() ? "; to compile and run, name the files alone: sandbox-run "
                                       "FILE.go"
                                     : ""));
}

// Behind a file come files; what is meant for the program stands behind "--".
Result<void> check_other_words(const std::vector<std::string>& inputs) {
  if (inputs.size() < 2 || !(ends_with(inputs[0], ".go") || ends_with(inputs[0], ".txtar"))) {
    return {};
  }
  for (const std::string& word : inputs) {
    if (&word == &inputs.front() || ends_with(word, ".go")) continue;
    return Error::caller(runner::quote_path(word) +
                         " is no Go file; the program's own arguments stand behind --: "
                         "sandbox-run " +
                         inputs[0] + " -- " + word);
  }
  return {};
}

void show_reading(std::size_t files, std::size_t bytes) {
  print_error("reading: " + std::to_string(files) + " files, " + format_size(bytes));
}

Result<void> read_project(const std::string& form, const Options& options,
                          const runner::InputLimits& limits, runner::Job& job) {
  const Project project = TRY(find_project(form, options.inputs, options.root));
  const bool quiet = options.output != Options::Output::kPlain;
  runner::TreeOptions tree{.limits = limits, .exclude = options.exclude, .progress = {}};
  if (!quiet) tree.progress = show_reading;
  job.workspace = TRY(runner::read_host_tree(project.root, tree));
  job.package = project.package;
  job.how_to_name_package = project.how_to_name;
  return {};
}

Result<void> read_inputs(const std::string& form, const Options& options,
                         const policies::JobPolicy& policy, runner::Job& job) {
  const std::vector<std::string>& inputs = options.inputs;
  const runner::InputLimits limits = runner::input_limits(policy.input);
  if (inputs.empty()) {
    return Error::caller("name Go files, a directory, a .txtar archive, or - for standard input");
  }
  if (names_project(inputs)) return read_project(form, options, limits, job);
  if (!options.root.empty() || !options.exclude.empty()) {
    return Error::caller("--root and --exclude are for a directory, and none is named");
  }
  if (inputs.size() == 1 && inputs[0] == "-") {
    const std::string source = TRY(read_fd(STDIN_FILENO, kMaxInput));
    job.workspace = TRY(runner::workspace_from_source(source, "main.go", limits));
  } else if (inputs.size() == 1 && ends_with(inputs[0], ".txtar")) {
    const std::string archive = TRY(runner::read_input_file(inputs[0], kMaxInput));
    job.workspace = TRY(runner::workspace_from_txtar(archive, limits));
  } else {
    job.workspace = TRY(runner::workspace_from_files(inputs, limits));
  }
  return {};
}

Result<std::string> read_standard_input(const Options& options) {
  if (options.stdin_file.empty()) return std::string();
  const bool source_is_stdin = options.inputs.size() == 1 && options.inputs[0] == "-";
  auto bytes = options.stdin_file != "-" ? read_file(options.stdin_file, kMaxInput)
               : source_is_stdin ? Result<std::string>(Error::caller("is the source already"))
                                 : read_fd(STDIN_FILENO, kMaxInput);
  if (!bytes) {
    return Error::caller("--stdin " + options.stdin_file + ": " + bytes.error().message);
  }
  return bytes;
}

// A program's standard input is ours where nothing else is said. What has to be there for every
// run is not asked of somebody at a terminal.
bool takes_our_input(const std::string& form, const Options& options) {
  const bool is_source = options.inputs.size() == 1 && options.inputs[0] == "-";
  return form != "test" && options.stdin_file.empty() && !is_source &&
         ::fcntl(STDIN_FILENO, F_GETFD) >= 0 && !(options.prove && ::isatty(STDIN_FILENO) == 1);
}

Result<void> make_keep_directory(const std::string& directory) {
  if (directory.empty()) return {};
  if (::mkdir(directory.c_str(), 0755) == 0) return {};
  if (errno != EEXIST) return Error::caller("--keep " + directory + ": " + std::strerror(errno));
  std::error_code ignored;
  if (!std::filesystem::is_empty(directory, ignored)) {
    return Error::caller("--keep " + directory + ": exists and is not an empty directory");
  }
  return {};
}

// A path as the toolchain itself is known: without links.
std::string toolchain_name(const std::string& wanted) {
  if (!wanted.starts_with('/')) return wanted;
  std::error_code ignored;
  return std::filesystem::weakly_canonical(wanted, ignored);
}

runner::JobKind kind_of(const std::string& form) {
  if (form == "exec") return runner::JobKind::kExec;
  return form == "test" ? runner::JobKind::kTest : runner::JobKind::kRun;
}

}  // namespace

Result<runner::Job> make_job(const std::string& form, const Options& options,
                             const policies::JobPolicy& policy) {
  runner::Job job;
  job.id = runner::new_job_id();
  job.kind = kind_of(form);
  if (job.kind == runner::JobKind::kExec) {
    if (!options.inputs.empty() || options.arguments.empty()) {
      return Error::caller(
          "give the command behind --: sandbox-run exec [flags] -- COMMAND [ARG...]");
    }
  } else {
    if (job.kind == runner::JobKind::kRun) {
      TRY(check_first_word(options.inputs));
      TRY(check_other_words(options.inputs));
    }
    TRY(read_inputs(form, options, policy, job));
  }
  job.arguments = options.arguments;
  if (job.kind == runner::JobKind::kExec) TRY(place_command(options, policy, job));
  job.environment = options.environment;
  job.standard_input = TRY(read_standard_input(options));
  job.toolchain = toolchain_name(options.toolchain);
  job.go = options.go;
  job.modules = mode_of(options.modules);
  const char* const flags = std::getenv("GOFLAGS");
  if (job.kind != runner::JobKind::kExec && flags != nullptr && *flags != '\0') {
    job.workspace.notes.push_back(
        "GOFLAGS of the shell has no effect here; give its flags on the command line");
  }
  job.vet = options.vet;
  job.go_in_path = options.go_in_path;
  job.direct_compile = !options.no_direct_compile;
  job.explain = options.explain;
  job.diagnose = !options.no_diagnosis;
  job.timeline = !options.timeline_file.empty();
  job.goroutines = options.goroutines;
  job.gctrace = options.gctrace;
  job.keep_directory = options.keep_directory;
  job.artifacts = options.artifacts;
  job.artifacts_directory = options.out_directory;
  if (!options.out_directory.empty()) {
    std::error_code failure;
    std::filesystem::create_directories(options.out_directory, failure);
    if (failure) {
      return Error::caller("--out " + options.out_directory + ": " + failure.message());
    }
  }
  if (!options.core_file.empty()) {
    job.core = TRY(open_core(options.core_file, policy.run.limits));
    job.direct_compile = false;  // a debugger wants the tables that go build leaves in
  }
  job.observer = make_observer(options);
  return job;
}

namespace {

// The directories that results go to, before anything runs for them.
Result<void> make_directories(const Options& options) {
  TRY(make_keep_directory(options.keep_directory));
  if (!options.pprof_directory.empty()) TRY(make_profile_directory(options.pprof_directory));
  return {};
}

Result<std::unique_ptr<StdinPump>> give_input(const std::string& form, const Options& options,
                                              runner::Job& job) {
  if (!takes_our_input(form, options)) return std::unique_ptr<StdinPump>();
  if (options.prove) {
    // It has to be there for every run.
    auto bytes = read_fd(STDIN_FILENO, kMaxInput);
    if (!bytes) return Error::caller("standard input: " + bytes.error().message);
    job.standard_input = std::move(*bytes);
    return std::unique_ptr<StdinPump>();
  }
  auto pump = TRY(StdinPump::start(STDIN_FILENO));
  job.standard_input_stream = pump->reading_end();
  job.observer.on_stage_start = [told = job.observer.on_stage_start,
                                 to = pump.get()](runner::StageKind kind) {
    if (told) told(kind);
    if (kind == runner::StageKind::kRun) to->begin();
  };
  return pump;
}

Result<void> write_files(const Options& options, const runner::JobResult& result) {
  if (!options.timeline_file.empty()) TRY(write_timeline(result, options.timeline_file));
  if (!options.pprof_directory.empty()) TRY(write_profiles(result, options.pprof_directory));
  return {};
}

int status_of(const runner::JobResult& result, const Session& session) {
  const runner::StageResult* const deciding = result.deciding();
  if (result.outcome == runner::Outcome::kCanceled) {
    // Asked to end, it did so by itself.
    const bool by_itself = deciding != nullptr && deciding->ending.forwarded != 0;
    if (by_itself && deciding->ending.exit_code) return *deciding->ending.exit_code;
    return 128 + session.stop_signal().value_or(2);
  }
  if (deciding == nullptr) return runner::exit_status(result.outcome, {}, {});
  return runner::exit_status(result.outcome, deciding->ending.exit_code, deciding->ending.signal);
}

}  // namespace

int run_job_command(const std::string& form, const Words& words) {
  auto options = parse_options(form, words);
  if (!options) return fail(options.error());
  if (options->help) {
    static_cast<void>(write_all(STDOUT_FILENO, options->help_text));
    return 0;
  }
  using Degraded = sandbox::CgroupTree::Degraded;
  const bool needs_go = form != "exec" || !options->toolchain.empty();
  auto session = Session::open(options->allow_degraded ? Degraded::kAllow : Degraded::kRefuse,
                               options->toolchain,
                               needs_go ? Session::Toolchains::kFind : Session::Toolchains::kNone);
  if (!session) return fail_as_result(session.error(), *options);
  std::string policy_name;
  auto policy = apply_to_policy(*options, session->policies, policy_name);
  if (!policy) return fail(policy.error());
  auto job = make_job(form, *options, *policy);
  if (!job) return fail(job.error());
  job->policy = std::move(*policy);
  job->policy_name = policy_name;
  if (auto made = make_directories(*options); !made) return fail(made.error());
  const auto& toolchains = session->runner->toolchains();
  session->runner->use_modules(
      caller_modules(options->modules, options->module_proxy,
                     toolchains.empty() ? "go" : toolchains.front().go_command()));
  const auto pump = give_input(form, *options, *job);
  if (!pump) return fail(pump.error());
  job->cancel = session->signals.get();
  job->cancel_signal = [&] { return session->take_signal_to_forward(); };
  take_policy_settings(*job);
  std::optional<runner::Job> again;
  const auto core = job->core;
  if (options->prove) {
    again = *job;
    again->core.reset();
  }
  auto result = session->runner->run(std::move(*job));
  if (!result) return fail_as_result(result.error(), *options);
  if (again) static_cast<void>(runner::prove(*session->runner, *again, *result));
  print_result(*result, options->output);
  report_core(core, options->core_file);
  if (auto written = write_files(*options, *result); !written) return fail(written.error());
  return status_of(*result, *session);
}

}  // namespace gobox::run
