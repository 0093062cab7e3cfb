// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/binary_store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/quantity.h"
#include "runner/source/scratch.h"
#include "runner/testing/build_report.h"

namespace gobox::runner {
namespace {

Result<void> copy_all(int from, int to, std::uint64_t size) {
  off_t offset = 0;
  while (static_cast<std::uint64_t>(offset) < size) {
    const auto left = size - static_cast<std::uint64_t>(offset);
    const ssize_t copied = ::sendfile(to, from, &offset, left);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return Error::system("copy a test binary");
    if (copied == 0) return Error::host("a test binary shrank while it was copied");
  }
  return {};
}

}  // namespace

Result<UniqueFd> BinaryStore::new_file() const {
  UniqueFd file(::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  UniqueFd memory(::memfd_create("test", MFD_CLOEXEC));
  if (!memory) return Error::system("memfd_create");
  return memory;
}

Result<UniqueFd> BinaryStore::take(int space, const std::string& name) {
  const std::string path = std::string(kTestBinariesBelowSpace) + "/" + name;
  const UniqueFd made = TRY(open_regular(space, path, kMaxBinary));

  struct stat status {};

  if (::fstat(made.get(), &status) != 0) return Error::system("fstat a test binary");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (total_ += size; total_ > kMaxTotal) {
    return Error::host("the test binaries are larger than " + format_size(kMaxTotal));
  }
  UniqueFd file = TRY(new_file());
  TRY(copy_all(made.get(), file.get(), size));
  TRY(remove_file(space, kTestBinariesBelowSpace, name));
  return file;
}

}  // namespace gobox::runner
