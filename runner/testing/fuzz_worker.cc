// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/fuzz_worker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/file.h"
#include "sandbox/inside/message.h"

namespace gobox::runner {
namespace {

constexpr const char* kName = "fuzz-worker-1";  // 1: its version
constexpr unsigned kWrapperMode = 0755;

// The fuzzer speaks through descriptors 3 and up, which the shell hands on. It asks a worker that
// hangs to end with SIGINT, then kills; that must reach the binary.
std::string script() {
  const std::string binary = sandbox::kTestBinaryPath;
  return "#!/bin/sh\n" + binary +
         " \"$@\" &\n"
         "trap 'kill -9 $!' INT TERM\n"
         "wait $!\n"
         "status=$?\n"
         "[ $status -ne 137 ] || status=2\n"
         "exit $status\n";
}

bool is_right(const std::filesystem::path& path, const std::string& text) {
  struct stat status {};

  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if ((status.st_mode & 07777) != kWrapperMode) return false;
  const auto found = read_file(path, text.size() + 1);
  return found && *found == text;
}

}  // namespace

Result<std::filesystem::path> fuzz_worker_script(const std::filesystem::path& directory) {
  const std::string text = script();
  const std::filesystem::path path = directory / kName;
  if (is_right(path, text)) return path;
  std::string making = (directory / "making.XXXXXX").string();
  const UniqueFd file(::mkostemp(making.data(), O_CLOEXEC));
  if (!file) return Error::system("make " + making);
  const auto written = write_all(file.get(), text);
  const bool moved = written && ::fchmod(file.get(), kWrapperMode) == 0 &&
                     ::rename(making.c_str(), path.c_str()) == 0;
  if (moved) return path;
  Error failure = written ? Error::system("write " + path.string()) : written.error();
  ::unlink(making.c_str());
  return failure;
}

}  // namespace gobox::runner
