// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/test_command.h"

#include <algorithm>

#include "runner/testing/build_report.h"
#include "sandbox/inside/message.h"

namespace gobox::runner {
namespace {

// The go command writes an index of every directory whose files are older than two seconds into its
// cache, and gives up where it cannot; ours is read-only. Files of tomorrow get none.
std::vector<std::string> with_fresh_sources(std::vector<std::string> command) {
  std::vector<std::string> words{"/bin/sh", "-c",
                                 std::string("find ") + kWorkDirectory +
                                     " -type f -exec touch -d @4102444800 {} + && exec \"$@\"",
                                 "sh"};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

// The go command strips tests that it runs itself; the symbols say where Go keeps its heap profile
// (runner/diagnosis/go_tables.h).
void keep_symbols(std::vector<std::string>& arguments) {
  const bool asked = std::any_of(arguments.begin(), arguments.end(), [](const std::string& each) {
    return each.starts_with("-ldflags");
  });
  if (!asked) arguments.emplace_back("-ldflags=-s=false");
}

// -test.NAME=..., with one dash or two.
bool has_flag(const std::vector<std::string>& words, std::string_view name) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    const std::string_view flag = std::string_view(word).substr(word.starts_with("--") ? 1 : 0);
    return flag.starts_with("-test.") && flag.substr(6).substr(0, flag.find('=') - 6) == name;
  });
}

}  // namespace

bool fuzzes(const TestSettings& settings, const std::vector<std::string>& rest) {
  return !settings.fuzz.empty() || has_flag(rest, "fuzz");
}

bool marks_its_end(const TestSettings& settings, const std::vector<std::string>& rest) {
  if (settings.lists || has_flag(rest, "list") || fuzzes(settings, rest)) return false;
  return !has_flag(settings.binary, "memprofile") && !has_flag(rest, "memprofile");
}

std::vector<std::string> test_command(const Toolchain& toolchain, const GoSettings& go,
                                      const TestSettings& settings) {
  // -count=1: results that the go command would remember are none of its own making.
  std::vector<std::string> arguments = with_build_flags(
      {toolchain.go_command(), "test", "-json", "-count=1", "-exec=" + hand_over_program()}, go);
  if (settings.cover) {
    arguments.push_back("-cover");
    arguments.push_back(std::string("-coverprofile=") + kUntestedProfilePath);
  }
  if (!settings.fuzz.empty()) arguments.push_back("-fuzz=" + settings.fuzz);
  arguments.insert(arguments.end(), settings.build.begin(), settings.build.end());
  keep_symbols(arguments);
  const std::vector<std::string> all{"./..."};
  const auto& packages = settings.packages.empty() ? all : settings.packages;
  arguments.insert(arguments.end(), packages.begin(), packages.end());
  return with_fresh_sources(std::move(arguments));
}

std::vector<std::string> test_binary_command(const TestSettings& settings, int go_minor,
                                             const std::vector<std::string>& rest) {
  std::vector<std::string> arguments = test_binary_arguments(settings, go_minor);
  arguments.insert(arguments.begin(), sandbox::kTestBinaryPath);
  if (settings.cover) arguments.push_back(std::string("-test.coverprofile=") + kProfilePath);
  if (marks_its_end(settings, rest)) {
    arguments.push_back(std::string("-test.memprofile=") + kEndPath);
  }
  // What the fuzzer finds worth keeping; failing inputs it writes below testdata.
  if (!settings.fuzz.empty()) arguments.push_back("-test.fuzzcachedir=/tmp/gobox-fuzz");
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  return arguments;
}

}  // namespace gobox::runner
