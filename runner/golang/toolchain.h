// SPDX-License-Identifier: Apache-2.0

#pragma once

// Toolchain: one installed Go, found and described by looking at its files. Nothing of it is
// executed, and nothing is written; building its cache is another's work.
//
// Values only; a Toolchain says what was true when it was looked at. All paths are absolute, and
// must appear at the same place inside a sandbox: Debian's goroot is made of relative links that
// lead out of it (src -> ../../share/go-1.19/src), and `extra_paths` names where to. Thread-safe;
// no state.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gobox::runner {

struct Toolchain {
  std::string name;              // first word of GOROOT/VERSION: "go1.26.8", "go1.27rc1"
  std::filesystem::path goroot;  // canonical
  int minor = 0;                 // 26 of go1.26.8
  bool on_path = false;          // its go command is the target of an entry of PATH
  // Directories and files outside goroot that links inside it lead to; none lies within another.
  std::vector<std::filesystem::path> extra_paths;
  std::vector<std::string> missing_tools;  // of compile, link, asm, vet, cgo
  bool ships_std_archives = false;         // pkg/linux_<arch>/*.a: Go 1.19 and older
  bool has_race_runtime = false;           // the race detector's object for this architecture

  std::string language_version() const { return "1." + std::to_string(minor); }

  std::filesystem::path go_command() const { return goroot / "bin" / "go"; }

  std::filesystem::path tool_directory() const;
};

struct DiscoveryOptions {
  std::string path_env;  // the value of PATH; relative entries are ignored
  // A text file with one GOROOT a line; blank lines and lines that begin with '#' are skipped.
  // "" = none.
  std::string extra_list_file;
  std::vector<std::filesystem::path> fixed_roots = {"/usr/local/go"};
  std::filesystem::path debian_root = "/usr/lib";  // holds go-1.19, go-1.22, ...
};

// All that are there, each goroot once: those on PATH first, the newest first within each group, so
// the first is the default. None is not an error here (find_toolchain says it); a list file that
// cannot be read, or names what is no toolchain, is.
Result<std::vector<Toolchain>> discover_toolchains(const DiscoveryOptions& options);

// One GOROOT the operator named. Never call it with what a remote caller sent.
Result<Toolchain> inspect_toolchain(const std::filesystem::path& goroot);

// "" is the first of the list. Otherwise "go1.26.8", "1.26.8", "go1.26" or "1.26" (the newest
// such), or a goroot's absolute path as the list spells it. Touches no file.
Result<Toolchain> find_toolchain(const std::vector<Toolchain>& toolchains, std::string_view name);

}  // namespace gobox::runner
