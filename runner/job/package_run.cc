// SPDX-License-Identifier: Apache-2.0

#include "runner/job/package_run.h"

#include <algorithm>
#include <chrono>

#include "base/file.h"
#include "base/line.h"
#include "runner/source/scratch.h"
#include "runner/testing/cover_profile.h"
#include "runner/testing/declared_tests.h"
#include "runner/testing/fuzz_worker.h"
#include "runner/testing/test_command.h"
#include "runner/testing/test_stream.h"
#include "runner/testing/test_tally.h"
#include "runner/testing/test_text.h"

namespace gobox::runner {
namespace {

TallyOptions tally_options(const JobContext& context, const PackageTests& package) {
  TallyOptions options;
  options.declared =
      declared_tests(context.job.workspace, package.directory, build_target_of(context));
  // A list is no run: nothing is begun, and no PASS closes it.
  options.declared.has_main = options.declared.has_main || context.job.test.lists;
  // The binary takes its own flags behind -args too: -test.run leaves out tests as -run does.
  const std::vector<std::string>& rest = context.job.arguments;
  const bool rest_selects = std::any_of(rest.begin(), rest.end(), [](const std::string& word) {
    const std::string_view flag = std::string_view(word).substr(word.starts_with("--") ? 1 : 0);
    return flag.starts_with("-test.run") || flag.starts_with("-test.skip") ||
           flag.starts_with("-test.list") || flag.starts_with("-test.bench");
  });
  options.selects = context.job.test.selects || rest_selects;
  options.repeats = context.job.test.repeats;
  options.fuzzes = fuzzes(context.job.test, rest);
  return options;
}

// A worker of the fuzzer whom the kernel killed for its memory ends as one that crashed.
void guard_fuzz_workers(const JobContext& context, StageOrder& order) {
  if (!fuzzes(context.job.test, context.job.arguments)) return;
  if (context.job.policy.test.binds.empty()) return;  // no shell in there
  const auto script = fuzz_worker_script(context.services.caches().root());
  if (!script) return;
  order.binds.push_back(show(*script, kFuzzWorkerPath));
  order.program.arguments.front() = kFuzzWorkerPath;
}

StageOrder order_of(const JobContext& context, const PackageTests& package) {
  const Job& job = context.job;
  StageOrder order;
  order.kind = StageKind::kTest;
  order.binds = toolchain_binds(context.toolchain);
  order.program.arguments = test_binary_command(job.test, context.toolchain.minor, job.arguments);
  order.program.environment = program_environment(job.go, job.policy.test.limits, job.environment);
  const bool is_outside = package.directory.starts_with('/');
  order.program.working_directory = is_outside ? package.directory : below_work(package.directory);
  order.program.environment.push_back("PWD=" + order.program.working_directory);
  if (context.job.go_in_path || context.job.policy.go_in_path) {
    show_go(context, order.binds, order.program.environment);
  }
  order.files = context.files.get();
  order.merge_streams = true;
  guard_fuzz_workers(context, order);
  return order;
}

// Whether testing came to its end; what it wrote there goes.
bool take_end_mark(int space) {
  const std::string path = std::string(kEndDirectoryBelowSpace) + "/" + kEndName;
  constexpr std::uint64_t kMaxProfile = std::uint64_t{1} << 30;  // it is not read
  const bool there = open_regular(space, path, kMaxProfile).has_value();
  return there && remove_file(space, kEndDirectoryBelowSpace, kEndName).has_value();
}

// One pipe carried both streams, as go test has it; what came through it is the tests' output,
// without the marks that were for us.
void present_as_stdout(std::vector<sandbox::OutputChunk> output, StageResult& stage) {
  sandbox::Ending& ending = stage.ending;
  ending.output = std::move(output);
  ending.stdout_truncated = ending.stdout_truncated || ending.stderr_truncated;
  ending.stderr_truncated = false;
  if (stage.outcome == Outcome::kOutputLimit) {
    stage.message = explain(stage.outcome, ending, stage.kind, stage.limits);
  }
}

// The test binary turns the detector's exit status 66 into its own 1.
void see_race(const JobContext& context, StageResult& stage) {
  const bool failed = stage.outcome == Outcome::kExited;
  if (!failed || !context.job.go.race) return;
  if (stage.ending.text(true).find("WARNING: DATA RACE") == std::string::npos) return;
  stage.outcome = Outcome::kRaceDetected;
  stage.message = explain(stage.outcome, stage.ending, stage.kind, stage.limits);
}

void settle(TestTally& tally, StageResult& stage, PackageTests& tests) {
  tally.finish(stage.outcome, tests);
  if (tests.outcome != stage.outcome) {
    tests.message = "stage test " + tests.message;
    stage.outcome = tests.outcome;
    stage.message = tests.message;
  } else if (!tests.passed()) {
    tests.message = stage.message;
  }
  if (!tests.running.empty() && stage.outcome == Outcome::kTimeout) {
    tests.message += " while " + tests.running.back() + " was running";
    stage.message = tests.message;
  }
  stage.package = tests.package;
  tests.elapsed = stage.ending.wall;
  tests.memory_peak_bytes = stage.ending.usage.memory_peak_bytes;
  tests.cpu = stage.ending.usage.cpu_total;
}

double seconds(Nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// Events of output come line by line; those of one moment are one chunk.
void add_chunk(std::vector<sandbox::OutputChunk>& output, Nanoseconds offset,
               const std::string& bytes) {
  constexpr Nanoseconds kMoment = std::chrono::milliseconds(1);
  if (output.empty() || offset - output.back().offset > kMoment) {
    output.push_back({.is_stderr = false, .offset = offset, .bytes = {}});
  }
  output.back().bytes += bytes;
}

TestEvent now(TestEvent event) {
  event.time = std::chrono::system_clock::now();
  return event;
}

}  // namespace

Result<PackageRun> run_package(const JobContext& context, StageExecutor& executor,
                               BuiltTest package, const OutputListener& on_output) {
  PackageRun run;
  run.tests = std::move(package.result);
  TestTally tally(tally_options(context, run.tests));
  std::vector<sandbox::OutputChunk> output;
  const auto begin = JobContext::Clock::now();
  bool over = false;  // what comes then is not the tests' output
  TestStream stream(run.tests.package, test_framing(context.toolchain.minor),
                    [&](const TestEvent& event) {
                      tally.add(event);
                      executor.tell_test(now(event));
                      if (!event.output || over) return;
                      add_chunk(output, JobContext::Clock::now() - begin, *event.output);
                      if (!context.job.test.brief || is_brief(event)) on_output(*event.output);
                    });
  StageOrder order = order_of(context, run.tests);
  const UniqueFd binary = std::move(package.binary);
  const UniqueFd input = TRY(standard_input_of(context.job));
  order.program.binary = binary.get();
  order.standard_input = input.get();
  order.listener = [&](int, bool, std::string_view bytes) { stream.write(bytes); };
  bool ended = !marks_its_end(context.job.test, context.job.arguments);
  order.salvage = [&](int space) -> Result<void> {
    ended = ended || take_end_mark(space);
    if (!context.job.test.cover) return {};
    const auto file = open_regular(space, kProfileBelowSpace, CoverProfile::kMaxBytes);
    if (file) run.profile = TRY(read_fd(file->get(), CoverProfile::kMaxBytes));
    return {};
  };
  run.stage = TRY(executor.execute(order));
  see_race(context, run.stage);
  stream.end();
  over = true;
  if (!ended) tally.deny_end();
  present_as_stdout(std::move(output), run.stage);
  settle(tally, run.stage, run.tests);
  stream.close(package_line(run.tests), run.tests.passed() ? "pass" : "fail",
               seconds(run.tests.elapsed));
  return run;
}

void tell_unrun(StageExecutor& executor, const PackageTests& package) {
  const auto tell = [&](const TestEvent& event) { executor.tell_test(now(event)); };
  const bool has_no_tests = package.state == PackageTests::State::kNoTests;
  std::string_view text = package.build_output;
  while (!text.empty()) {
    TestEvent event;
    event.import_path = package.package;
    event.action = "build-output";
    event.output = std::string(take_line(text)) + "\n";
    executor.tell_test(event);
  }
  if (!package.build_output.empty()) {
    TestEvent event;
    event.import_path = package.package;
    event.action = "build-fail";
    executor.tell_test(event);
  }
  TestStream stream(package.package, TestFraming::kPlain, [&](TestEvent event) {
    if (event.action == "fail" && !package.build_output.empty()) {
      event.failed_build = package.package;
    }
    tell(event);
  });
  stream.end();
  stream.close(package_line(package), has_no_tests ? "skip" : "fail", 0);
}

}  // namespace gobox::runner
