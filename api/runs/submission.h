// SPDX-License-Identifier: Apache-2.0

#pragma once

// A request's body and its caller's rights, read into a Submission that nobody waits for afterwards
// (Keep::kNothing): whoever submits it says what is kept. No state.

#include <string>
#include <string_view>

#include "api/runs/services.h"

namespace gobox::api {

// The body of POST /v1/runs. JSON; or multipart/form-data of a part "request", which is that JSON,
// and a part "tree", the files as a tar archive (application/x-tar, or packed: application/gzip,
// application/zstd).
struct RunBody {
  std::string content_type;
  std::string_view bytes;
};

// A refusal fills `problem`.
Result<Submission> read_submission(const Services& services, const std::string& caller,
                                   const RunBody& body, Problem& problem);

}  // namespace gobox::api
