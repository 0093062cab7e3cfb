// SPDX-License-Identifier: Apache-2.0

#pragma once

// DriverProcess: the fault tests' driver (driver/main.cc) as a child of ours, its output read line
// by line. The destructor kills and reaps it. Not thread-safe.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox::attacks {

class DriverProcess {
 public:
  // `command`[0] is looked up in PATH.
  static Result<DriverProcess> start(const std::vector<std::string>& command);

  DriverProcess(const DriverProcess&) = delete;
  DriverProcess& operator=(const DriverProcess&) = delete;
  DriverProcess(DriverProcess&& other) noexcept;
  DriverProcess& operator=(DriverProcess&&) = delete;
  ~DriverProcess();

  // Its next line; none at the end, or after `patience_ms` without one.
  std::optional<std::string> next_line(int patience_ms);

  // What wait(2) said; -1 if it did not end within `patience_ms`.
  int wait(int patience_ms);

  pid_t pid() const { return pid_; }

 private:
  DriverProcess(pid_t pid, UniqueFd pidfd, UniqueFd output)
      : pid_(pid), pidfd_(std::move(pidfd)), output_(std::move(output)) {}

  pid_t pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd output_;
  std::string buffer_;
};

// Children of a process, by /proc.
std::vector<pid_t> children_of(pid_t pid);

// Processes and group directories that still belong to the driver with this id, waiting up to
// `patience_ms` for them to go. Empty: nothing is left.
std::string left_of(pid_t driver, int patience_ms);

}  // namespace gobox::attacks
