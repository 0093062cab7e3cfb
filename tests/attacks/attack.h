// SPDX-License-Identifier: Apache-2.0

#pragma once

// Attack: one hostile program of this folder, as its comment header describes it. The header's
// lines start with a comment mark of the file's language ("//", "#" or ";"), in an archive as its
// first member, attack.txt:
//
//   attack: what it tries, in one line
//   how:    exec | run | test | compile | pair | beside | keep
//   flags:  sandbox-run flags, as one would type them
//   host:   what the host side offers to be found: listener, socket, shm, pid
//   expect: key=value ...   an acceptable end; several lines are alternatives
//   because: why that end is right, where it is not plain
//
// exec: a C or assembly program, run by descriptor path; run, test, compile: a Go job; pair: run
// twice, with argument "leave", then "look"; beside: "look" while "leave" is still alive; keep:
// run, then what it left is copied out. Keys of expect: outcome, exit, signal, limit, syscall,
// stage, stdout, stderr, message, within (the most that the whole job may take), kept, absent
// (both: a path of what was copied out). Values with blanks stand in double quotes. Plain data; a
// malformed header is an Error.

#include <filesystem>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace gobox::attacks {

using Expectation = std::vector<std::pair<std::string, std::string>>;

struct Attack {
  std::string group;  // "escape", ...
  std::string name;   // the file's, without extension
  std::filesystem::path file;
  std::string what;
  std::string how;
  std::vector<std::string> flags;
  std::string host;
  std::vector<Expectation> expected;
};

// For GoogleTest's messages.
inline void PrintTo(const Attack& attack, std::ostream* out) {
  *out << attack.group << "/" << attack.name;
}

Result<Attack> read_attack(const std::filesystem::path& file);

// Every attack below `directory`, sorted by group and name.
Result<std::vector<Attack>> read_attacks(const std::filesystem::path& directory);

}  // namespace gobox::attacks
