// SPDX-License-Identifier: Apache-2.0

// The Go project's own test/ folder: a program that runs there runs here, with the same stdout and
// exit status. Compared is `go build` and the binary's execution on the host, which is what `go
// run` does, but for the exit status, of which `go run` makes a 1.
//
// All of them take minutes: GOBOX_TEST_GO_PROGRAMS=all. By default every thirty-first. The ones
// known to differ stand, with the reason, in docs/go-test-programs.md, which is read here.

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "boost/json.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runner/golang/go_cache.h"
#include "runner/golang/toolchain.h"
#include "runner/result/result_json.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/requirement.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStride = 31;

// The first line that is neither blank nor a build constraint says what to do with a program there.
bool is_run_program(const fs::path& path) {
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t end = line.find_last_not_of(" \t\r");
    if (end == std::string::npos) continue;
    line.resize(end + 1);
    if (line.rfind("//go:build", 0) == 0 || line.rfind("// +build", 0) == 0) continue;
    return line == "// run";
  }
  return false;
}

// Relative to `folder`, sorted.
std::vector<fs::path> run_programs(const fs::path& folder) {
  std::vector<fs::path> programs;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
    if (entry.path().extension() != ".go" || !is_run_program(entry.path())) continue;
    programs.push_back(fs::relative(entry.path(), folder));
  }
  std::sort(programs.begin(), programs.end());
  return programs;
}

// The folder of this toolchain, or of another: what does not compile is compared too.
fs::path folder_of(const fs::path& goroot) {
  std::vector<fs::path> roots = test_toolchains();
  roots.insert(roots.begin(), goroot);
  for (const fs::path& root : roots) {
    std::error_code failure;
    fs::path folder = fs::canonical(root / "test", failure);
    if (!failure && !run_programs(folder).empty()) return folder;
  }
  return {};
}

// Rows "| `file` | reason |" of the documentation.
std::set<std::string> documented_differences() {
  std::set<std::string> files;
  std::ifstream stream(source_path("docs/go-test-programs.md"));
  for (std::string line; std::getline(stream, line);) {
    if (line.rfind("| `", 0) == 0) files.insert(line.substr(3, line.find('`', 3) - 3));
  }
  return files;
}

// How it ended: comparable as text.
struct Ending {
  std::string how;  // "does not compile", "exit 0", "signal"
  std::string output;

  bool operator==(const Ending&) const = default;
};

// The go command on the host, with a build cache of its own that begins as a copy of the prepared
// one.
class BareGo {
 public:
  explicit BareGo(const fs::path& goroot) : go_(goroot / "bin" / "go") {
    // One run makes sure that the cache has been prepared.
    EXPECT_EQ(sandbox_run({"--toolchain", goroot, "--compile-timeout", "60s",
                           source_path("examples/hello.go")})
                  .status,
              0);
    const auto toolchain = runner::inspect_toolchain(goroot);
    const auto cache = runner::GoCaches(runner::GoCaches::default_root())
                           .find(*toolchain, runner::CacheVariant::kPlain);
    EXPECT_TRUE(cache.has_value());
    if (cache) fs::copy(*cache, scratch_ / "cache", fs::copy_options::recursive);
  }

  Ending run(const fs::path& program) const {
    const ScratchDirectory place;
    const std::string file = program.filename();
    fs::copy_file(program, place / file);
    const std::string binary = place / "program";
    const CommandOptions build{
        .input = {}, .environment = environment(), .directory = place.path(), .user = {}};
    if (run_command({go_, "build", "-o", binary, file}, build).status != 0) {
      return {"does not compile", ""};
    }
    fs::create_directory(place.path() / "work");
    CommandOptions start{
        .input = {}, .environment = environment(), .directory = place / "work", .user = {}};
    start.environment.push_back("TMPDIR=" + place / "work");  // some leave files there
    const CommandResult ran = run_command({binary}, start);
    if (ran.signal) return {"signal", ran.out};
    return {"exit " + std::to_string(*ran.status), ran.out};
  }

 private:
  std::vector<std::string> environment() const {
    return {"HOME=" + scratch_ / "home", "GOCACHE=" + scratch_ / "cache", "GOTOOLCHAIN=local",
            "GOFLAGS=", "GOPROXY=off", "CGO_ENABLED=0", "GO111MODULE=",
            // As `go run` has it.
            "PATH=" + fs::path(go_).parent_path().string() + ":/usr/local/bin:/usr/bin:/bin"};
  }

  std::string go_;
  ScratchDirectory scratch_;
};

Ending run_inside(const fs::path& goroot, const fs::path& program) {
  const auto result = sandbox_run_json({"--toolchain", goroot, "--memory", "1G", "--output", "64M",
                                        "--compile-timeout", "2m", "--run-timeout", "2m", program});
  const std::string outcome = text_of(result, "outcome");
  if (outcome == "compile_error") return {"does not compile", ""};
  std::string output = text_of(result, "stdout");
  if (text_of(result, "stdout_encoding") == "base64") output = "base64 " + output;
  if (outcome == "signaled") return {"signal", output};
  if (outcome == "ok" || outcome == "exited")
    return {"exit " + text_of(result, "exit_code"), output};
  return {outcome + ": " + text_of(result, "message"), output};
}

struct ProgramTally {
  std::mutex mutex;
  std::map<std::string, std::size_t> by_ending;
  std::set<std::string> different;

  void add(const std::string& file, const Ending& bare, const Ending& inside) {
    const std::lock_guard lock(mutex);
    ++by_ending[bare.how];
    if (bare == inside) return;
    different.insert(file);
    std::cout << file << ": bare " << bare.how << " with " << bare.output.size()
              << " bytes of output; inside " << inside.how << " with " << inside.output.size()
              << "\n";
  }
};

void compare_all(const fs::path& goroot, const fs::path& folder,
                 const std::vector<fs::path>& programs, ProgramTally& tally) {
  const BareGo bare(goroot);
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    workers.emplace_back([&] {
      for (std::size_t at = next++; at < programs.size(); at = next++) {
        Ending expected = bare.run(folder / programs[at]);
        if (!runner::is_utf8(expected.output)) {
          expected.output = "base64 " + runner::to_base64(expected.output);
        }
        tally.add(programs[at], expected, run_inside(goroot, folder / programs[at]));
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
}

class GoTestPrograms : public ::testing::TestWithParam<fs::path> {};

TEST_P(GoTestPrograms, EndAsTheyDoWithoutASandbox) {
  const fs::path folder = folder_of(GetParam());
  GOBOX_REQUIRE(!folder.empty(), "the test folder of the Go source tree");
  std::vector<fs::path> programs = run_programs(folder);
  const char* wanted = std::getenv("GOBOX_TEST_GO_PROGRAMS");
  if (wanted == nullptr || std::string(wanted) != "all") {
    std::vector<fs::path> sample;
    for (std::size_t i = 0; i < programs.size(); i += kStride) sample.push_back(programs[i]);
    programs = sample;
  }
  ProgramTally tally;
  compare_all(GetParam(), folder, programs, tally);
  std::cout << programs.size() << " programs, " << tally.different.size() << " differ;";
  for (const auto& [how, count] : tally.by_ending) std::cout << " " << how << ": " << count << ",";
  std::cout << "\n";
  EXPECT_GT(tally.by_ending["exit 0"], programs.size() / 2);
  EXPECT_THAT(documented_differences(), ::testing::IsSupersetOf(tally.different));
}

INSTANTIATE_TEST_SUITE_P(Toolchains, GoTestPrograms, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& param) { return test_name_of(param.param); });

}  // namespace
}  // namespace gobox::tests
