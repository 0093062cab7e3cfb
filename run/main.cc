// sandbox-run: compile and run a Go program in a sandbox, from the command line.

#include <cstdio>

#include "run/command.h"

namespace {

using gobox::run::Words;

constexpr const char* kUsage =
    "usage:\n"
    "  sandbox-run [flags] FILE.go... | DIR [PACKAGE] | FILE.txtar | - [-- ARG...]  compile and "
    "run\n"
    "  sandbox-run exec [flags] -- COMMAND [ARG...]                         run any command\n"
    "  sandbox-run test [flags] [PACKAGES] [go test flags]                  compile and run tests\n"
    "  sandbox-run why [flags] FILE.go... | DIR     run, say why it ended so, and try the "
    "remedies\n"
    "  sandbox-run sweep --vary NAME=V1,V2,... [flags] FILE...              the same job over a "
    "grid\n"
    "  sandbox-run compare A.json B.json      did time, memory or outcome move beyond noise?\n"
    "  sandbox-run bench-endpoint URL         try a playground's server with a set of programs\n"
    "  sandbox-run check                      what this host can enforce\n"
    "  sandbox-run warm [--no-race]           build the toolchain caches\n"
    "  sandbox-run policy show NAME | policy check FILE | policy list\n"
    "  sandbox-run --version | --help\n\n";

int print_help() {
  std::fputs(kUsage, stdout);
  std::fflush(stdout);
  return gobox::run::run_job_command("run", {"--help"});
}

int dispatch(const Words& words) {
  using namespace gobox::run;
  if (words.empty()) {
    std::fputs(kUsage, stderr);
    return kUsageStatus;
  }
  const std::string& first = words.front();
  const Words rest(words.begin() + 1, words.end());
  if (first == "--help" || first == "-h" || first == "help") return print_help();
  if (first == "--version") {
    std::printf("sandbox-run %s\n", GOBOX_VERSION);
    return 0;
  }
  if (first == "exec") return run_job_command(first, rest);
  if (first == "test") return test_command(rest);
  if (first == "why") return why_command(rest);
  if (first == "sweep") return sweep_command(rest);
  if (first == "compare") return compare_command(rest);
  if (first == "bench-endpoint") return endpoint_command(rest);
  if (first == "check") return check_command(rest);
  if (first == "warm") return warm_command(rest);
  if (first == "policy") return policy_command(rest);
  return run_job_command("run", words);
}

}  // namespace

int main(int argc, char** argv) {
  return dispatch(Words(argv + 1, argv + argc));
}
