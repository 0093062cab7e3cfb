// SPDX-License-Identifier: Apache-2.0

#pragma once

// Receiver: an HTTP server on a free port of the loopback that writes down what is sent to it and
// answers as it was told. One connection at a time. Test support; its thread ends with it.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace gobox::tests {

class Receiver {
 public:
  struct Received {
    std::string line;                            // "POST /hook HTTP/1.1"
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
  };

  // Answers one request with each of `answers`, status line and headers without the empty line,
  // and every further one with 204. "" answers nothing and closes.
  explicit Receiver(std::deque<std::string> answers = {});
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  ~Receiver();

  int port() const { return port_; }

  // Waits until so many requests have come, at most 30 s; all that came.
  std::vector<Received> await(std::size_t count);

 private:
  void serve();
  void answer(int socket);

  UniqueFd listener_;
  UniqueFd stop_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> answers_;
  std::vector<Received> received_;
  std::thread thread_;
};

}  // namespace gobox::tests
