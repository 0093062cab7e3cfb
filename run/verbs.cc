// SPDX-License-Identifier: Apache-2.0

#include "run/verbs.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/nearest.h"

namespace gobox::run {
namespace {

constexpr std::array kVerbs = {
    Verb{"", "[flags] FILE.go... | DIR [PACKAGE] | FILE.txtar | - [-- ARG...]", "compile and run",
         [](const Words& rest) { return run_job_command("run", rest); }, true},
    Verb{"exec", "exec [flags] -- COMMAND [ARG...]", "run any command",
         [](const Words& rest) { return run_job_command("exec", rest); }, true},
    Verb{"test", "test [flags] [PACKAGES] [go test flags]", "compile and run tests", test_command,
         true},
    Verb{"why", "why [flags] FILE.go... | DIR", "run, say why it ended so, and try the remedies",
         why_command, true},
    Verb{"sweep", "sweep --vary NAME=V1,V2,... [flags] FILE...", "the same job over a grid",
         sweep_command, true},
    Verb{"compare", "compare A.json B.json", "did time, memory or outcome move beyond noise?",
         compare_command, true},
    Verb{"bench-endpoint", "bench-endpoint URL", "try a playground's server with a set of programs",
         endpoint_command, true},
    Verb{"check", "check", "what this host can enforce", check_command},
    Verb{"warm", "warm [--no-race | --all]",
         "prepare the toolchains' standard libraries ahead; --all: for cgo and the fake clock too",
         warm_command},
    Verb{"cache", "cache [trim | clean]",
         "what is kept on disk and how large; trim: remove what no toolchain here uses any more; "
         "clean: all of it",
         cache_command},
    Verb{"policy", "policy show NAME|FILE | policy check FILE | policy list",
         "what a policy grants; whether a file is one", policy_command},
};

}  // namespace

std::span<const Verb> verbs() {
  return kVerbs;
}

std::string usage_text() {
  std::string text = "usage:\n";
  for (const Verb& verb : kVerbs) {
    text += std::string("  sandbox-run ") + verb.usage + "\n      " + verb.summary + "\n";
  }
  return text + "  sandbox-run VERB --help | --help | --version\n";
}

const Verb* find_verb(const std::string& name) {
  const auto found = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) {
    return *verb.name != '\0' && name == verb.name;
  });
  return found == kVerbs.end() ? nullptr : &*found;
}

std::string verb_like(const std::string& word) {
  std::vector<std::string> names;
  for (const Verb& verb : kVerbs) names.emplace_back(verb.name);
  return nearest(word, names);
}

int run_verb(const Verb& verb, const Words& rest) {
  const bool asked = !rest.empty() && (rest.front() == "--help" || rest.front() == "-h");
  if (!asked || verb.own_help) return verb.run(rest);
  std::printf("usage: sandbox-run %s\n%s\n", verb.usage, verb.summary);
  std::fflush(stdout);
  return 0;
}

}  // namespace gobox::run
