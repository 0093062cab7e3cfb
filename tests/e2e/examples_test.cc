// SPDX-License-Identifier: Apache-2.0

// Every example does what its header says, with every toolchain.

#include <fstream>
#include <optional>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/toolchains.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;

struct Example {
  std::string file;  // that holds the header
  Words words;       // of the command, without its name
  std::string outcome;
  int status = -1;
  fs::path goroot;
};

void PrintTo(const Example& example, std::ostream* out) {
  *out << example.file;
}

std::optional<Example> read_header(const fs::path& path) {
  std::ifstream stream(path);
  Example example;
  example.file = fs::relative(path, source_path("examples"));
  const std::string run = "// run: sandbox-run ";
  const std::string outcome = "// outcome: ";
  const std::string status = "// exit status: ";
  for (std::string line; std::getline(stream, line);) {
    if (line.rfind(run, 0) == 0) {
      std::istringstream words(line.substr(run.size()));
      for (std::string word; words >> word;) example.words.push_back(word);
    }
    if (line.rfind(outcome, 0) == 0) example.outcome = line.substr(outcome.size());
    if (line.rfind(status, 0) == 0) example.status = std::stoi(line.substr(status.size()));
  }
  if (example.words.empty()) return std::nullopt;
  return example;
}

std::vector<Example> all_examples() {
  std::vector<Example> examples;
  std::error_code ignored;
  fs::recursive_directory_iterator entry(source_path("examples"), ignored);
  for (; entry != fs::recursive_directory_iterator(); ++entry) {
    // The experiments have a ring of their own.
    if (entry->path().filename() == "experiments") entry.disable_recursion_pending();
    const std::string extension = entry->path().extension();
    if (extension != ".go" && extension != ".txtar") continue;
    auto example = read_header(entry->path());
    if (!example) continue;
    for (const fs::path& goroot : test_toolchains()) {
      example->goroot = goroot;
      examples.push_back(*example);
    }
  }
  return examples;
}

std::string example_name(const ::testing::TestParamInfo<Example>& info) {
  std::string name = info.param.file + "_" + test_name_of(info.param.goroot);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

class Examples : public ::testing::TestWithParam<Example> {
 protected:
  // The machine may be busy; whoever names a limit in the header means that one.
  static Words command() {
    return with_flags(GetParam().words,
                      {"--toolchain", GetParam().goroot, "--compile-timeout", "60s"});
  }
};

TEST_P(Examples, EndAsTheirHeaderSays) {
  const CommandOptions at_the_top{
      .input = {}, .environment = {}, .directory = GOBOX_SOURCE_DIR, .user = {}};
  const CommandResult plain = sandbox_run(command(), at_the_top);
  EXPECT_EQ(plain.status, GetParam().status) << plain.err;
  EXPECT_EQ(outcome_in_summary(plain), GetParam().outcome) << plain.err;

  const auto result = sandbox_run_json(command(), at_the_top);
  EXPECT_EQ(text_of(result, "outcome"), GetParam().outcome) << text_of(result, "message");
}

INSTANTIATE_TEST_SUITE_P(All, Examples, ::testing::ValuesIn(all_examples()), example_name);

TEST(ExampleFolder, HasOneForEveryOutcomeAProgramCanHave) {
  std::vector<std::string> outcomes;
  for (const Example& example : all_examples()) outcomes.push_back(example.outcome);
  for (const char* outcome :
       {"ok", "exited", "signaled", "oom", "timeout", "output_limit", "policy_violation",
        "race_detected", "compile_error", "pids_limit", "leaked_processes"}) {
    EXPECT_THAT(outcomes, ::testing::Contains(outcome));
  }
}

}  // namespace
}  // namespace gobox::tests
