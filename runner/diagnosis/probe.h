// SPDX-License-Identifier: Apache-2.0

#pragma once

// Probe: what the file of runner/golang/probe_source.h keeps in a program's memory, read from
// outside while the program lives. The runtime's counters and the heap's largest allocation sites,
// as of a recent collection. A hint: the program owns that memory and may write there what it
// likes.
//
// ProbeReader finds the page's address in the binary, once, and copies it out of whichever member
// of the sandbox has it (process_vm_readv(2)); it never stops, waits for or changes the program. A
// position-independent binary, or a host that refuses, gives nothing. One reader per run and
// thread. parse_probe is pure. Bytes in, bounded: kProbePageSize. Facts: elf(5),
// runtime.MemProfileRecord.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/diagnosis/stack_frame.h"

namespace gobox::runner {

// A place in the program that allocated what still lives.
struct HeapSite {
  std::uint64_t bytes = 0;    // estimated from the runtime's samples
  std::uint64_t objects = 0;  // estimated
  std::vector<Frame> frames;  // innermost first, the runtime's own included
};

// What a site is likely to hold, from the runtime's samples of it: one in `rate` bytes.
HeapSite estimate_site(std::uint64_t bytes, std::uint64_t objects, std::uint64_t rate);

struct HeapReport {
  std::uint64_t collections = 0;
  std::uint64_t forced_collections = 0;  // runtime.GC()
  std::uint64_t heap_bytes = 0;          // shortly after the last collection seen
  std::uint64_t stack_bytes = 0;
  std::uint64_t goroutines = 0;
  double gc_cpu_share = 0;  // of the CPU time the program could have had since its start, 0 to 1
  std::uint64_t next_goal = 0;
  std::uint64_t system_bytes = 0;  // all the runtime got from the kernel
  std::vector<HeapSite> sites;     // largest first
};

std::optional<HeapReport> parse_probe(std::string_view page, const UserPaths& paths);

class ProbeReader {
 public:
  // `binary`: a descriptor of the program's file; borrowed for this call. Without a page in it the
  // reader stays silent.
  static ProbeReader of_binary(int binary);

  ProbeReader() = default;

  bool has_page() const { return address_ != 0; }

  // Copies the page from one of `pids`; keeps the last whole copy.
  void look(const std::vector<pid_t>& pids);

  const std::string& page() const { return page_; }

 private:
  bool look_at(pid_t pid);

  std::uint64_t address_ = 0;
  pid_t pid_ = 0;
  std::string page_;
  std::string scratch_;
};

}  // namespace gobox::runner
