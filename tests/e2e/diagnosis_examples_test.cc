// SPDX-License-Identifier: Apache-2.0

// Every program of examples/diagnosis dies, or lives, as its header says, and its first hint is the
// one that helps, with every toolchain; nobody's verdict depends on being diagnosed.

#include <boost/json.hpp>
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

struct Death {
  std::string file;
  Words words;
  std::string outcome;
  std::string stage;
  std::string hint;  // "none": there is nothing to say
  fs::path goroot;
};

void PrintTo(const Death& death, std::ostream* out) {
  *out << death.file;
}

// The text behind `label`, up to the next of `ends`.
std::string behind(const std::string& line, const std::string& label, const char* ends) {
  const std::size_t at = line.find(label);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + label.size();
  return line.substr(begin, line.find_first_of(ends, begin) - begin);
}

Death read_death(const fs::path& path) {
  Death death;
  death.file = path.filename();
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line) && line.rfind("package", 0) != 0;) {
    if (line.rfind("//\tsandbox-run ", 0) == 0) {
      std::istringstream words(line.substr(15));
      for (std::string word; words >> word;) death.words.push_back(word);
    }
    if (line.rfind("// Outcome: ", 0) != 0) continue;
    death.outcome = behind(line, "Outcome: ", " ,.");
    death.stage = line.find("compile stage") == std::string::npos ? "run" : "compile";
    death.hint = behind(line, "First hint: ", ".");
  }
  return death;
}

std::vector<Death> all_deaths() {
  std::vector<Death> deaths;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(source_path("examples/diagnosis"), ignored)) {
    if (entry.path().extension() != ".go") continue;
    Death death = read_death(entry.path());
    for (const fs::path& goroot : test_toolchains()) {
      death.goroot = goroot;
      deaths.push_back(death);
    }
  }
  return deaths;
}

std::string name_of(const ::testing::TestParamInfo<Death>& info) {
  return info.param.file.substr(0, info.param.file.find('.')) + "_" +
         test_name_of(info.param.goroot);
}

class Deaths : public ::testing::TestWithParam<Death> {
 protected:
  // The machine may be busy; whoever names a limit in the header means that one.
  static boost::json::object run(const Words& more = {}) {
    Words words = with_flags(GetParam().words,
                             {"--toolchain", GetParam().goroot, "--compile-timeout", "60s"});
    return sandbox_run_json(
        with_flags(words, more),
        {.input = {}, .environment = {}, .directory = GOBOX_SOURCE_DIR, .user = {}});
  }
};

TEST_P(Deaths, HaveTheFirstHintTheirHeaderNames) {
  const auto result = run();
  EXPECT_EQ(text_of(result, "outcome"), GetParam().outcome) << text_of(result, "message");
  EXPECT_EQ(text_of(result, "stage"), GetParam().stage);
  ASSERT_TRUE(result.at("diagnosis").is_object());
  const std::string reason = text_of(result.at("diagnosis").get_object(), "reason");
  EXPECT_EQ(reason, GetParam().hint == "none" ? "null" : GetParam().hint)
      << boost::json::serialize(result.at("hints"));
  EXPECT_EQ(result.at("hints").get_array().empty(), GetParam().hint == "none");
}

// With one toolchain, since it is our code that is looked at; without those that ask for a
// diagnosis.
std::vector<Death> plain_deaths() {
  std::vector<Death> deaths = all_deaths();
  std::erase_if(deaths, [](const Death& death) {
    const auto leads = [&](const char* flag) {
      return std::find(death.words.begin(), death.words.end(), flag) != death.words.end();
    };
    return death.goroot != test_toolchains().front() || leads("--goroutines") || leads("--gctrace");
  });
  return deaths;
}

class DeathsWithout : public Deaths {};

TEST_P(DeathsWithout, DiagnosisAreTheSame) {
  const auto result = run({"--no-diagnosis"});
  EXPECT_EQ(text_of(result, "outcome"), GetParam().outcome) << text_of(result, "message");
  EXPECT_EQ(text_of(result, "stage"), GetParam().stage);
  EXPECT_TRUE(result.at("diagnosis").is_null());
  EXPECT_TRUE(result.at("hints").get_array().empty());
}

INSTANTIATE_TEST_SUITE_P(All, Deaths, ::testing::ValuesIn(all_deaths()), name_of);
INSTANTIATE_TEST_SUITE_P(Plain, DeathsWithout, ::testing::ValuesIn(plain_deaths()), name_of);

TEST(DeathExamples, CoverWhatMustBeTold) {
  std::vector<std::string> hints;
  for (const Death& death : all_deaths()) {
    EXPECT_FALSE(death.words.empty() || death.outcome.empty() || death.hint.empty()) << death.file;
    hints.push_back(death.hint);
  }
  for (const char* hint :
       {"unbounded_append", "map_growth", "goroutine_leak", "ticker_never_stopped",
        "slice_retention", "gc_off", "memory_limit_below_heap", "page_cache", "tmpfs", "threads",
        "deadlock", "stack_overflow", "busy", "throttled", "compile_generics", "compile_literal"}) {
    EXPECT_THAT(hints, ::testing::Contains(hint));
  }
}

}  // namespace
}  // namespace gobox::tests
