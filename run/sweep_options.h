// SPDX-License-Identifier: Apache-2.0

#pragma once

// SweepOptions: the flags that are sweep's own, taken out of its command line; the rest is the
// job's and read as for any other job (run/options.h). A refusal is a caller's Error.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "lab/dimension.h"
#include "lab/project.h"
#include "lab/search.h"

namespace gobox::run {

struct SweepOptions {
  enum class Form { kRun, kBuild, kExec, kTest };

  Form form = Form::kRun;
  std::vector<lab::Dimension> dimensions;
  std::optional<lab::SearchPlan> search;  // --until
  std::size_t repeat = 3;
  std::size_t confirm = 10;
  std::optional<std::uint64_t> seed;
  std::string out_directory;
  std::string title;
  bool fresh = false;  // forget what the journal holds
  bool json = false;
  bool gctrace = true;
  bool help = false;
  std::optional<lab::Shape> shape;  // of a generated project
  std::size_t packages = 100;
  std::vector<std::string> job_words;  // everything else, in order
};

Result<SweepOptions> parse_sweep_options(const std::vector<std::string>& words);

const char* sweep_usage();

// "run", "build", "exec", "test".
const char* name_of(SweepOptions::Form form);

}  // namespace gobox::run
