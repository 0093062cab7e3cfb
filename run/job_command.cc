#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "run/command.h"
#include "run/job_request.h"
#include "run/options.h"
#include "run/report.h"
#include "run/session.h"
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
  return Error::caller(runner::quote_path(inputs[0]) +
                       " is neither a file nor a command; to compile and run, name the files "
                       "alone: sandbox-run FILE.go");
}

Result<runner::Workspace> read_workspace(const std::vector<std::string>& inputs) {
  if (inputs.empty()) {
    return Error::caller("name Go files, a directory, a .txtar archive, or - for standard input");
  }
  if (inputs.size() == 1 && inputs[0] == "-") {
    const std::string source = TRY(read_fd(STDIN_FILENO, kMaxInput));
    return runner::workspace_from_source(source);
  }
  std::error_code ignored;
  if (inputs.size() == 1 && std::filesystem::is_directory(inputs[0], ignored)) {
    return runner::workspace_from_directory(inputs[0]);
  }
  if (inputs.size() == 1 && ends_with(inputs[0], ".txtar")) {
    const std::string archive = TRY(runner::read_input_file(inputs[0], kMaxInput));
    return runner::workspace_from_txtar(archive);
  }
  return runner::workspace_from_files(inputs);
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

Result<runner::Job> make_job(const std::string& form, const Options& options) {
  runner::Job job;
  job.id = runner::new_job_id();
  job.kind = kind_of(form);
  if (job.kind == runner::JobKind::kExec) {
    if (!options.inputs.empty() || options.arguments.empty()) {
      return Error::caller(
          "give the command behind --: sandbox-run exec [flags] -- COMMAND [ARG...]");
    }
  } else {
    if (job.kind == runner::JobKind::kRun) TRY(check_first_word(options.inputs));
    job.workspace = TRY(read_workspace(options.inputs));
  }
  job.arguments = options.arguments;
  job.environment = options.environment;
  job.standard_input = TRY(read_standard_input(options));
  job.toolchain = toolchain_name(options.toolchain);
  job.go = options.go;
  job.vet = options.vet;
  job.direct_compile = !options.no_direct_compile;
  job.explain = options.explain;
  job.diagnose = !options.no_diagnosis;
  job.timeline = !options.timeline_file.empty();
  job.goroutines = options.goroutines;
  job.gctrace = options.gctrace;
  job.keep_directory = options.keep_directory;
  job.observer = make_observer(options.output);
  return job;
}

namespace {

// A host that cannot sandbox is an outcome too, for those who read JSON.
int fail_as_result(const Error& error, const Options& options) {
  if (error.kind == Error::Kind::kCaller || options.output == Options::Output::kPlain) {
    return fail(error);
  }
  runner::JobResult result;
  result.id = runner::new_job_id();
  result.outcome = runner::Outcome::kSandboxError;
  result.message = error.message;
  print_result(result, options.output);
  return kSandboxErrorStatus;
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
  auto session = Session::open(options->allow_degraded ? Degraded::kAllow : Degraded::kRefuse,
                               options->toolchain);
  if (!session) return fail_as_result(session.error(), *options);
  auto job = make_job(form, *options);
  if (!job) return fail(job.error());
  auto policy = apply_to_policy(*options, session->policies, job->policy_name);
  if (!policy) return fail(policy.error());
  job->policy = std::move(*policy);
  if (auto kept = make_keep_directory(options->keep_directory); !kept) return fail(kept.error());
  job->cancel = session->signals.get();
  job->go.race = job->go.race || job->policy.race;
  const auto result = session->runner->run(std::move(*job));
  if (!result) return fail_as_result(result.error(), *options);
  print_result(*result, options->output);
  if (!options->timeline_file.empty()) {
    if (auto written = write_timeline(*result, options->timeline_file); !written) {
      return fail(written.error());
    }
  }
  if (result->outcome == runner::Outcome::kCanceled) {
    return 128 + session->stop_signal().value_or(2);
  }
  const runner::StageResult* deciding = result->deciding();
  if (deciding == nullptr) return runner::exit_status(result->outcome, {}, {});
  return runner::exit_status(result->outcome, deciding->ending.exit_code, deciding->ending.signal);
}

}  // namespace gobox::run
