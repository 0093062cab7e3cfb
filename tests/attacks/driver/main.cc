// SPDX-License-Identifier: Apache-2.0

// Runs one static program N times, each in a sandbox of its own, and says in one line per run how
// that went. The fault tests make its system calls fail and kill its processes; it holds nothing
// but the sandbox library, so what they find is the library's.
//
//   gobox_attacks_driver PROGRAM COUNT [--time]

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/file.h"
#include "policies/directory.h"
#include "policies/loader.h"
#include "sandbox/launcher.h"

namespace gobox {
namespace {

using Clock = std::chrono::steady_clock;

struct Prepared {
  policies::JobPolicy policy;
  sandbox::SeccompFilter filter;
  UniqueFd program;
};

Result<Prepared> get_ready(const std::string& program) {
  const auto directory = TRY(policies::find_policy_dir());
  const auto set = TRY(policies::PolicySet::load(directory));
  Prepared ready{TRY(set.job("default")), {}, TRY(open_at(AT_FDCWD, program, O_RDONLY))};
  ready.filter =
      TRY(sandbox::SeccompFilter::compile(ready.policy.run.seccomp, sandbox::Watch::kPolicy));
  return ready;
}

Result<std::string> run_once(sandbox::Launcher& launcher, const Prepared& ready) {
  const auto box = TRY(launcher.prepare(
      {.policy = ready.policy.run, .filter = ready.filter, .more_binds = {}, .programs = 1}));
  sandbox::Execution execution;
  execution.limits = ready.policy.run.limits;
  sandbox::ProgramStart start;
  start.arguments = {"program"};
  start.executable = ready.program.get();
  execution.programs.push_back(std::move(start));
  const sandbox::Ending ending = TRY(box->run(execution));
  if (ending.signal) return "signal " + std::to_string(*ending.signal);
  return "exit " + std::to_string(ending.exit_code.value_or(-1));
}

int drive(const std::string& program, long count, bool timed) {
  auto launcher = sandbox::Launcher::start(sandbox::CgroupTree::Degraded::kRefuse);
  if (!launcher) {
    std::printf("error: %s\n", launcher.error().message.c_str());
    return 3;
  }
  const auto ready = get_ready(program);
  if (!ready) {
    std::printf("error: %s\n", ready.error().message.c_str());
    return 2;
  }
  int status = 0;
  std::vector<double> times;
  for (long i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    const auto ending = run_once(**launcher, *ready);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    if (!ending) status = 3;
    if (timed) continue;
    std::printf("%s\n", ending ? ending->c_str() : ("error: " + ending.error().message).c_str());
    std::fflush(stdout);
  }
  if (timed && !times.empty()) {
    std::sort(times.begin(), times.end());
    std::printf("median %.0f us\n", times[times.size() / 2]);
  }
  return status;
}

}  // namespace
}  // namespace gobox

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: gobox_attacks_driver PROGRAM COUNT [--time]\n", stderr);
    return 2;
  }
  return gobox::drive(argv[1], std::strtol(argv[2], nullptr, 10),
                      argc > 3 && std::string(argv[3]) == "--time");
}
