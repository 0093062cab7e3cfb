// SPDX-License-Identifier: Apache-2.0

// sandbox-run: compile and run a Go program in a sandbox, from the command line.

#include <cstdio>

#include "run/session.h"
#include "run/verbs.h"

namespace {

using gobox::run::Words;

int print_help() {
  std::fputs((gobox::run::usage_text() + "\n").c_str(), stdout);
  std::fflush(stdout);
  return gobox::run::run_job_command("run", {"--help"});
}

int print_version(const Words& words) {
  if (!words.empty()) {
    std::fputs("sandbox-run: --version stands alone\n", stderr);
    return gobox::run::kUsageStatus;
  }
  std::printf("sandbox-run %s%s\n", GOBOX_VERSION, GOBOX_COMMIT);
  const auto toolchains = gobox::run::find_toolchains();
  if (!toolchains || toolchains->empty()) std::puts("no Go toolchain");
  if (!toolchains) return 0;
  for (const gobox::runner::Toolchain& each : *toolchains) {
    std::printf("%s, %s\n", each.name.c_str(), each.goroot.c_str());
  }
  return 0;
}

int dispatch(const Words& words) {
  using namespace gobox::run;
  if (words.empty()) {
    std::fputs(usage_text().c_str(), stderr);
    return kUsageStatus;
  }
  const std::string& first = words.front();
  const Words rest(words.begin() + 1, words.end());
  const bool asks = first == "--help" || first == "-h" || first == "help";
  if (asks && rest.size() == 1) {
    if (const Verb* const verb = find_verb(rest.front())) return run_verb(*verb, {"--help"});
  }
  if (asks) return print_help();
  if (first == "--version") return print_version(rest);
  if (const Verb* const verb = find_verb(first)) return run_verb(*verb, rest);
  return run_job_command("run", words);
}

}  // namespace

int main(int argc, char** argv) {
  return dispatch(Words(argv + 1, argv + argc));
}
