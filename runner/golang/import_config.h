// SPDX-License-Identifier: Apache-2.0

#pragma once

// ImportConfig: which import paths the compiler and the linker find compiled, as the file says that
// both read with -importcfg. `go list` writes it when a cache is prepared; each process of ours
// reads it once, to know which imports need no go command.
//
// Values only. Thread-safe once made. Facts: cmd/compile's and cmd/link's readImportCfg.

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gobox::runner {

// Below a prepared cache.
inline constexpr const char* kImportConfigFile = "gobox/importcfg";

// The same and the probe's package (runner/golang/probe_source.h), named by that package's text.
// Empty where it could not be compiled.
std::string probe_config_file();
std::string probe_archive_file();

class ImportConfig {
 public:
  // "packagefile PATH=FILE" lines; blank lines and lines that begin with '#' are skipped. Anything
  // else is an error, as is a file without a package in it.
  static Result<ImportConfig> parse(std::string_view text);

  // The same and these.
  ImportConfig with(const std::vector<std::string>& packages) const;

  bool contains(std::string_view import_path) const;

  // True where `path` is a package here or the beginning of one's path.
  bool overlaps(std::string_view path) const;

  std::size_t size() const { return paths_.size(); }

 private:
  std::set<std::string, std::less<>> paths_;
};

}  // namespace gobox::runner
