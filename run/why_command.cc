// SPDX-License-Identifier: Apache-2.0

// sandbox-run why: run it, say why it ended as it did, try what was advised, and give the setting
// to apply.

#include <unistd.h>

#include "base/file.h"
#include "run/command.h"
#include "run/job_request.h"
#include "run/options.h"
#include "run/report.h"
#include "run/session.h"
#include "runner/job/proof.h"
#include "runner/result/result_json.h"

namespace gobox::run {
namespace {

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + "M";
}

std::string least_text(const runner::Proof& proof) {
  if (!proof.least_memory) return {};
  std::string text = "smallest memory that works: " + mebibytes(*proof.least_memory);
  if (proof.too_little_memory) text += " (not " + mebibytes(*proof.too_little_memory) + ")";
  return text + "\n";
}

std::string apply_text(const runner::Proof& proof, const Words& words) {
  const runner::Proof::Tried* const remedy = proof.remedy();
  if (remedy == nullptr) return "nothing that was tried helped: the program has to change\n";
  std::string setting = remedy->setting;
  std::string kubernetes = remedy->kubernetes;
  if (proof.least_memory && setting.starts_with("--memory ")) {
    setting = "--memory " + mebibytes(*proof.least_memory);
    kubernetes = "resources.limits.memory: " + mebibytes(*proof.least_memory) + "i";
  }
  std::string text = "apply: sandbox-run " + setting;
  const std::string flag = setting.substr(0, setting.find(' '));
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == flag) {
      ++i;  // and its value: the new one stands in its place
    } else if (!words[i].starts_with(flag + "=")) {
      text += " " + words[i];
    }
  }
  text += "\n";
  if (!kubernetes.empty()) text += "in Kubernetes: " + kubernetes + "\n";
  return text;
}

std::string why_text(const runner::JobResult& result, const runner::Proof& proof,
                     const Words& words) {
  std::string text =
      std::string("verdict: ") + runner::name_of(result.outcome) + ": " + result.message + "\n";
  if (result.outcome == runner::Outcome::kOk) return text + "nothing to explain\n";
  if (!result.hints.empty()) text += "cause: " + result.hints.front() + "\n";
  for (const runner::Proof::Tried& each : proof.tried) {
    text += runner::describe(each.trial) + "\n";
  }
  if (proof.tried.empty()) return text + "no setting would change this: the program has to\n";
  return text + least_text(proof) + apply_text(proof, words);
}

}  // namespace

int why_command(const Words& words) {
  auto options = parse_options("why", words);
  if (!options) return fail(options.error());
  if (options->help) {
    static_cast<void>(write_all(STDOUT_FILENO, options->help_text));
    return 0;
  }
  if (!options->core_file.empty()) return fail(Error::caller("why: --core is for single runs"));
  using Degraded = sandbox::CgroupTree::Degraded;
  auto session = Session::open(options->allow_degraded ? Degraded::kAllow : Degraded::kRefuse,
                               options->toolchain);
  if (!session) return fail(session.error());
  std::string policy_name;
  auto policy = apply_to_policy(*options, session->policies, policy_name);
  if (!policy) return fail(policy.error());
  auto job = make_job("why", *options, *policy);
  if (!job) return fail(job.error());
  job->policy = std::move(*policy);
  job->policy_name = policy_name;
  job->cancel = session->signals.get();
  take_policy_settings(*job);
  job->diagnose = true;
  job->observer = {};
  runner::Job first = *job;
  auto result = session->runner->run(std::move(first));
  if (!result) return fail(result.error());
  const runner::Proof proof = runner::prove(*session->runner, *job, *result);
  if (options->output == Options::Output::kPlain) {
    static_cast<void>(write_all(STDOUT_FILENO, why_text(*result, proof, words)));
  } else {
    print_result(*result, options->output);
  }
  if (result->outcome == runner::Outcome::kCanceled) {
    return 128 + session->stop_signal().value_or(2);
  }
  const runner::StageResult* const deciding = result->deciding();
  if (deciding == nullptr) return runner::exit_status(result->outcome, {}, {});
  return runner::exit_status(result->outcome, deciding->ending.exit_code, deciding->ending.signal);
}

}  // namespace gobox::run
