// SPDX-License-Identifier: Apache-2.0

#pragma once

// The program that a fuzzer starts as its workers: a script around the test binary. internal/fuzz
// starts os.Args[0], and of a worker that a signal killed which is none of a crash's it keeps no
// input; the kernel's SIGKILL for memory is one. Behind the script it is an exit status, and the
// input is written below testdata as a crash's is. The verdict stays the kernel's.

#include <filesystem>

#include "base/error.h"

namespace gobox::runner {

// Where a fuzzer writes the inputs that fail, as a pattern of artifacts.
inline constexpr const char* kFailingInputs = "**/testdata/fuzz/**";

inline constexpr const char* kFuzzWorkerPath = "/tmp/gobox-fuzz-worker";  // inside

// The script below `directory` on the host, to be shown at kFuzzWorkerPath; written if it is not
// there as it should be. Several processes may ask at once.
Result<std::filesystem::path> fuzz_worker_script(const std::filesystem::path& directory);

}  // namespace gobox::runner
