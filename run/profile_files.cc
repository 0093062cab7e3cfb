// SPDX-License-Identifier: Apache-2.0

#include "run/profile_files.h"

#include <fcntl.h>

#include <filesystem>

#include "base/file.h"
#include "chart/flame_svg.h"
#include "run/report.h"
#include "runner/diagnosis/profile.h"

namespace gobox::run {
namespace {

Result<void> write_text(const std::string& file, const std::string& bytes) {
  auto opened = open_at(AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!opened) return Error::caller("--pprof " + opened.error().message);
  return write_all(opened->get(), bytes);
}

Result<void> write_profile(const runner::Profile& profile, const std::string& path,
                           const std::string& title) {
  const std::string packed = TRY(runner::gzipped(runner::pprof_message(profile)));
  TRY(write_text(path + ".pb.gz", packed));
  return write_text(path + ".svg", runner::flame_svg(profile, profile.types.size() - 1, title));
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
  const auto heap =
      stage != nullptr && stage->diagnosis ? runner::heap_profile(*stage->diagnosis) : std::nullopt;
  const auto goroutines = stage != nullptr && stage->diagnosis
                              ? runner::goroutine_profile(*stage->diagnosis)
                              : std::nullopt;
  if (heap) {
    TRY(write_profile(*heap, directory + "/heap", "Live heap when it was last seen, " + ending));
  } else {
    print_error("--pprof: no heap profile: no collection of a Go program built here was seen");
  }
  if (goroutines) {
    TRY(write_profile(*goroutines, directory + "/goroutine", "Goroutines at the dump, " + ending));
  } else {
    print_error("--pprof: no goroutine profile: the program printed no goroutine dump");
  }
  return {};
}

}  // namespace gobox::run
