// SPDX-License-Identifier: Apache-2.0

#include "runner/source/workspace_builder.h"

#include <algorithm>

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxNamedLeftOut = 5;

bool by_path(const SourceFile& left, const SourceFile& right) {
  return left.path < right.path;
}

// Neither a file nor a link may be where another member has a directory.
Result<void> check_places(const Workspace& workspace, std::string_view path) {
  TRY(check_directories_of(workspace, path));
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    if (find_link(workspace, path.substr(0, slash)) != nullptr) {
      return Error::caller("file name " + quote_path(path) + " leads through the symbolic link " +
                           quote_path(path.substr(0, slash)));
    }
  }
  return {};
}

Result<void> check_links(const Workspace& workspace) {
  for (const SourceLink& link : workspace.links) {
    if (find_file(workspace, link.path) != nullptr) {
      return Error::caller("duplicate file name " + quote_path(link.path));
    }
    TRY(check_places(workspace, link.path));
  }
  return {};
}

}  // namespace

Error WorkspaceBuilder::too_large(std::string_view path) const {
  return Error::caller("total size of the files exceeds the limit of " +
                       std::to_string(limits_.max_bytes) + " bytes at " + quote_path(path));
}

Result<void> WorkspaceBuilder::check_room(std::string_view path, std::uint64_t size) const {
  const std::size_t count = workspace_.files.size() + workspace_.links.size();
  if (count >= limits_.max_files) {
    return Error::caller("too many files (limit of " + std::to_string(limits_.max_files) +
                         " exceeded at " + quote_path(path) + ")");
  }
  if (size > bytes_left()) return too_large(path);
  return {};
}

Result<void> WorkspaceBuilder::add(SourceFile file) {
  TRY(check_path(file.path, limits_));
  TRY(check_room(file.path, file.bytes.size()));
  bytes_ += file.bytes.size();
  workspace_.files.push_back(std::move(file));
  return {};
}

Result<void> WorkspaceBuilder::add_link(SourceLink link) {
  TRY(check_path(link.path, limits_));
  TRY(check_room(link.path, link.target.size()));
  bytes_ += link.target.size();
  workspace_.links.push_back(std::move(link));
  return {};
}

Result<void> WorkspaceBuilder::add_empty_directory(const std::string& path) {
  TRY(check_path(path, limits_));
  workspace_.directories.push_back(path);
  return {};
}

Result<void> WorkspaceBuilder::count_directory(std::string_view path) {
  if (++directories_ <= limits_.max_files) return {};
  return Error::caller("too many directories (limit of " + std::to_string(limits_.max_files) +
                       " exceeded at " + quote_path(path) + ")");
}

void WorkspaceBuilder::leave_out(const std::string& path, const std::string& why) {
  if (++left_out_ > kMaxNamedLeftOut) return;
  workspace_.notes.push_back("left out: " + quote_path(path) + ", " + why);
}

Result<Workspace> WorkspaceBuilder::finish() && {
  Workspace workspace = std::move(workspace_);
  std::sort(workspace.files.begin(), workspace.files.end(), by_path);
  std::sort(workspace.links.begin(), workspace.links.end(),
            [](const SourceLink& a, const SourceLink& b) { return a.path < b.path; });
  const auto twice = std::adjacent_find(
      workspace.files.begin(), workspace.files.end(),
      [](const SourceFile& left, const SourceFile& right) { return left.path == right.path; });
  if (twice != workspace.files.end()) {
    return Error::caller("duplicate file name " + quote_path(twice->path));
  }
  for (const SourceFile& file : workspace.files) TRY(check_places(workspace, file.path));
  TRY(check_links(workspace));
  if (left_out_ > kMaxNamedLeftOut) {
    workspace.notes.push_back("left out: " + std::to_string(left_out_ - kMaxNamedLeftOut) +
                              " more of that kind");
  }
  return workspace;
}

}  // namespace gobox::runner
