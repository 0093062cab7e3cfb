// SPDX-License-Identifier: Apache-2.0

#pragma once

// Workspace: the source files of one job, in memory, checked. It is not a directory: the sandbox
// writes these bytes to its own /work. Built from a caller's files, directory, archive or request.
//
// Invariants of every Workspace a builder here returns: files sorted by path, no two equal, no path
// that is another's directory, every path accepted by check_path, totals within InputLimits. Sizes
// are bytes. A refusal is a caller's Error of one sentence that names the file; nothing is read
// past the limits. Files on the host are taken only when regular: no symbolic link is ever
// followed, because a stranger's tree may point at the host's secrets. Links are members of their
// own; where they lead is decided in the sandbox. Thread-safe; no state.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "runner/source/shared_bytes.h"
#include "runner/source/source_path.h"

namespace gobox::runner {

struct SourceFile {
  std::string path;  // relative, '/' between parts
  SharedBytes bytes;
  bool executable = false;
};

struct SourceLink {
  std::string path;
  std::string target;  // as the link holds it; relative, and within the tree
};

struct Workspace {
  std::vector<SourceFile> files;
  std::vector<SourceLink> links;         // sorted by path
  std::vector<std::string> directories;  // those that hold nothing
  std::vector<std::string> notes;        // what was left out, a line each, for the caller
  // The caller named each file (or gave one source): as with `go build FILE...`, build constraints
  // do not exclude any of them.
  bool files_named = false;
};

// Host files named on a command line, placed by base name; each a regular file ending in ".go".
Result<Workspace> workspace_from_files(const std::vector<std::string>& paths,
                                       const InputLimits& limits = {});
// All of a host directory, as runner/source/host_tree.h says.
Result<Workspace> workspace_from_directory(const std::string& path, const InputLimits& limits = {});
// Text before the first marker is prog.go, unless blank.
Result<Workspace> workspace_from_txtar(std::string_view bytes, const InputLimits& limits = {});
// One Go file called `name`, or a txtar archive if any line is a marker.
Result<Workspace> workspace_from_source(std::string_view bytes, const std::string& name = "main.go",
                                        const InputLimits& limits = {});
// Pairs of path and contents.
Result<Workspace> workspace_from_map(std::vector<std::pair<std::string, std::string>> files,
                                     const InputLimits& limits = {});

// A regular host file the caller named (an archive, a source); a link as its last part is refused.
Result<std::string> read_input_file(const std::string& path, std::size_t max_bytes);

Result<void> require_go(const Workspace& workspace);

const SourceFile* find_file(const Workspace& workspace, std::string_view path);
const SourceLink* find_link(const Workspace& workspace, std::string_view path);
// Refused where a directory of `path` is itself a file of the workspace.
Result<void> check_directories_of(const Workspace& workspace, std::string_view path);
// Adds a file or replaces its bytes; refuses a path that is, or lies under, another's.
Result<void> put_file(Workspace& workspace, SourceFile file);
// Refused where `from` is missing or `to` is taken.
Result<void> rename_file(Workspace& workspace, std::string_view from, const std::string& to);

}  // namespace gobox::runner
