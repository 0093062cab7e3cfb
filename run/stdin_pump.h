// SPDX-License-Identifier: Apache-2.0

#pragma once

// StdinPump: hands our own standard input on to the program through a pipe, as it comes. The
// program never gets the descriptor itself: it may be a terminal, a socket, or a file open for
// writing. Owns its thread and both ends; the destructor ends it, whatever it waits for.

#include <memory>
#include <thread>

#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox::run {

class StdinPump {
 public:
  // Before any foreign code runs. The thread starts to read at once, at most a pipe's worth ahead.
  static Result<std::unique_ptr<StdinPump>> start(int input);

  StdinPump(const StdinPump&) = delete;
  StdinPump& operator=(const StdinPump&) = delete;
  ~StdinPump();

  // For the program to read from.
  int reading_end() const { return reading_.get(); }

 private:
  StdinPump(int input, UniqueFd reading, UniqueFd writing, UniqueFd stop);

  void work();

  const int input_;
  UniqueFd reading_;
  UniqueFd writing_;
  UniqueFd stop_;  // an eventfd: readable when it is time to go
  std::thread thread_;
};

}  // namespace gobox::run
