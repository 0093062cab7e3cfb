// SPDX-License-Identifier: Apache-2.0

#pragma once

// CoreOrder: a caller's wish for a core file (core(5)) of the program that dies, and what became of
// it. Of several programs that share one order the first that died is kept. The caller owns it and
// its file, keeps both until the last of the runs is over, and reads the outcome after that.

#include <cstdint>
#include <mutex>
#include <string>

namespace gobox::sandbox {

struct CoreOrder {
  int file = -1;                 // open for reading and writing, a regular file; not owned
  int program_file = -1;         // likewise; the program itself goes there with its core
  std::uint64_t most_bytes = 0;  // of memory written; what is more is left out

  std::mutex mutex;             // of all that follows
  const void* owner = nullptr;  // who has put a core into the file, or is at it
  bool writing = false;
  bool for_now = false;     // of a program that was near its memory limit, and may go on
  std::string moment;       // when it was taken: "at the wall time limit"; "": there is none
  std::string problem;      // why there is none
  std::uint64_t bytes = 0;  // of memory written, holes not counted
  std::size_t threads = 0;  // whose registers are in it
  bool cut = false;         // most_bytes, or another bound of core_file.h, was reached
};

}  // namespace gobox::sandbox
