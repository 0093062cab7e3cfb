// SPDX-License-Identifier: Apache-2.0

#pragma once

// TestBuild: the compile stage of a job of tests: one go command in one sandbox builds the test
// binary of every package (runner/testing/build_report.h). Comes in: the job's files. Hands on: a
// binary per package that has tests and builds; a package that does not build hides no other.

#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/job/job_context.h"
#include "runner/job/stage_executor.h"
#include "runner/result/result.h"
#include "runner/testing/binary_store.h"

namespace gobox::runner {

struct BuiltTest {
  PackageTests result;  // what the build had to say
  UniqueFd binary;      // invalid where there is none; not sealed
};

struct TestBuild {
  StageResult stage;
  bool cached = false;              // nothing was compiled
  std::vector<BuiltTest> packages;  // in the order of go test
  std::string untested;             // coverage profile of packages without tests
};

// `directory`: where the go command stands, below the workspace.
Result<TestBuild> build_tests(const JobContext& context, StageExecutor& executor,
                              BinaryStore& binaries, const std::string& directory);

}  // namespace gobox::runner
