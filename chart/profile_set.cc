// SPDX-License-Identifier: Apache-2.0

#include "chart/profile_set.h"

#include <optional>

#include "chart/flame_svg.h"
#include "runner/diagnosis/profile.h"

namespace gobox::runner {
namespace {

Result<void> add(const std::optional<Profile>& profile, const std::string& name,
                 const std::string& title, std::vector<ProfileFile>& files) {
  if (!profile) return {};
  files.push_back({name + ".pb.gz", TRY(gzipped(pprof_message(*profile)))});
  files.push_back({name + ".svg", flame_svg(*profile, profile->types.size() - 1, title)});
  return {};
}

}  // namespace

Result<std::vector<ProfileFile>> profile_files(const Diagnosis& diagnosis,
                                               const std::string& ending) {
  std::vector<ProfileFile> files;
  TRY(add(heap_profile(diagnosis), "heap", "Live heap when it was last seen, " + ending, files));
  TRY(add(goroutine_profile(diagnosis), "goroutine", "Goroutines at the dump, " + ending, files));
  return files;
}

}  // namespace gobox::runner
