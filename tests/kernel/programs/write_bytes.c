// SPDX-License-Identifier: Apache-2.0

// write_bytes DESCRIPTOR COUNT: the bytes 0, 1, ... 255, 0, ... up to COUNT of them.
#include <signal.h>

#include "program.h"

int main(int argc, char** argv) {
  require(argc == 3, "arguments");
  const int fd = atoi(argv[1]);
  const long count = atol(argv[2]);
  static unsigned char pattern[256];
  for (int i = 0; i < 256; ++i) pattern[i] = (unsigned char)i;
  for (long sent = 0; sent < count;) {
    const long offset = sent % 256;
    const long size = count - sent < 256 - offset ? count - sent : 256 - offset;
    const ssize_t written = write(fd, pattern + offset, (size_t)size);
    require(written > 0, "write");
    sent += written;
  }
  return 0;
}
