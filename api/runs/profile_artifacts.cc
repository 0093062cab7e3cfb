// SPDX-License-Identifier: Apache-2.0

#include "api/runs/profile_artifacts.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/sha256.h"
#include "chart/profile_set.h"

namespace gobox::api {
namespace {

std::string free_name(const runner::JobResult& result, const std::string& name) {
  const auto taken = [&](const std::string& candidate) {
    return std::any_of(result.artifacts.begin(), result.artifacts.end(),
                       [&](const runner::Artifact& each) { return each.name == candidate; });
  };
  std::string candidate = name;
  for (int copy = 2; taken(candidate); ++copy) candidate = name + "~" + std::to_string(copy);
  return candidate;
}

}  // namespace

Result<void> add_profile_artifacts(runner::JobResult& result, const std::string& directory) {
  const runner::StageResult* const stage = result.deciding();
  if (stage == nullptr || !stage->diagnosis) return {};
  const auto files =
      TRY(runner::profile_files(*stage->diagnosis, std::string(runner::name_of(result.outcome))));
  std::error_code failure;
  std::filesystem::create_directories(directory + "/pprof", failure);
  if (failure) return Error::host("make " + directory + "/pprof: " + failure.message());
  for (const runner::ProfileFile& each : files) {
    const std::string name = free_name(result, "pprof/" + each.name);
    const UniqueFd file = TRY(
        open_at(AT_FDCWD, directory + "/" + name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644));
    TRY(write_all(file.get(), each.bytes));
    result.artifacts.push_back(
        {.name = name, .bytes = each.bytes.size(), .sha256 = hex(sha256(each.bytes)), .href = ""});
  }
  return {};
}

}  // namespace gobox::api
