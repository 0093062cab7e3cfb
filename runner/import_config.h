#pragma once

// ImportConfig: which compiled package file answers for which import path: the file that the
// compiler and the linker read with -importcfg. Made once, when a cache is prepared, from what
// `go list` says; read again by each process to know which imports need no go command.
//
// Values only. Thread-safe once made. Facts: cmd/compile's and cmd/link's readImportCfg.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gobox::runner {

// Below a prepared cache.
inline constexpr const char* kImportConfigFile = "gobox/importcfg";

class ImportConfig {
 public:
  // "packagefile PATH=FILE" lines; blank lines and lines that begin with '#' are skipped. Anything
  // else is an error, as is a file without a package in it.
  static Result<ImportConfig> parse(std::string_view text);

  // Files below `from` are known as the same files below `to`: where jobs will see them.
  void move_files(const std::string& from, const std::string& to);

  bool contains(std::string_view import_path) const;

  // True where `path` is a package here or the beginning of one's path.
  bool overlaps(std::string_view path) const;

  std::size_t size() const { return files_.size(); }

  std::string text() const;

 private:
  std::map<std::string, std::string, std::less<>> files_;  // by import path
};

}  // namespace gobox::runner
