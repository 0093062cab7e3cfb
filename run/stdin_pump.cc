// SPDX-License-Identifier: Apache-2.0

#include "run/stdin_pump.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace gobox::run {
namespace {

// Until `fd` is ready for `events`, or gone; false: told to stop.
bool await(int fd, short events, int stop) {
  pollfd waits[] = {{fd, events, 0}, {stop, POLLIN, 0}};
  while (::poll(waits, 2, -1) < 0) {
    if (errno != EINTR) return false;
  }
  return waits[1].revents == 0;
}

}  // namespace

Result<std::unique_ptr<StdinPump>> StdinPump::start(int input) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::system("pipe2 for standard input");
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  if (::fcntl(writing.get(), F_SETFL, O_NONBLOCK) != 0) return Error::system("fcntl on a pipe");
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop) return Error::system("eventfd");
  return std::unique_ptr<StdinPump>(
      new StdinPump(input, std::move(reading), std::move(writing), std::move(stop)));
}

StdinPump::StdinPump(int input, UniqueFd reading, UniqueFd writing, UniqueFd stop)
    : input_(input),
      reading_(std::move(reading)),
      writing_(std::move(writing)),
      stop_(std::move(stop)),
      thread_([this] { work(); }) {}

StdinPump::~StdinPump() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(stop_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
}

// SIGPIPE is blocked in this process (session.cc): a program that closed its input shows as EPIPE.
void StdinPump::work() {
  char bytes[16384];
  while (await(input_, POLLIN, stop_.get())) {
    const ssize_t count = ::read(input_, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) break;
    for (ssize_t done = 0; done < count;) {
      const ssize_t written =
          ::write(writing_.get(), bytes + done, static_cast<std::size_t>(count - done));
      if (written > 0) done += written;
      if (written >= 0 || errno == EINTR) continue;
      if (errno != EAGAIN || !await(writing_.get(), POLLOUT, stop_.get())) {
        writing_.reset();
        return;
      }
    }
  }
  writing_.reset();
}

}  // namespace gobox::run
