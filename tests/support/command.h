// SPDX-License-Identifier: Apache-2.0

#pragma once

// Command: a program of the host's run by a test, with its output read to the end and its ending
// recorded. ChildProcess is the same while it is still running. Test support; a command that cannot
// be started fails the test.
//
// A ChildProcess that is destroyed before wait() is killed and reaped. Several may run from several
// threads at once; one belongs to one thread.

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace gobox::tests {

struct CommandOptions {
  std::string input;                     // standard input; empty: none
  std::vector<std::string> environment;  // "NAME=value", added to ours
  std::string directory;                 // "" is ours
  std::optional<uid_t> user;             // with the group of the same number and no others
};

struct CommandResult {
  pid_t pid = -1;
  std::optional<int> status;  // the exit status
  std::optional<int> signal;
  std::string out;
  std::string err;
  std::chrono::nanoseconds wall{0};
  std::chrono::microseconds cpu{0};  // its own and that of the children it waited for
};

class ChildProcess {
 public:
  // `arguments`[0] is looked up on PATH.
  static ChildProcess start(const std::vector<std::string>& arguments,
                            const CommandOptions& options = {});

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return result_.pid; }

  void signal(int number) const;

  // Blocks until stdout holds `text`, at most 60 s. False: it ended, or the time passed, without.
  bool wait_for_output(const std::string& text);

  // Reads both streams to their end and reaps it. A command that takes more than 15 minutes is
  // killed and fails the test.
  CommandResult wait();

 private:
  ChildProcess() = default;

  // One poll of both streams; false when both have ended or nothing came within `patience`.
  bool read_some(std::chrono::milliseconds patience);

  UniqueFd out_;
  UniqueFd err_;
  std::chrono::steady_clock::time_point start_{};
  CommandResult result_;
};

CommandResult run_command(const std::vector<std::string>& arguments,
                          const CommandOptions& options = {});

}  // namespace gobox::tests
