// SPDX-License-Identifier: Apache-2.0

#pragma once

// Report: what sandbox-run prints. Plain: the program's bytes pass through unchanged, but for long
// goroutine dumps (run/dump_shortener.h), then a summary on stderr. JSON: one object on stdout.
// Events: JSON lines as things happen, the result last.

#include <string>

#include "base/error.h"
#include "run/options.h"
#include "runner/job/job.h"
#include "runner/result/result.h"

namespace gobox::run {

runner::JobObserver make_observer(const Options& options);

void print_result(const runner::JobResult& result, Options::Output output);

// The timelines of the stages into a file, as its name says: .csv or .svg.
Result<void> write_timeline(const runner::JobResult& result, const std::string& file);

// "sandbox-run: SENTENCE" on stderr.
void print_error(const std::string& sentence);

// Says it, and gives the exit status that belongs to it.
int fail(const Error& error);

// A host that cannot sandbox is an outcome too, for those who read JSON.
int fail_as_result(const Error& error, const Options& options);

// The summary alone.
std::string summary_of(const runner::JobResult& result);

}  // namespace gobox::run
