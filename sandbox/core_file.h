// SPDX-License-Identifier: Apache-2.0

#pragma once

// CoreFile: the memory and the registers of a stopped process as an ELF core file, as debuggers
// read it (core(5), elf(5); fs/binfmt_elf.c writes the kernel's own). Kept is what a kernel with
// the usual coredump_filter keeps: anonymous memory that is there, modified private mappings, the
// first page of mapped ELF files, the vdso. Pages that were never touched, or hold nothing but
// zeros, are holes in the file.
//
// Bounded: at most kMaxMappings mappings and kMaxPagesSeen pages are looked at, and `most_bytes` of
// memory are written; what goes beyond is left out, and said. Reading a foreign process's memory
// may take as long as that process pleases (base/side_thread.h), so this is for a thread nobody
// waits for without a deadline.

#include <sys/procfs.h>
#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <vector>

#include "base/error.h"

namespace gobox::sandbox {

// A stopped thread as PTRACE_GETREGSET(NT_PRSTATUS, NT_PRFPREG) gives it.
struct ThreadRegisters {
  pid_t thread = 0;
  int signal = 0;  // that it was about to get, or died of
  elf_gregset_t general{};
  elf_fpregset_t floating{};
};

struct CoreSize {
  std::uint64_t bytes = 0;  // of memory written
  bool cut = false;
};

inline constexpr std::size_t kMaxMappings = 60'000;  // an ELF header counts to 65534
inline constexpr std::uint64_t kMaxPagesSeen = std::uint64_t{16} << 20;

// `process`: its number in our own pid namespace. The first of `threads` is the one a debugger
// shows. Replaces what `file` held.
Result<CoreSize> write_core(int file, pid_t process, const std::vector<ThreadRegisters>& threads,
                            std::uint64_t most_bytes);

// The file that `process` executes, as far as it has `most_bytes`. Replaces what `file` held.
Result<void> copy_program(int file, pid_t process, std::uint64_t most_bytes);

}  // namespace gobox::sandbox
