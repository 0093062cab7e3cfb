// SPDX-License-Identifier: Apache-2.0

#include "api/runs/run_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace gobox::api {

Result<std::unique_ptr<RunInput>> RunInput::open(std::string_view first) {
  if (first.size() > kMostWaiting) {
    return Error::caller("is larger than the " + std::to_string(kMostWaiting) +
                         " bytes that an open standard input may start with");
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::system("pipe2");
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  // Only our end: a program that reads finds a blocking pipe, as from a shell.
  if (::fcntl(writing.get(), F_SETFL, O_NONBLOCK) != 0) return Error::system("fcntl F_SETFL");
  std::unique_ptr<RunInput> input(new RunInput(std::move(reading), std::move(writing)));
  const std::size_t taken = TRY(input->send(first));
  // A user with many pipes gets smaller ones (pipe(7), pipe-user-pages-soft).
  if (taken < first.size()) return Error::host("the kernel's pipe holds less than the input");
  return input;
}

Result<std::size_t> RunInput::send(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (!writing_) return Error::caller("the standard input has been closed");
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const ssize_t wrote = ::write(writing_.get(), bytes.data() + taken, bytes.size() - taken);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN) break;
    if (wrote < 0) return Error::system("write the standard input");
    taken += static_cast<std::size_t>(wrote);
  }
  return taken;
}

void RunInput::close() {
  const std::lock_guard lock(mutex_);
  writing_.reset();
}

}  // namespace gobox::api
