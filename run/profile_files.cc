// SPDX-License-Identifier: Apache-2.0

#include "run/profile_files.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "chart/profile_set.h"
#include "run/report.h"

namespace gobox::run {
namespace {

Result<void> write_text(const std::string& file, const std::string& bytes) {
  auto opened = open_at(AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!opened) return Error::caller("--pprof " + opened.error().message);
  return write_all(opened->get(), bytes);
}

}  // namespace

Result<void> make_profile_directory(const std::string& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) return Error::caller("--pprof " + directory + ": " + failure.message());
  return {};
}

Result<void> write_profiles(const runner::JobResult& result, const std::string& directory) {
  const runner::StageResult* const stage = result.deciding();
  const std::string ending = std::string(runner::name_of(result.outcome));
  std::vector<runner::ProfileFile> files;
  if (stage != nullptr && stage->diagnosis) {
    files = TRY(runner::profile_files(*stage->diagnosis, ending));
  }
  for (const runner::ProfileFile& each : files) {
    TRY(write_text(directory + "/" + each.name, each.bytes));
  }
  const auto has = [&](std::string_view name) {
    return std::any_of(files.begin(), files.end(),
                       [&](const runner::ProfileFile& each) { return each.name == name; });
  };
  if (!has("heap.pb.gz")) {
    print_error("--pprof: no heap profile: no collection of a Go program built here was seen");
  }
  if (!has("goroutine.pb.gz")) {
    print_error("--pprof: no goroutine profile: the program printed no goroutine dump");
  }
  return {};
}

}  // namespace gobox::run
