// SPDX-License-Identifier: Apache-2.0

#include "api/runs/caller_words.h"

#include <string_view>

namespace gobox::api {
namespace {

struct Word {
  std::string_view flag;
  std::string_view field;
};

// A flag that begins like another comes before it.
constexpr Word kWords[] = {
    {"--compile-cpu-time", "limits.compile.cpu_ms"},
    {"--compile-memory", "limits.compile.memory_bytes"},
    {"--compile-timeout", "limits.compile.wall_ms"},
    {"--total-timeout", "limits.total_ms"},
    {"--run-timeout", "limits.run.wall_ms"},
    {"--gomemlimit", "gomemlimit"},
    {"--goroutines", "goroutines"},
    {"--cpu-time", "limits.run.cpu_ms"},
    {"--explain", "sandbox-run --explain"},
    {"--memory", "limits.run.memory_bytes"},
    {"--output", "limits.run.output_bytes"},
    {"--grace", "grace_ms"},
    {"--stdin", "stdin"},
    {"--cpus", "limits.run.cpus"},
    {"--disk", "limits.run.disk_bytes"},
    {"--gogc", "gogc"},
    {"--pids", "limits.run.pids"},
    {"--race", "race"},
    {"--vet", "vet"},
};

}  // namespace

std::string in_field_words(std::string text) {
  for (const Word& word : kWords) {
    for (std::size_t at = text.find(word.flag); at != std::string::npos;
         at = text.find(word.flag, at + word.field.size())) {
      text.replace(at, word.flag.size(), word.field);
      if (word.field.find(word.flag) != std::string_view::npos) break;  // once: it holds itself
    }
  }
  return text;
}

void speak_in_fields(runner::JobResult& result) {
  for (std::string& hint : result.hints) hint = in_field_words(std::move(hint));
  for (runner::StageResult& stage : result.stages) {
    if (!stage.diagnosis) continue;
    for (runner::Hint& hint : stage.diagnosis->hints)
      hint.text = in_field_words(std::move(hint.text));
  }
}

}  // namespace gobox::api
