// SPDX-License-Identifier: Apache-2.0

#pragma once

// StageRecord: the results of a job's stages, in the order of the story, and what they come to: the
// one stage that decides, its outcome and sentence. One per job, in its thread.

#include <vector>

#include "runner/job/job_context.h"
#include "runner/result/result.h"

namespace gobox::runner {

enum class Next { kGoOn, kStop };

class StageRecord {
 public:
  // Whether the stages that need this one's success may follow.
  Next add(StageResult stage);

  void add_tests(PackageTests package) { tests_.push_back(std::move(package)); }

  void set_cover_profile(std::string profile) { cover_profile_ = std::move(profile); }

  // A binary came out of the compile cache.
  void note_cached_compile() { compile_cached_ = true; }

  // Once, when the last stage has ended.
  JobResult verdict(const JobContext& context) &&;

 private:
  std::vector<StageResult> stages_;
  std::vector<PackageTests> tests_;
  std::string cover_profile_;
  bool compile_cached_ = false;
};

}  // namespace gobox::runner
