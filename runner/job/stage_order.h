// SPDX-License-Identifier: Apache-2.0

#pragma once

// StageOrder: what one stage asks of its sandbox: what to run, with what before it, and what to
// take out afterwards. Filled by a stage's own file, carried out by StageExecutor. Plain data that
// borrows: descriptors, the plan and the workspace must outlive the stage.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "runner/golang/direct_compile.h"
#include "runner/outcome/outcome.h"
#include "runner/result/result.h"
#include "runner/source/workspace.h"
#include "sandbox/sandbox.h"

namespace gobox::runner {

class Prefetch;

struct StageOrder {
  StageKind kind = StageKind::kRun;
  std::vector<policies::Bind> binds;   // shown besides the policy's own
  sandbox::ProgramStart program;       // not used where `direct` is set
  const DirectPlan* direct = nullptr;  // its programs, one after another, instead
  std::string why_not_direct;          // for the result
  int files = -1;                      // packed, written below /work first; -1: none
  int more_files = -1;                 // the same, over those
  const Workspace* inputs = nullptr;   // the same, to tell what the stage left; null: the job's
  int standard_input = -1;             // -1: empty
  Prefetch* prefetched = nullptr;      // the sandbox ordered for this stage, if any

  bool merge_streams = false;  // as `go test` has it: its package's lines come in order

  // Told of the output as it comes, in the place of the job's observer. `space`: the sandbox's
  // writable one, while what is inside lives.
  std::function<void(int space, bool is_stderr, std::string_view bytes)> listener;

  // Takes out what is wanted however the stage ended; nothing inside lives.
  std::function<Result<void>(int space)> salvage;

  // Its sandbox gets a listening socket, which `begin` is given before anything runs inside.
  std::function<void(UniqueFd listener)> begin;

  // Looks at the stage once it has been judged, before anybody hears of it.
  std::function<void(StageResult& stage)> review;

  // Takes out what the stage made for the next one, below the writable space (runner/source/
  // scratch.h), when it ended with outcome ok and nothing inside lives. Empty: nothing, and what
  // lies there is told as left over.
  std::function<Result<void>(int space)> collect;
};

// Runs or is itself the user's program, as opposed to a tool that works on its source.
inline bool is_program(StageKind kind) {
  return kind == StageKind::kRun || kind == StageKind::kTest;
}

}  // namespace gobox::runner
