// SPDX-License-Identifier: Apache-2.0

#pragma once

// StdinPump: hands our own standard input on to the program through a pipe, as it comes. The
// program never gets the descriptor itself: it may be a terminal, a socket, or a file open for
// writing. Owns its thread and both ends; the destructor ends it, whatever it waits for.
//
// Of a terminal it takes a line once the program has had the one before it, and only while we are
// the terminal's foreground job: what is typed ahead for somebody else stays there. termios(3),
// credentials(7).

#include <memory>
#include <thread>

#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox::run {

class StdinPump {
 public:
  // Before any foreign code runs. The thread reads at most a pipe's worth ahead; of a terminal
  // nothing before begin().
  static Result<std::unique_ptr<StdinPump>> start(int input);

  StdinPump(const StdinPump&) = delete;
  StdinPump& operator=(const StdinPump&) = delete;
  ~StdinPump();

  // The program starts. Any number of times, from any thread.
  void begin();

  // For the program to read from.
  int reading_end() const { return reading_.get(); }

 private:
  struct Wakes {
    UniqueFd stop;   // an eventfd: readable when it is time to go
    UniqueFd begun;  // the same for begin()
  };

  StdinPump(int input, UniqueFd reading, UniqueFd writing, Wakes wakes);

  void work();
  bool await_turn();
  bool hand_on(const char* bytes, std::size_t count);

  const int input_;
  const bool terminal_;
  UniqueFd reading_;
  UniqueFd writing_;
  const Wakes wakes_;
  std::thread thread_;
};

}  // namespace gobox::run
