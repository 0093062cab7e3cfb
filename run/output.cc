// SPDX-License-Identifier: Apache-2.0

#include "run/output.h"

#include <fcntl.h>

#include "base/file.h"

namespace gobox::run {

void emit(int fd, std::string_view bytes) {
  static_cast<void>(write_all(fd, bytes));
}

Result<void> write_output(const std::string& path, const std::string& text) {
  auto file = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!file) return Error::caller("--out " + file.error().message);
  return write_all(file->get(), text);
}

}  // namespace gobox::run
