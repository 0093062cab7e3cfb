// SPDX-License-Identifier: Apache-2.0

#include "run/report.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>

#include "base/file.h"
#include "base/json_text.h"
#include "chart/timeline_svg.h"
#include "run/command.h"
#include "run/dump_shortener.h"
#include "run/output.h"
#include "runner/result/result_json.h"
#include "runner/testing/test_text.h"

namespace gobox::run {
namespace {

namespace json = boost::json;
using runner::StageKind;
using runner::StageResult;

void emit_event(const json::object& event) {
  emit(STDOUT_FILENO, runner::json_text(event) + "\n");
}

bool is_program(StageKind kind) {
  return kind == StageKind::kRun || kind == StageKind::kTest;
}

// Whoever reads a stream's last line should not find our summary at its end.
bool same_file(int one, int other) {
  struct stat first {
  }, second{};

  return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

bool ends_mid_line(const runner::JobResult& result) {
  const StageResult* const stage = result.deciding();
  if (stage == nullptr) return false;
  const bool together = same_file(STDOUT_FILENO, STDERR_FILENO);
  const auto& output = stage->ending.output;
  const auto last = std::find_if(output.rbegin(), output.rend(), [&](const auto& chunk) {
    return (together || chunk.is_stderr) && !chunk.bytes.empty();
  });
  return last != output.rend() && last->bytes.back() != '\n';
}

runner::JobObserver plain_observer(bool raw) {
  runner::JobObserver observer;
  observer.on_output = [](StageKind kind, bool is_stderr, std::string_view bytes) {
    // Whoever pipes our stdout sees the program's bytes only, never the compiler's.
    const bool to_stdout = is_program(kind) && !is_stderr;
    emit(to_stdout ? STDOUT_FILENO : STDERR_FILENO, bytes);
  };
  if (raw) return observer;
  // The dump at a time limit is our doing; a reader at a terminal is spared the others too.
  const auto dumps = std::make_shared<DumpShortener>(
      ::isatty(STDERR_FILENO) != 0 ? ShortenedDumps::kEvery : ShortenedDumps::kAskedFor);
  observer.on_output = [dumps, all = observer.on_output](StageKind kind, bool is_stderr,
                                                         std::string_view bytes) {
    if (!is_program(kind) || !is_stderr) return all(kind, is_stderr, bytes);
    emit(STDERR_FILENO, dumps->feed(bytes));
  };
  observer.on_stage_end = [dumps](const StageResult& stage) {
    if (is_program(stage.kind)) emit(STDERR_FILENO, dumps->finish());
  };
  return observer;
}

json::object test_event(const runner::TestEvent& event) {
  const std::string& package = event.package.empty() ? event.import_path : event.package;
  json::object object{{"event", "test"},
                      {"action", event.action},
                      {"package", runner::to_utf8(package)},
                      {"test", event.test.empty() ? json::value(nullptr)
                                                  : json::value(runner::to_utf8(event.test))}};
  if (event.elapsed) object["elapsed_ms"] = *event.elapsed * 1000;
  return object;
}

runner::JobObserver event_observer() {
  runner::JobObserver observer;
  observer.on_stage_start = [](StageKind kind) {
    emit_event({{"event", "stage"}, {"stage", runner::name_of(kind)}, {"state", "started"}});
  };
  observer.on_stage_end = [](const StageResult& stage) {
    emit_event({{"event", "stage"},
                {"stage", runner::name_of(stage.kind)},
                {"state", "ended"},
                {"outcome", runner::name_of(stage.outcome)}});
  };
  observer.on_test = [](const runner::TestEvent& event) {
    // Output is told as the stage's.
    const bool is_output = event.action == "output" || event.action == "build-output";
    if (!is_output) emit_event(test_event(event));
  };
  observer.on_package = [](const runner::PackageTests& package) {
    emit_event(
        {{"event", "package"},
         {"package", runner::to_utf8(package.package)},
         {"outcome", runner::name_of(package.outcome)},
         {"state", runner::name_of(package.state)},
         {"elapsed_ms", std::chrono::duration<double, std::milli>(package.elapsed).count()}});
  };
  observer.on_output = [](StageKind kind, bool is_stderr, std::string_view bytes) {
    const bool plain = runner::is_utf8(bytes);
    emit_event({{"event", is_stderr ? "stderr" : "stdout"},
                {"stage", runner::name_of(kind)},
                {"text", plain ? std::string(bytes) : runner::to_base64(bytes)},
                {"encoding", plain ? "utf-8" : "base64"}});
  };
  return observer;
}

std::string figures_of(const StageResult& stage) {
  const auto& usage = stage.ending.usage;
  return "wall " + format_duration(stage.ending.wall) + " of " +
         format_duration(stage.limits.wall) + ", CPU " + format_duration(usage.cpu_total) +
         ", memory peak " + format_size(usage.memory_peak_bytes) + " of " +
         format_size(stage.limits.memory_bytes);
}

// Pipes and sockets are what others may wait for; a terminal or /dev/null says nothing.
std::string open_files_of(const sandbox::LeakedProcess& process) {
  constexpr std::size_t kShown = 4;
  std::string text;
  std::size_t shown = 0;
  for (const std::string& file : process.open_files) {
    if (file.ends_with(" /dev/null")) continue;
    if (shown++ == kShown) return text + ", ...";
    text += (shown == 1 ? ", holds open " : ", ") + file;
  }
  return text;
}

std::string leaks_of(const StageResult& stage) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (const auto& process : stage.ending.leaked) {
    if (text.size() > 0 && &process - stage.ending.leaked.data() >= static_cast<long>(kShown)) {
      return text + "  ... and " + std::to_string(stage.ending.leaked.size() - kShown) + " more\n";
    }
    text += "  left: pid " + std::to_string(process.pid) + " (parent " +
            std::to_string(process.ppid) + "), " + process.command + ", state " + process.state +
            ", " + format_duration(process.age) + " old" + open_files_of(process) + "\n";
  }
  return text;
}

// What a killed compiler left in the sandbox, which is gone with it.
std::string leftovers_of(const StageResult& stage) {
  if (stage.kind != StageKind::kCompile || stage.leftover.count == 0) return "";
  const auto& leftover = stage.leftover;
  const std::string count =
      std::to_string(leftover.count) + (leftover.count == 1 ? " file" : " files");
  return "  left by the compiler, and removed: " + count + " of " + format_size(leftover.bytes) +
         " in all" + (leftover.paths.empty() ? "" : ", as " + leftover.paths.front()) + "\n";
}

// Memory as a line of blocks, the limit as full height. Short runs have nothing to show.
std::string spark_of(const StageResult& stage) {
  constexpr std::size_t kFewest = 3;
  constexpr std::size_t kWidth = 40;
  const bool died =
      stage.outcome == runner::Outcome::kOom || stage.outcome == runner::Outcome::kTimeout;
  if (stage.timeline.points.size() < kFewest || !(died || is_program(stage.kind))) return "";
  const std::string spark =
      runner::memory_spark(stage.timeline.points, stage.limits.memory_bytes, kWidth);
  if (spark.empty()) return "";
  return "  memory " + spark + " up to " + format_size(stage.limits.memory_bytes) + ", over " +
         format_duration(stage.ending.wall) + "\n";
}

// The largest groups of a dump, the user's code first.
std::string goroutines_of(const StageResult& stage) {
  constexpr std::size_t kShown = 3;
  if (!stage.diagnosis || !stage.diagnosis->goroutines) return "";
  const bool wanted =
      stage.outcome == runner::Outcome::kTimeout || stage.diagnosis->goroutines_at_exit;
  std::string text;
  std::size_t shown = 0;
  for (const runner::GoroutineGroup& group : stage.diagnosis->goroutines->groups) {
    if (!wanted || group.system || shown == kShown) break;
    text += "  " + runner::describe(group) + "\n";
    ++shown;
  }
  return text;
}

std::string collections_of(const StageResult& stage) {
  if (!stage.diagnosis || !stage.diagnosis->gc || stage.diagnosis->gc->count == 0) return "";
  return "  gc: " + runner::describe(*stage.diagnosis->gc) + "\n";
}

std::string refused_of(const StageResult& stage) {
  std::string text;
  for (const auto& each : stage.ending.refused) text += "  refused: " + each.syscall + "\n";
  return text;
}

}  // namespace

runner::JobObserver make_observer(const Options& options) {
  switch (options.output) {
    case Options::Output::kPlain:
      return plain_observer(options.raw);
    case Options::Output::kEvents:
      return event_observer();
    case Options::Output::kJson:
      break;
  }
  return {};
}

std::string summary_of(const runner::JobResult& result) {
  constexpr std::size_t kMaxStagesShown = 5;  // of packages that did not pass
  std::string text =
      std::string("--- ") + runner::name_of(result.outcome) + ": " + result.message + "\n";
  std::size_t quiet = 0;
  for (const StageResult& stage : result.stages) {
    const bool one_of_many = stage.kind == StageKind::kTest && result.tests.size() > 1;
    if (one_of_many && (stage.outcome == runner::Outcome::kOk || ++quiet > kMaxStagesShown)) {
      continue;
    }
    text += "  ";
    if (one_of_many) text += runner::to_utf8(stage.package) + ", ";
    text += std::string(runner::name_of(stage.kind)) + ": " + figures_of(stage) + "\n";
    if (&stage == result.explained()) {
      text += spark_of(stage) + collections_of(stage) + goroutines_of(stage);
    }
    text += leaks_of(stage) + leftovers_of(stage) + refused_of(stage);
  }
  text += runner::tests_summary(result.tests);
  for (const std::string& hint : result.hints) text += "  hint: " + hint + "\n";
  return text;
}

void print_result(const runner::JobResult& result, Options::Output output) {
  switch (output) {
    case Options::Output::kPlain:
      emit(STDERR_FILENO, (ends_mid_line(result) ? "\n" : "") + summary_of(result));
      return;
    case Options::Output::kJson:
      emit(STDOUT_FILENO, runner::to_json(result) + "\n");
      return;
    case Options::Output::kEvents:
      emit(STDOUT_FILENO, "{\"event\":\"result\",\"result\":" + runner::to_json(result) + "}\n");
      return;
  }
}

Result<void> write_timeline(const runner::JobResult& result, const std::string& file) {
  std::vector<runner::StageTimeline> stages;
  for (const StageResult& stage : result.stages) stages.push_back(stage.timeline);
  const std::string title = std::string(runner::name_of(result.outcome)) + ": " + result.message;
  const std::string text =
      file.ends_with(".svg") ? runner::timeline_svg(stages, title) : runner::timeline_csv(stages);
  auto opened = open_at(AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!opened) return Error::caller("--timeline " + opened.error().message);
  return write_all(opened->get(), text);
}

void print_error(const std::string& sentence) {
  emit(STDERR_FILENO, "sandbox-run: " + sentence + "\n");
}

int fail(const Error& error) {
  print_error(error.message);
  return error.kind == Error::Kind::kCaller ? kUsageStatus : kSandboxErrorStatus;
}

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

}  // namespace gobox::run
