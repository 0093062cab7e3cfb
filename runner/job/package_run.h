// SPDX-License-Identifier: Apache-2.0

#pragma once

// PackageRun: the tests of one package, in a sandbox of their own and in the package's directory.
// Comes in: its binary. Hands on: its results, by what the kernel and the stream of its output say
// (runner/testing/test_tally.h), and the files it was asked for.
//
// Each call is a sandbox of its own; run_package may be called from several threads at once.

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "runner/job/job_context.h"
#include "runner/job/stage_executor.h"
#include "runner/job/test_build.h"
#include "runner/result/result.h"

namespace gobox::runner {

struct PackageRun {
  StageResult stage;
  PackageTests tests;
  std::string profile;  // coverage, as the test binary wrote it
};

// Told what the tests print, as it comes and for people: without the testing package's marks.
using OutputListener = std::function<void(std::string_view bytes)>;

Result<PackageRun> run_package(const JobContext& context, StageExecutor& executor,
                               BuiltTest package, const OutputListener& on_output);

// The events of a package that did not come to run.
void tell_unrun(StageExecutor& executor, const PackageTests& package);

}  // namespace gobox::runner
