#pragma once

// A request's body and its caller's rights, read into a Submission that nobody waits for afterwards
// (Keep::kNothing): whoever submits it says what is kept. No state.

#include <string>

#include "api/runs/services.h"

namespace gobox::api {

// A refusal fills `problem`.
Result<Submission> read_submission(const Services& services, const std::string& caller,
                                   const std::string& body, Problem& problem);

}  // namespace gobox::api
