#include "api/runs/submission.h"

#include "api/runs/caller_rights.h"
#include "api/runs/run_request.h"

namespace gobox::api {

Result<Submission> read_submission(const Services& services, const std::string& name,
                                   const std::string& body, Problem& problem) {
  const RequestRules rules{services.policies, services.runner.toolchains(),
                           cache_scope_of(services, name), policy_right_of(services, name)};
  Submission submission;
  submission.job = TRY(read_run_request(body, rules, problem));
  submission.caller = name;
  submission.caller_most = concurrency_of(services, name);
  submission.memory_bytes = memory_needed(submission.job);
  return submission;
}

}  // namespace gobox::api
