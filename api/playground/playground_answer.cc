// SPDX-License-Identifier: Apache-2.0

#include "api/playground/playground_answer.h"

#include <algorithm>

#include "api/playground/go_json.h"
#include "api/runs/playback.h"

namespace gobox::api {
namespace {

using runner::JobResult;
using runner::Outcome;
using runner::StageKind;
using runner::StageResult;

constexpr std::int64_t kFailedStatus = 1;

struct Answer {
  std::string errors;
  std::vector<PlaygroundEvent> events;
  std::int64_t status = 0;
  bool is_test = false;
  std::int64_t tests_failed = 0;
  std::string vet_errors;
  bool vet_ok = false;
};

const StageResult* stage_of(const JobResult& result, StageKind kind) {
  for (const StageResult& stage : result.stages) {
    if (stage.kind == kind) return &stage;
  }
  return nullptr;
}

// Without the go command's "# package" lines, which name directories nobody knows.
std::string tool_text(const StageResult& stage) {
  const std::string text = stage.ending.text(true) + stage.ending.text(false);
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    if (text.compare(at, 2, "# ") != 0) kept += text.substr(at, end - at);
    at = end;
  }
  return kept;
}

std::string verdict_line(const std::string& message, Outcome outcome) {
  return std::string("[") + runner::name_of(outcome) + "] " + message + "\n";
}

std::string compile_errors(const StageResult& compile) {
  if (compile.outcome == Outcome::kCompileError) {
    const std::string text = tool_text(compile);
    return text.empty() ? verdict_line(compile.message, compile.outcome) : text;
  }
  if (compile.outcome == Outcome::kTimeout)
    return "timeout running go build\n" + tool_text(compile);
  return verdict_line(compile.message, compile.outcome) + tool_text(compile);
}

// What the go command said, and where that is nothing or not the reason, the reason.
std::string fetch_errors(const StageResult& fetch) {
  const std::string text = tool_text(fetch);
  const bool told = fetch.outcome == Outcome::kFetchError && !fetch.retryable.value_or(false);
  return told && !text.empty() ? text : verdict_line(fetch.message, fetch.outcome) + text;
}

std::int64_t status_of(const StageResult& stage) {
  if (stage.ending.exit_code) return *stage.ending.exit_code;
  constexpr int kKilled = 9;
  return 128 + stage.ending.signal.value_or(kKilled);
}

std::int64_t count_failed_tests(const std::vector<PlaygroundEvent>& events) {
  constexpr std::string_view kMark = "--- FAIL";
  std::int64_t count = 0;
  for (const PlaygroundEvent& event : events) {
    for (std::size_t at = 0; (at = event.message.find(kMark, at)) != std::string::npos;
         at += kMark.size()) {
      ++count;
    }
  }
  return count;
}

// Clients drop Status, so the end of anything but a good run is told in the output too.
void add_verdict(const StageResult& stage, std::vector<PlaygroundEvent>& events) {
  if (stage.outcome == Outcome::kOk) return;
  const bool timed_out = stage.outcome == Outcome::kTimeout;
  std::string text =
      timed_out ? "timeout running program" : verdict_line(stage.message, stage.outcome);
  const bool mid_line = !events.empty() && !events.back().message.ends_with('\n');
  if (mid_line && !timed_out) text.insert(0, "\n");
  events.push_back({true, 0, std::move(text)});
}

void add_program(const StageResult& stage, Clock clock, Answer& answer) {
  const auto& output = stage.ending.output;
  answer.events = clock == Clock::kFake ? events_in_fake_time(output) : events_in_real_time(output);
  answer.status = status_of(stage);
  answer.is_test = stage.kind == StageKind::kTest;
  if (answer.is_test) answer.tests_failed = count_failed_tests(answer.events);
  const bool failed_tests =
      answer.is_test && answer.tests_failed > 0 && stage.outcome == Outcome::kExited;
  // Front ends say "All tests passed." wherever none has failed, whatever became of the process.
  if (answer.is_test && stage.outcome != Outcome::kOk) {
    answer.tests_failed = std::max<std::int64_t>(1, answer.tests_failed);
    if (answer.status == 0) answer.status = kFailedStatus;
  }
  // Exit status 1 is how failed tests end, and they have said so themselves.
  if (!failed_tests) add_verdict(stage, answer.events);
}

Answer answer_of(const JobResult& result, Clock clock) {
  Answer answer;
  const StageResult* fetch = stage_of(result, StageKind::kFetch);
  if (fetch != nullptr && fetch->outcome != Outcome::kOk) {
    answer.errors = fetch_errors(*fetch);
    return answer;
  }
  const StageResult* compile = stage_of(result, StageKind::kCompile);
  if (compile != nullptr && compile->outcome != Outcome::kOk) {
    // The versions that were chosen, as the go command tells them before it compiles.
    answer.errors = result.module_notes + compile_errors(*compile);
    return answer;
  }
  if (const StageResult* vet = stage_of(result, StageKind::kVet)) {
    answer.vet_ok = vet->outcome == Outcome::kOk;
    if (!answer.vet_ok) answer.vet_errors = tool_text(*vet);
    if (!answer.vet_ok && answer.vet_errors.empty()) answer.vet_errors = vet->message;
  }
  const StageResult* program = stage_of(result, StageKind::kRun);
  if (program == nullptr) program = stage_of(result, StageKind::kTest);
  if (program != nullptr) {
    add_program(*program, clock, answer);
  } else if (result.outcome != Outcome::kOk) {
    answer.errors = verdict_line(result.message, result.outcome);
  }
  return answer;
}

void write_events(const std::vector<PlaygroundEvent>& events, GoJson& json) {
  json.key("Events");
  if (events.empty()) return json.null();
  json.begin_array();
  for (const PlaygroundEvent& event : events) {
    json.begin_object();
    json.member("Message", event.message);
    json.member("Kind", std::string(event.is_stderr ? "stderr" : "stdout"));
    json.member("Delay", event.delay_ns);
    json.end_object();
  }
  json.end_array();
}

void write_sandbox(const JobResult& result, GoJson& json) {
  json.key("Sandbox");
  json.begin_object();
  json.member("id", result.id);
  json.member("outcome", std::string(runner::name_of(result.outcome)));
  json.member("stage", std::string(result.stage ? runner::name_of(*result.stage) : ""));
  json.member("message", result.message);
  json.key("hints");
  json.begin_array();
  for (const std::string& hint : result.hints) json.value(hint);
  json.end_array();
  if (const StageResult* deciding = result.deciding()) {
    json.member("wall_ms", std::int64_t{deciding->ending.wall / std::chrono::milliseconds(1)});
    json.member("memory_peak_bytes",
                static_cast<std::int64_t>(deciding->ending.usage.memory_peak_bytes));
  }
  json.end_object();
}

std::string write(const Answer& answer, const JobResult* result) {
  GoJson json;
  json.begin_object();
  json.member("Errors", answer.errors);
  write_events(answer.events, json);
  json.member("Status", answer.status);
  json.member("IsTest", answer.is_test);
  json.member("TestsFailed", answer.tests_failed);
  if (!answer.vet_errors.empty()) json.member("VetErrors", answer.vet_errors);
  if (answer.vet_ok) json.member("VetOK", true);
  if (result != nullptr) write_sandbox(*result, json);
  json.end_object();
  return json.text() + "\n";
}

}  // namespace

std::string playground_answer(const JobResult& result, Clock clock, bool vet_asked) {
  Answer answer = answer_of(result, clock);
  if (!vet_asked) {
    answer.vet_ok = false;
    answer.vet_errors.clear();
  }
  return write(answer, &result);
}

std::string playground_errors(const std::string& errors) {
  Answer answer;
  answer.errors = errors;
  return write(answer, nullptr);
}

std::string playground_vet_answer(const JobResult& result) {
  const Answer answer = answer_of(result, Clock::kReal);
  return playground_errors(answer.errors.empty() ? answer.vet_errors : answer.errors);
}

}  // namespace gobox::api
