// SPDX-License-Identifier: Apache-2.0

#include "run/stdin_pump.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace gobox::run {
namespace {

constexpr int kLookAgainMs = 50;  // whether the program has read, or we are in the foreground

enum class Awaited { kReady, kTime, kStop };

// Until `fd` (-1: nothing) is ready for `events` or gone, told to stop, or `patience_ms` is over.
Awaited await(int fd, short events, int stop, int patience_ms = -1) {
  pollfd waits[] = {{fd, events, 0}, {stop, POLLIN, 0}};
  int ready = 0;
  while ((ready = ::poll(waits, 2, patience_ms)) < 0) {
    if (errno != EINTR) return Awaited::kStop;
  }
  if (waits[1].revents != 0) return Awaited::kStop;
  return ready == 0 ? Awaited::kTime : Awaited::kReady;
}

void ring(int event) {
  const std::uint64_t one = 1;
  static_cast<void>(::write(event, &one, sizeof one) == sizeof one);
}

// Or the terminal is not the one that controls us, and nobody's jobs are kept apart at it.
bool in_foreground(int terminal) {
  const pid_t group = ::tcgetpgrp(terminal);
  return group == ::getpgrp() || (group < 0 && errno == ENOTTY);
}

bool is_empty(int pipe) {
  int waiting = 0;
  return ::ioctl(pipe, FIONREAD, &waiting) != 0 || waiting == 0;
}

}  // namespace

Result<std::unique_ptr<StdinPump>> StdinPump::start(int input) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::system("pipe2 for standard input");
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  if (::fcntl(writing.get(), F_SETFL, O_NONBLOCK) != 0) return Error::system("fcntl on a pipe");
  Wakes wakes{UniqueFd(::eventfd(0, EFD_CLOEXEC)), UniqueFd(::eventfd(0, EFD_CLOEXEC))};
  if (!wakes.stop || !wakes.begun) return Error::system("eventfd");
  return std::unique_ptr<StdinPump>(
      new StdinPump(input, std::move(reading), std::move(writing), std::move(wakes)));
}

StdinPump::StdinPump(int input, UniqueFd reading, UniqueFd writing, Wakes wakes)
    : input_(input),
      terminal_(::isatty(input) == 1),
      reading_(std::move(reading)),
      writing_(std::move(writing)),
      wakes_(std::move(wakes)),
      thread_([this] { work(); }) {}

StdinPump::~StdinPump() {
  ring(wakes_.stop.get());
  thread_.join();
}

void StdinPump::begin() {
  ring(wakes_.begun.get());
}

// False: told to stop. A terminal's line is taken when nothing of ours waits before the program,
// and it is ours to take.
bool StdinPump::await_turn() {
  if (!terminal_) return await(input_, POLLIN, wakes_.stop.get()) != Awaited::kStop;
  for (;;) {
    const bool ours = in_foreground(input_) && is_empty(reading_.get());
    // Of a terminal that is not ours nothing is asked: it would be ready again and again.
    const Awaited awaited =
        await(ours ? input_ : -1, POLLIN, wakes_.stop.get(), ours ? -1 : kLookAgainMs);
    if (awaited == Awaited::kStop) return false;
    if (awaited == Awaited::kReady && in_foreground(input_)) return true;
  }
}

// False: there is nobody to hand it to. SIGPIPE is blocked in this process (session.cc): a program
// that closed its input shows as EPIPE.
bool StdinPump::hand_on(const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t written = ::write(writing_.get(), bytes, count);
    if (written > 0) {
      bytes += written;
      count -= static_cast<std::size_t>(written);
    }
    if (written >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    if (await(writing_.get(), POLLOUT, wakes_.stop.get()) == Awaited::kStop) return false;
  }
  return true;
}

void StdinPump::work() {
  // Where the shell takes the terminal back between our look and our read, that read is to fail
  // (EIO) instead of stopping the whole process.
  sigset_t terminal_input;
  sigemptyset(&terminal_input);
  sigaddset(&terminal_input, SIGTTIN);
  ::pthread_sigmask(SIG_BLOCK, &terminal_input, nullptr);
  if (terminal_ && await(wakes_.begun.get(), POLLIN, wakes_.stop.get()) == Awaited::kStop) return;
  char bytes[16384];
  while (await_turn()) {
    const ssize_t count = ::read(input_, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0 && errno == EIO && terminal_ && !in_foreground(input_) &&
        ::tcgetpgrp(input_) > 0) {
      continue;
    }
    if (count <= 0 || !hand_on(bytes, static_cast<std::size_t>(count))) break;
  }
  writing_.reset();
}

}  // namespace gobox::run
