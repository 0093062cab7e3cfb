// SPDX-License-Identifier: Apache-2.0

#pragma once

// CompileLab: one JobRunner for tests that compare ways of compiling, and what of two results must
// be equal. Uses the library instead of the commands, because thousands of programs go through it.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/job/job_runner.h"

namespace gobox::tests {

// The one of this process, started on first use and gone after end_compile_lab().
runner::JobRunner& compile_runner();
void end_compile_lab();

using Files = std::vector<std::pair<std::string, std::string>>;

enum class Way { kDirect, kGoBuild };

struct CompileJob {
  runner::Workspace workspace;
  std::string toolchain;  // a GOROOT
  Way way = Way::kDirect;
  bool race = false;
  bool fake_time = false;
};

// Limits wide enough that a busy machine decides nothing.
runner::Job make_job(const CompileJob& wanted);

// Our own failure fails the test and gives an empty result.
runner::JobResult run_job(runner::Job job);

// What a user sees of a result, without what differs from run to run: times, sizes, process ids.
std::string visible(const runner::JobResult& result);

// Whether the compile stage did without the go command.
bool was_direct(const runner::JobResult& result);

runner::Workspace one_file(std::string_view source);
runner::Workspace directory_of(Files files);

}  // namespace gobox::tests
