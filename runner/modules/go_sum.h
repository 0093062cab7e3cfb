// SPDX-License-Identifier: Apache-2.0

#pragma once

// GoSum: what a go.sum says, and the hashes it is about: "h1:", the SHA-256 of a listing of
// SHA-256s (golang.org/x/mod/sumdb/dirhash, Hash1). Values only; thread-safe once made.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "runner/modules/module_version.h"

namespace gobox::runner {

class GoSum {
 public:
  // Lines of another shape are passed over, as are hashes that are not h1.
  static GoSum parse(std::string_view text);

  // Whether it names this hash for the module's files, or for its go.mod.
  bool names_tree(const ModuleVersion& module, const std::string& hash) const;
  bool names_mod(const ModuleVersion& module, const std::string& hash) const;

  // The hash of the module's files; "" where there is none.
  std::string tree_hash(const ModuleVersion& module) const;

 private:
  std::multimap<ModuleVersion, std::string> trees_;
  std::multimap<ModuleVersion, std::string> mods_;
};

// Of files by name ("path@version/name" for a module's zip).
class ListingHash {
 public:
  void add(const std::string& name, const Sha256Digest& digest) { files_[name] = hex(digest); }

  // "h1:..."
  std::string finish() const;

 private:
  std::map<std::string, std::string> files_;
};

// Of a go.mod.
std::string mod_hash(std::string_view go_mod);

}  // namespace gobox::runner
