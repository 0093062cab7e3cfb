// SPDX-License-Identifier: Apache-2.0

#pragma once

// ProcessWatch: the largest processes seen in a sandbox, for the question "which one was it?".
// Fed now and then with the members of the control group; reads /proc/PID/stat and statm (and,
// where asked, cmdline) of each, and keeps a bounded list. Between two looks a process can come and
// go unseen, and the figure is the largest size that was looked at. proc(5). Not thread-safe.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gobox::runner {

struct ProcessFigure {
  std::string name;             // the kernel's short name, made printable
  std::string package;          // of Go's tools: what they were building
  std::uint64_t own_bytes = 0;  // resident and not shared with a file: the most seen
  std::uint64_t order = 0;      // of the look that saw the most: later is larger
};

class ProcessWatch {
 public:
  enum class Detail { kNames, kPackages };

  explicit ProcessWatch(Detail detail) : detail_(detail) {}

  void look(const std::vector<pid_t>& pids);

  // At most `count`, largest first.
  std::vector<ProcessFigure> largest(std::size_t count) const;

 private:
  void look_at(pid_t pid);

  Detail detail_;
  std::uint64_t looks_ = 0;
  std::map<std::pair<pid_t, std::string>, ProcessFigure> figures_;
};

// The value behind "-p" or "-o" of a Go tool's NUL-separated command line: its package.
std::string package_of_tool(std::string_view command_line);

}  // namespace gobox::runner
