// SPDX-License-Identifier: Apache-2.0

#include "bench/bare.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace gobox::bench {

Result<Bare> Bare::start(const std::string& program) {
  int orders[2];
  int answers[2];
  if (::pipe2(orders, O_CLOEXEC) != 0) return Error::system("pipe");
  UniqueFd their_orders(orders[0]);
  UniqueFd our_orders(orders[1]);
  if (::pipe2(answers, O_CLOEXEC) != 0) return Error::system("pipe");
  UniqueFd our_answers(answers[0]);
  UniqueFd their_answers(answers[1]);
  posix_spawn_file_actions_t streams;
  ::posix_spawn_file_actions_init(&streams);
  ::posix_spawn_file_actions_adddup2(&streams, their_orders.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&streams, their_answers.get(), STDOUT_FILENO);
  std::string path = GOBOX_BENCH_BARE;
  std::string argument = program;
  char* arguments[] = {path.data(), argument.data(), nullptr};
  char* environment[] = {nullptr};
  pid_t pid = -1;
  const int failure = ::posix_spawn(&pid, path.c_str(), &streams, nullptr, arguments, environment);
  ::posix_spawn_file_actions_destroy(&streams);
  if (failure != 0) return Error::system("start " + path, failure);
  return Bare(pid, std::move(our_orders), std::move(our_answers));
}

Bare::~Bare() {
  if (!orders_) return;
  orders_.reset();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<void> Bare::run() {
  char byte = 'r';
  if (::write(orders_.get(), &byte, 1) != 1) return Error::system("order a bare sandbox");
  if (::read(answers_.get(), &byte, 1) != 1) return Error::host("the bare sandbox failed");
  return {};
}

}  // namespace gobox::bench
