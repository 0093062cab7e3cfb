// SPDX-License-Identifier: Apache-2.0

#pragma once

// RunRequest: the body of POST /v1/runs, read and checked into a Job. What the policy's
// `most` grants is the most a caller can have.
//
// A refusal fills a Problem whose pointer names the field. Thread-safe; no state.

#include <functional>
#include <optional>
#include <string_view>

#include "api/http/problem.h"
#include "base/error.h"
#include "policies/loader.h"
#include "runner/job/job.h"
#include "runner/source/tar_tree.h"

namespace gobox::api {

// A tree of files that came beside the request. Refers to the body.
struct SentTree {
  std::string_view bytes;
  runner::TarPacking packing = runner::TarPacking::kNone;
};

// What a request is checked against. Refers to data of the server's.
struct RequestRules {
  const policies::PolicySet& policies;
  const std::vector<runner::Toolchain>& toolchains;
  std::string cache_scope;  // whose compiles the run may share
  // Whether this caller may use a policy; empty: any.
  std::function<bool(const std::string& policy)> may_use;
  std::optional<SentTree> tree = std::nullopt;  // instead of a source in the request
  std::string spool_directory = "";             // where a large tree's files lie
  // Takes the field `callback`, or says why not; empty: nothing is posted from here.
  std::function<Result<void>(const std::string& url)> take_callback = {};
};

// The Job has an id, its policy with the caller's limits in place, and no observer.
Result<runner::Job> read_run_request(std::string_view body, const RequestRules& rules,
                                     Problem& problem);

// The most memory any one stage of the job may take: what it has to fit in before it starts.
std::uint64_t memory_needed(const runner::Job& job);

}  // namespace gobox::api
