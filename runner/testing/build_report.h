// SPDX-License-Identifier: Apache-2.0

#pragma once

// BuildReport: what `go test -json -exec ...` says while it builds test binaries: which packages
// there are, which of them have tests, whose build failed and why, and where each binary lies.
//
// The go command is not asked to run the tests but to hand over what it would run: its -exec
// program (kHandOver) links the binary into a directory of the sandbox and prints where the tests
// want to stand. One command builds everything with one cache, loads and vets as `go test` does,
// and goes on behind a package that does not build; every version since Go 1.19 can do it.
//
// Reads the JSON of Go 1.24, where build messages are events, and that of older ones, where they
// are plain lines. Fed with pieces of stdout and stderr as they come. Bounded by the stage's output
// limit. Not thread-safe.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "runner/testing/package_tests.h"

namespace gobox::runner {

// Below the sandbox's writable space; each binary has a name of digits and letters in there.
inline constexpr const char* kTestBinariesBelowSpace = "tmp/gobox-tests";

// The value of go test's -exec.
std::string hand_over_program();

class BuildReport {
 public:
  struct Package {
    std::string path;
    std::string directory;  // absolute, inside the sandbox; "" where no binary was made
    std::string binary;     // name below kTestBinariesBelowSpace
    std::string failure;    // FailedBuild of its last event
    bool failed = false;
    bool has_no_tests = false;
  };

  // A binary lies ready. Its error ends the build's story (finish()).
  using OnBinary = std::function<Result<void>(const Package&)>;
  // What a person reads: the compiler's and the vet tool's messages.
  using OnMessage = std::function<void(std::string_view)>;

  BuildReport(OnBinary on_binary, OnMessage on_message)
      : on_binary_(std::move(on_binary)), on_message_(std::move(on_message)) {}

  void add(bool is_stderr, std::string_view bytes);

  // After the last byte. The error of an on_binary, if any.
  Result<void> finish();

  // In the order of `go test`: by directory, as its patterns match them.
  const std::vector<Package>& packages() const { return packages_; }

  // All messages, as the go command prints them without -json.
  const std::string& messages() const { return messages_; }

  // Those that speak of one package.
  std::string messages_of(const Package& package) const;

 private:
  void add_line(bool is_stderr, std::string_view line);
  bool add_event(std::string_view line);
  void add_output(const std::string& package, const std::string& output);
  void add_message(const std::string& build, std::string_view text);
  void add_plain(std::string_view line);
  void take_binary(Package& package, std::string_view words);
  Package& package(const std::string& path);

  OnBinary on_binary_;
  OnMessage on_message_;
  std::string partial_[2];
  std::vector<Package> packages_;
  std::map<std::string, std::size_t> index_;
  std::map<std::string, std::string> builds_;  // messages by what was built
  std::string plain_build_;                    // of the last "# pkg" line
  std::string messages_;
  Result<void> failure_;
};

}  // namespace gobox::runner
