// SPDX-License-Identifier: Apache-2.0

#pragma once

// Arena: where attacks are carried out. Owns one launcher and one job runner with a compile cache
// for all of them, as a server would, and what the host side leaves lying about to be found: a
// listener on loopback, an abstract socket, a System V segment, our own process id; programs learn
// their names from the environment. What the launcher could hand on is there too: an environment
// variable, an open descriptor and, as root, a group.
//
// Forks in open(), so call that before any thread exists. run() blocks; it may be called from two
// threads at once.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "policies/loader.h"
#include "runner/job/job_runner.h"
#include "sandbox/launcher.h"
#include "tests/attacks/attack.h"

namespace gobox::attacks {

struct Trial {
  std::string outcome;  // the contract's word; "refused" where the job was not even taken
  runner::JobResult result;
  std::string standard_output;
  std::string standard_error;
  std::string message;
  std::filesystem::path kept;  // "" where nothing was copied out
};

class Arena {
 public:
  static Result<std::unique_ptr<Arena>> open(std::filesystem::path programs,
                                             std::filesystem::path sources);

  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // Carries out the attack in its whole shape (twice for pair and beside) and returns what decides.
  Result<Trial> carry_out(const Attack& attack);

  // Milliseconds that preparing and running the smallest program took; an Error unless it was ok.
  Result<double> hello();
  Result<void> go_hello();

  // Takes the job runner down, with all it keeps prepared, and makes a new one. Nothing sandboxed
  // is left in between; no run may be under way.
  void renew();

  const std::vector<std::string>& group_directories() { return launcher_->groups().directories(); }

 private:
  Arena() = default;

  struct Part {
    std::vector<std::string> arguments;
    int cancel = -1;
    std::filesystem::path keep;
    std::function<void()> on_ready;  // the program printed READY
  };

  static Part part_called(const char* argument);
  Result<Trial> carry_out_beside(const Attack& attack);
  Result<Trial> run_part(const Attack& attack, const Part& part);
  Result<runner::Job> make_job(const Attack& attack, const Part& part);
  Result<void> lay_out_heirlooms();
  Result<void> lay_out_probes();

  std::filesystem::path programs_;
  std::filesystem::path sources_;
  std::unique_ptr<sandbox::Launcher> launcher_;
  policies::PolicySet policies_;
  std::vector<runner::Toolchain> toolchains_;
  std::unique_ptr<runner::JobRunner> runner_;
  UniqueFd heirloom_;
  UniqueFd listener_;
  UniqueFd abstract_socket_;
  int shared_memory_ = -1;
  std::vector<std::string> probes_;  // NAME=value
};

}  // namespace gobox::attacks
