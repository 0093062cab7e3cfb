// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/starter_library.h"

namespace gobox::runner {

std::vector<std::string> starter_packages(const Toolchain& toolchain) {
  constexpr const char* kPackages[] = {"bufio",
                                       "bytes",
                                       "cmp",
                                       "container/heap",
                                       "container/list",
                                       "context",
                                       "encoding/base64",
                                       "encoding/hex",
                                       "encoding/json",
                                       "errors",
                                       "flag",
                                       "fmt",
                                       "io",
                                       "iter",
                                       "log",
                                       "maps",
                                       "math",
                                       "math/bits",
                                       "math/rand",
                                       "math/rand/v2",
                                       "os",
                                       "os/exec",
                                       "os/signal",
                                       "path/filepath",
                                       "reflect",
                                       "regexp",
                                       "runtime",
                                       "runtime/debug",
                                       "slices",
                                       "sort",
                                       "strconv",
                                       "strings",
                                       "sync",
                                       "sync/atomic",
                                       "syscall",
                                       "time",
                                       "unicode",
                                       "unicode/utf8",
                                       "unsafe"};
  std::vector<std::string> packages;
  std::error_code failure;
  for (const char* each : kPackages) {
    if (std::filesystem::is_directory(toolchain.goroot / "src" / each, failure)) {
      packages.emplace_back(each);
    }
  }
  return packages;
}

bool is_starter_library(const std::filesystem::path& cache) {
  return cache.filename().native().find(std::string("-") + name_of(kStarterLibrary) + "-") !=
         std::string::npos;
}

}  // namespace gobox::runner
