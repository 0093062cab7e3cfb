// SPDX-License-Identifier: Apache-2.0

#include <cstdio>

#include "base/file.h"
#include "run/command.h"
#include "run/report.h"
#include "run/session.h"
#include "sandbox/host_check.h"

namespace gobox::run {
namespace {

void say(bool good, const std::string& what, const std::string& detail) {
  std::printf("%-4s %-28s %s\n", good ? "ok" : "NO", what.c_str(), detail.c_str());
}

void say_limits(const sandbox::CgroupTree& groups) {
  say(groups.mode() != sandbox::CgroupMode::kNone, "control groups",
      std::string(sandbox::name_of(groups.mode())));
  for (const sandbox::MissingRight& right : groups.missing()) {
    say(false, right.what, right.why + "; " + right.remedy);
  }
  if (groups.missing().empty()) {
    say(true, "memory limit", "memory and swap, enforced by the kernel");
    say(true, "process limit", "processes and threads, enforced by the kernel");
    say(true, "CPU bandwidth and time", "enforced by the kernel, counted for the whole tree");
  }
}

// The proof of the pudding: a sandbox with everything, and a program in it that ends.
bool say_sandbox(Session& session) {
  runner::Job job;
  job.id = runner::new_job_id();
  job.kind = runner::JobKind::kExec;
  job.arguments = {"/bin/true"};
  job.policy_name = "default";
  auto policy = session.policies.job("default");
  if (!policy) return say(false, "policy default", policy.error().message), false;
  job.policy = std::move(*policy);
  const auto result = session.runner->run(std::move(job));
  if (!result) return say(false, "sandbox", result.error().message), false;
  const bool good = result->outcome == runner::Outcome::kOk;
  const bool limited = session.launcher->groups().missing().empty();
  const std::string works = limited ? "namespaces, mounts, seccomp and limits work"
                                    : "namespaces, mounts and seccomp work, not all limits";
  say(good, "sandbox",
      good ? works + ": made and run in " + format_duration(result->total) : result->message);
  return good;
}

bool say_toolchains(const Session& session) {
  for (const runner::Toolchain& toolchain : session.runner->toolchains()) {
    const bool warm =
        session.runner->caches().find(toolchain, runner::CacheVariant::kPlain).has_value();
    say(toolchain.missing_tools.empty(), "toolchain " + toolchain.name,
        toolchain.goroot.string() +
            (warm ? ", cache prepared" : ", cache not prepared yet: sandbox-run warm"));
  }
  if (!session.runner->toolchains().empty()) return true;
  say(false, "Go toolchain",
      "none found on PATH, in /usr/local/go or /usr/lib/go-*; "
      "apt-get install golang-go");
  return false;
}

}  // namespace

int check_command(const Words& words) {
  if (!words.empty()) return fail(Error::caller("check takes no arguments"));
  bool host = true;
  for (const sandbox::HostFinding& finding : sandbox::check_host()) {
    say(finding.good, finding.what, finding.detail);
    host = host && finding.good;
  }
  auto session = Session::open(sandbox::CgroupTree::Degraded::kAllow);
  if (!session) {
    say(false, "sandbox", session.error().message);
    return kSandboxErrorStatus;
  }
  say_limits(session->launcher->groups());
  const sandbox::HostFinding scratch = sandbox::check_scratch_on_disk();
  say(scratch.good, scratch.what, scratch.detail);  // an extra: it does not decide
  const bool sandbox = say_sandbox(*session);
  const bool go = say_toolchains(*session);
  std::fflush(stdout);
  const bool all = host && sandbox && go && session->launcher->groups().missing().empty();
  return all ? 0 : kSandboxErrorStatus;
}

int warm_command(const Words& words) {
  using runner::CacheVariant;
  std::vector<CacheVariant> variants{CacheVariant::kPlain, CacheVariant::kRace};
  for (const std::string& word : words) {
    if (word == "--no-race") {
      variants = {CacheVariant::kPlain};
    } else if (word == "--all") {
      variants.assign(runner::kCacheVariants.begin(), runner::kCacheVariants.end());
    } else {
      return fail(Error::caller("warm: unknown argument " + word));
    }
  }
  auto session = Session::open(sandbox::CgroupTree::Degraded::kRefuse);
  if (!session) return fail(session.error());
  const auto policy = session->policies.job("default");
  if (!policy) return fail(policy.error());
  const auto warmed = session->runner->warm(policy->compile, variants);
  if (!warmed) return fail(warmed.error());
  for (const runner::Toolchain& toolchain : session->runner->toolchains()) {
    print_error("ready: " + toolchain.name + " (" + toolchain.goroot.string() + ")");
  }
  return 0;
}

int policy_command(const Words& words) {
  auto policies = load_policies();
  if (!policies) return fail(policies.error());
  if (words.size() == 2 && words[0] == "show") {
    const bool is_file = words[1].find_first_of("./") != std::string::npos;
    const auto name = is_file ? policies->choose(words[1]) : Result<std::string>(words[1]);
    if (!name) return fail(name.error());
    const auto text = policies->show(*name);
    if (!text) return fail(text.error());
    static_cast<void>(write_all(STDOUT_FILENO, *text));
    return 0;
  }
  if (words.size() == 2 && words[0] == "check") {
    const auto checked = policies->check_file(words[1]);
    if (!checked) return fail(checked.error());
    std::printf("%s: valid\n", words[1].c_str());
    return 0;
  }
  if (words.size() == 1 && words[0] == "list") {
    for (const std::string& name : policies->job_names()) std::printf("%s\n", name.c_str());
    return 0;
  }
  return fail(Error::caller("policy show NAME|FILE | policy check FILE | policy list"));
}

}  // namespace gobox::run
