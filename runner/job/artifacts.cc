// SPDX-License-Identifier: Apache-2.0

#include "runner/job/artifacts.h"

#include <fcntl.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/sha256.h"
#include "runner/source/scratch.h"

namespace gobox::runner {
namespace {

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return parts;
}

}  // namespace

// Row by row: whether the pattern's first parts match the path's first parts. No recursion, so a
// pattern of many "**" costs no more than its length times the path's.
bool matches_glob(std::string_view pattern, std::string_view path) {
  const std::vector<std::string> wanted = parts_of(pattern);
  const std::vector<std::string> given = parts_of(path);
  std::vector<bool> before(given.size() + 1, false);
  before[0] = true;
  for (const std::string& part : wanted) {
    std::vector<bool> now(given.size() + 1, false);
    if (part == "**") {
      bool reached = false;
      for (std::size_t i = 0; i <= given.size(); ++i) now[i] = reached = reached || before[i];
    } else {
      for (std::size_t i = 0; i < given.size(); ++i) {
        now[i + 1] = before[i] && ::fnmatch(part.c_str(), given[i].c_str(), 0) == 0;
      }
    }
    before = std::move(now);
  }
  return before[given.size()];
}

bool Artifacts::is_wanted(std::string_view path) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const std::string& pattern) { return matches_glob(pattern, path); });
}

Result<void> Artifacts::take(int space, const Workspace& inputs) {
  return visit_regular(space, "work", [&](const std::string& path, int file, std::uint64_t size) {
    return is_wanted(path) ? take_file(path, file, size, inputs) : Result<void>();
  });
}

Result<void> Artifacts::take_file(const std::string& path, int file, std::uint64_t size,
                                  const Workspace& inputs) {
  const std::lock_guard lock(mutex_);
  if (taken_.size() >= kMaxFiles || size > kMaxBytes - bytes_) {
    ++left_out_;
    return {};
  }
  const std::string bytes = TRY(read_fd(file, size));
  const SourceFile* const brought = find_file(inputs, path);
  if (brought != nullptr && brought->bytes.view() == bytes) return {};
  const std::string digest = hex(sha256(bytes));
  std::string name = path;
  // Each package has a tree of its own, so that two may leave a file of one name.
  for (int copy = 2;; ++copy) {
    const auto same = std::find_if(taken_.begin(), taken_.end(),
                                   [&](const Artifact& each) { return each.name == name; });
    if (same == taken_.end()) break;
    if (same->sha256 == digest) return {};
    name = path + "~" + std::to_string(copy);
  }
  const std::filesystem::path target = std::filesystem::path(directory_) / name;
  std::error_code failure;
  std::filesystem::create_directories(target.parent_path(), failure);
  if (failure)
    return Error::host("make " + target.parent_path().string() + ": " + failure.message());
  const UniqueFd copy =
      TRY(open_at(AT_FDCWD, target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644));
  TRY(write_all(copy.get(), bytes));
  bytes_ += size;
  taken_.push_back({.name = name, .bytes = bytes.size(), .sha256 = digest, .href = ""});
  return {};
}

std::vector<Artifact> Artifacts::list() && {
  std::sort(taken_.begin(), taken_.end(),
            [](const Artifact& one, const Artifact& other) { return one.name < other.name; });
  return std::move(taken_);
}

}  // namespace gobox::runner
