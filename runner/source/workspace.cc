// SPDX-License-Identifier: Apache-2.0

#include "runner/source/workspace.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/line.h"
#include "runner/source/host_file.h"
#include "runner/source/txtar.h"
#include "runner/source/workspace_builder.h"

namespace gobox::runner {
namespace {

std::vector<SourceFile>::const_iterator position_of(const Workspace& workspace,
                                                    std::string_view path) {
  return std::lower_bound(
      workspace.files.begin(), workspace.files.end(), path,
      [](const SourceFile& file, std::string_view wanted) { return file.path < wanted; });
}

Error clash(std::string_view file, std::string_view below) {
  return Error::caller("file name " + quote_path(file) + " is also the directory of " +
                       quote_path(below));
}

std::string base_name_of(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);  // npos + 1 is 0: all of it
}

}  // namespace

Result<Workspace> workspace_from_files(const std::vector<std::string>& paths,
                                       const InputLimits& limits) {
  WorkspaceBuilder builder(limits);
  for (const std::string& path : paths) {
    const std::string name = base_name_of(path);
    if (!name.ends_with(".go")) {
      if (::access(path.c_str(), F_OK) != 0) return cannot_read(path, errno);
      return Error::caller(quote_path(path) +
                           " is not a .go file; to bring other files, name their directory or a "
                           "txtar archive");
    }
    TRY(add_host_file(builder, AT_FDCWD, path, name, path));
  }
  Workspace workspace = TRY(std::move(builder).finish());
  workspace.files_named = true;
  return workspace;
}

Result<Workspace> workspace_from_txtar(std::string_view bytes, const InputLimits& limits) {
  const TxtarArchive archive = parse_txtar(bytes, limits.max_files + 1);
  const bool has_program = !trimmed(archive.comment).empty();
  const std::size_t count = archive.file_count + (has_program ? 1 : 0);
  if (count > limits.max_files) {
    return Error::caller("too many files in txtar archive (" + std::to_string(count) +
                         " exceeds limit of " + std::to_string(limits.max_files) + ")");
  }
  WorkspaceBuilder builder(limits);
  if (has_program) TRY(builder.add({"prog.go", std::string(archive.comment)}));
  for (const TxtarFile& file : archive.files) {
    // Before the copy, so that refused bytes are never held twice.
    TRY(builder.check_room(file.name, file.data.size()));
    std::string data(file.data);
    data += file.missing_newline;
    TRY(builder.add({std::string(file.name), std::move(data)}));
  }
  return std::move(builder).finish();
}

Result<Workspace> workspace_from_source(std::string_view bytes, const std::string& name,
                                        const InputLimits& limits) {
  if (has_txtar_marker(bytes)) return workspace_from_txtar(bytes, limits);
  WorkspaceBuilder builder(limits);
  TRY(builder.check_room(name, bytes.size()));
  TRY(builder.add({name, std::string(bytes)}));
  Workspace workspace = TRY(std::move(builder).finish());
  workspace.files_named = true;
  return workspace;
}

Result<Workspace> workspace_from_map(std::vector<std::pair<std::string, std::string>> files,
                                     const InputLimits& limits) {
  WorkspaceBuilder builder(limits);
  for (auto& file : files) {
    TRY(builder.add({std::move(file.first), std::move(file.second)}));
  }
  return std::move(builder).finish();
}

Result<void> require_go(const Workspace& workspace) {
  const auto is_go = [](const SourceFile& file) { return file.path.ends_with(".go"); };
  if (std::any_of(workspace.files.begin(), workspace.files.end(), is_go)) return {};
  return Error::caller("there is no .go file among the " + std::to_string(workspace.files.size()) +
                       " files given");
}

// No directory of `path` is itself a file of the workspace.
Result<void> check_directories_of(const Workspace& workspace, std::string_view path) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    const std::string_view directory = path.substr(0, slash);
    if (find_file(workspace, directory) != nullptr) return clash(directory, path);
  }
  return {};
}

const SourceLink* find_link(const Workspace& workspace, std::string_view path) {
  const auto position = std::lower_bound(
      workspace.links.begin(), workspace.links.end(), path,
      [](const SourceLink& link, std::string_view wanted) { return link.path < wanted; });
  const bool found = position != workspace.links.end() && position->path == path;
  return found ? &*position : nullptr;
}

const SourceFile* find_file(const Workspace& workspace, std::string_view path) {
  const auto position = position_of(workspace, path);
  const bool found = position != workspace.files.end() && position->path == path;
  return found ? &*position : nullptr;
}

Result<void> put_file(Workspace& workspace, SourceFile file) {
  const auto position = position_of(workspace, file.path);
  if (position != workspace.files.end() && position->path == file.path) {
    workspace.files[static_cast<std::size_t>(position - workspace.files.begin())] = std::move(file);
    return {};
  }
  TRY(check_directories_of(workspace, file.path));
  const auto below = position_of(workspace, file.path + "/");
  if (below != workspace.files.end() && below->path.starts_with(file.path + "/")) {
    return clash(file.path, below->path);
  }
  workspace.files.insert(position, std::move(file));
  return {};
}

Result<void> rename_file(Workspace& workspace, std::string_view from, const std::string& to) {
  const auto position = position_of(workspace, from);
  if (position == workspace.files.end() || position->path != from) {
    return Error::caller("there is no file " + quote_path(from));
  }
  if (find_file(workspace, to) != nullptr) {
    return Error::caller("duplicate file name " + quote_path(to));
  }
  SourceFile file = *position;
  file.path = to;
  TRY(put_file(workspace, std::move(file)));  // before the erasure: on refusal nothing changed
  workspace.files.erase(position_of(workspace, from));
  return {};
}

}  // namespace gobox::runner
