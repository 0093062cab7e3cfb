// SPDX-License-Identifier: Apache-2.0

#include "api/runs/submission.h"

#include "api/http/multipart.h"
#include "api/runs/caller_rights.h"
#include "api/runs/run_request.h"

namespace gobox::api {
namespace {

Error refuse(Problem& problem, int status, const std::string& detail, const char* pointer) {
  problem = {status, detail, pointer, std::nullopt};
  return Error::caller(detail);
}

Result<runner::TarPacking> packing_of(std::string_view type, Problem& problem) {
  type = type.substr(0, type.find_first_of("; \t"));
  if (type == "application/x-tar") return runner::TarPacking::kNone;
  if (type == "application/gzip") return runner::TarPacking::kGzip;
  if (type == "application/zstd") return runner::TarPacking::kZstd;
  return refuse(problem, 415,
                "the part tree must be application/x-tar, application/gzip or application/zstd",
                "/tree");
}

// The request's JSON; fills `tree` where the files come beside it.
Result<std::string_view> split(const RunBody& body, std::optional<SentTree>& tree,
                               Problem& problem) {
  if (!is_multipart(body.content_type)) return body.bytes;
  const auto parts = split_multipart(body.content_type, body.bytes);
  if (!parts) {
    return refuse(problem, 400, "the body is not multipart/form-data as it should be", "");
  }
  for (const auto& [name, part] : *parts) {
    if (name == "request" || name == "tree") continue;
    return refuse(problem, 422, "the parts are request and tree, and no others", "");
  }
  const auto request = parts->find("request");
  if (request == parts->end()) {
    return refuse(problem, 422, "the part request, the run as JSON, is missing", "/request");
  }
  const auto sent = parts->find("tree");
  if (sent != parts->end()) {
    tree = SentTree{sent->second.bytes, TRY(packing_of(sent->second.type, problem))};
  }
  return request->second.bytes;
}

}  // namespace

Result<Submission> read_submission(const Services& services, const std::string& name,
                                   const RunBody& body, Problem& problem) {
  const auto toolchains = services.runs.toolchains();
  RequestRules rules{services.policies,
                     toolchains,
                     cache_scope_of(services, name),
                     policy_right_of(services, name),
                     std::nullopt,
                     services.options.data_dir};
  const std::string_view text = TRY(split(body, rules.tree, problem));
  Submission submission;
  if (services.callbacks != nullptr) {
    rules.take_callback = [&](const std::string& url) -> Result<void> {
      // Whoever shares an address with others shares their bound, and their blame.
      if (Visitors::is_visitor(name)) return Error::caller("is for callers with a token");
      submission.callback = TRY(services.callbacks->check(url)).url;
      return {};
    };
  }
  submission.job = TRY(read_run_request(text, rules, problem));
  submission.caller = name;
  submission.caller_most = concurrency_of(services, name);
  submission.memory_bytes = memory_needed(submission.job);
  return submission;
}

}  // namespace gobox::api
