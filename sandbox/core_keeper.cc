// SPDX-License-Identifier: Apache-2.0

#include "sandbox/core_keeper.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <map>
#include <system_error>
#include <thread>
#include <vector>

#include "base/file.h"
#include "sandbox/core_file.h"

namespace gobox::sandbox {
namespace {

constexpr auto kStopPatience = std::chrono::milliseconds(500);
constexpr std::uint64_t kMaxProgram = std::uint64_t{1} << 30;
constexpr std::size_t kMaxThreads = 20'000;  // whose registers are written

// Of a pidfd, in our own pid namespace (pidfd_open(2)).
pid_t process_of(const UniqueFd& pidfd) {
  const auto text = read_file("/proc/self/fdinfo/" + std::to_string(pidfd.get()), 1 << 12);
  const std::size_t at = text ? text->find("Pid:\t") : std::string::npos;
  return at == std::string::npos ? -1 : std::atoi(text->c_str() + at + 5);
}

bool ends_by_default(int signal) {
  switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return false;
    default:
      return true;
  }
}

// Neither caught nor ignored: "SigIgn:" and "SigCgt:" of /proc/PID/status are masks.
bool is_fatal(pid_t process, int signal) {
  if (!ends_by_default(signal)) return false;
  const auto status = read_file("/proc/" + std::to_string(process) + "/status", 1 << 14);
  if (!status) return false;
  for (const char* const field : {"SigIgn:\t", "SigCgt:\t"}) {
    const std::size_t at = status->find(field);
    if (at == std::string::npos) return false;
    const std::uint64_t mask = std::strtoull(status->c_str() + at + 8, nullptr, 16);
    if ((mask >> (signal - 1) & 1) != 0) return false;
  }
  return true;
}

std::string signal_name(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

long trace(int request, pid_t thread, std::uintptr_t data = 0) {
  return ::ptrace(static_cast<__ptrace_request>(request), thread, nullptr, data);
}

ThreadRegisters registers_of(pid_t thread, int signal) {
  ThreadRegisters registers{.thread = thread, .signal = signal};
  const auto read = [thread](std::uintptr_t set, void* into, std::size_t size) {
    iovec room{into, size};
    ::ptrace(PTRACE_GETREGSET, thread, set, &room);
  };
  read(NT_PRSTATUS, &registers.general, sizeof registers.general);
  read(NT_PRFPREG, &registers.floating, sizeof registers.floating);
  return registers;
}

}  // namespace

// Shared by the owner and the thread, which may outlive it.
struct CoreKeeper::State {
  // Descriptors of our own: the owner's may be other files by then.
  UniqueFd file;
  UniqueFd program_file;
  pid_t process = -1;

  std::mutex mutex;
  std::condition_variable changed;
  CoreOrder* order = nullptr;  // null: the owner has left
  bool started = false;
  int refused = 0;  // errno of the attempt to follow it
  bool ended = false;
  unsigned pokes = 0;  // SIGSTOPs of ours under way
  std::string wanted;  // moment of the core asked for
  bool busy = false;   // with the core asked for
  Then then = Then::kDies;

  void work();

 private:
  enum class Resume { kGoOn, kStayStopped };

  struct Stop {
    int signal = 0;  // to deliver
    Resume how = Resume::kGoOn;
  };

  void on_change(pid_t thread, int status);
  Stop read_stop(pid_t thread, int status);
  void on_exit(pid_t thread);
  bool take_poke();
  void keep(pid_t first, int signal, const std::string& moment, Then after, bool all_threads);
  void stop_others(pid_t first);
  void write(const std::vector<ThreadRegisters>& threads, const std::string& moment);
  bool claim(Then after);
  void resume(pid_t thread, const Stop& stop);

  std::map<pid_t, bool> threads_;  // whether its first stop has been seen
  std::map<pid_t, Stop> stopped_;  // while a core is taken
};

void CoreKeeper::State::work() {
  constexpr std::uintptr_t kOptions = PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
  const bool follows = trace(PTRACE_SEIZE, process, kOptions) == 0;
  {
    const std::lock_guard lock(mutex);
    started = true;
    refused = follows ? 0 : errno;
    ended = !follows;
  }
  changed.notify_all();
  if (!follows) return;
  threads_[process] = true;
  for (;;) {
    int status = 0;
    const pid_t thread = ::waitpid(-1, &status, __WALL | __WNOTHREAD);
    if (thread < 0 && errno == EINTR) continue;
    if (thread < 0) break;  // all are dead
    on_change(thread, status);
  }
  {
    const std::lock_guard lock(mutex);
    ended = true;
  }
  changed.notify_all();
}

void CoreKeeper::State::on_change(pid_t thread, int status) {
  if (!WIFSTOPPED(status)) {
    threads_.erase(thread);
    return;
  }
  const Stop stop = read_stop(thread, status);
  if (threads_.count(thread) == 0) return;  // let go of
  if (status >> 16 == PTRACE_EVENT_EXIT) {
    on_exit(thread);
  } else if (status >> 16 == 0 && stop.signal == SIGSTOP && take_poke()) {
    std::string moment;
    {
      const std::lock_guard lock(mutex);
      moment.swap(wanted);
      busy = true;
    }
    if (!moment.empty()) keep(thread, 0, moment, then, true);
    resume(thread, {});
    {
      const std::lock_guard lock(mutex);
      busy = false;
    }
    return changed.notify_all();
  } else if (status >> 16 == 0 && is_fatal(process, stop.signal)) {
    keep(thread, stop.signal, "as " + signal_name(stop.signal) + " ended it", Then::kDies, true);
  }
  resume(thread, stop);
}

// How it is to go on. A process made by clone without CLONE_THREAD is let go of.
CoreKeeper::State::Stop CoreKeeper::State::read_stop(pid_t thread, int status) {
  if (threads_.emplace(thread, true).second) {
    const std::string own = "/proc/" + std::to_string(process) + "/task/" + std::to_string(thread);
    if (::access(own.c_str(), F_OK) != 0) {
      threads_.erase(thread);
      trace(PTRACE_DETACH, thread);
      return {};
    }
  }
  const int event = status >> 16;
  const int signal = WSTOPSIG(status);
  if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) return {.how = Resume::kStayStopped};
  return {.signal = event == 0 ? signal : 0};
}

void CoreKeeper::State::resume(pid_t thread, const Stop& stop) {
  const bool stays = stop.how == Resume::kStayStopped;
  trace(stays ? PTRACE_LISTEN : PTRACE_CONT, thread, static_cast<std::uintptr_t>(stop.signal));
}

bool CoreKeeper::State::take_poke() {
  const std::lock_guard lock(mutex);
  if (pokes == 0) return false;
  --pokes;
  return true;
}

// A wait status, as wait(2) would give it. Threads that end by themselves have 0.
void CoreKeeper::State::on_exit(pid_t thread) {
  unsigned long code = 0;
  ::ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &code);
  const int signal = static_cast<int>(code & 0x7f);
  if (code == 0 || signal == SIGKILL) return;
  keep(thread, signal,
       signal != 0 ? "as " + signal_name(signal) + " ended it"
                   : "as it ended with status " + std::to_string(code >> 8 & 0xff),
       Then::kDies, false);
}

// Whether the file is free for a core of this program.
bool CoreKeeper::State::claim(Then after) {
  const std::lock_guard lock(mutex);
  if (order == nullptr) return false;
  const std::lock_guard theirs(order->mutex);
  const bool kept = !order->moment.empty() && !order->for_now;
  if (kept || order->writing || (after == Then::kMayGoOn && order->for_now)) return false;
  order->owner = this;
  order->writing = true;
  order->for_now = after == Then::kMayGoOn;
  order->moment.clear();
  return true;
}

void CoreKeeper::State::keep(pid_t first, int signal, const std::string& moment, Then after,
                             bool all_threads) {
  if (!claim(after)) return;
  stopped_.clear();
  if (all_threads) stop_others(first);
  std::vector<ThreadRegisters> registers{registers_of(first, signal)};
  for (const auto& [thread, stop] : stopped_) {
    if (registers.size() < kMaxThreads) registers.push_back(registers_of(thread, stop.signal));
  }
  write(registers, moment);
  for (const auto& [thread, stop] : stopped_) resume(thread, stop);
  stopped_.clear();
}

// One that sleeps uninterruptibly, in vfork(2) say, does not come; the core is then without it.
void CoreKeeper::State::stop_others(pid_t first) {
  for (const auto& [thread, seen] : threads_) {
    if (thread != first) trace(PTRACE_INTERRUPT, thread);
  }
  const auto deadline = std::chrono::steady_clock::now() + kStopPatience;
  while (stopped_.size() + 1 < threads_.size() && std::chrono::steady_clock::now() < deadline) {
    int status = 0;
    const pid_t thread = ::waitpid(-1, &status, __WALL | __WNOTHREAD | WNOHANG);
    if (thread < 0) return;
    if (thread == 0) {
      constexpr timespec kMoment{.tv_sec = 0, .tv_nsec = 200'000};
      ::nanosleep(&kMoment, nullptr);
      continue;
    }
    if (!WIFSTOPPED(status)) {
      threads_.erase(thread);
      stopped_.erase(thread);
      continue;
    }
    Stop stop = read_stop(thread, status);
    if (stop.signal == SIGSTOP && status >> 16 == 0 && take_poke()) stop.signal = 0;
    if (threads_.count(thread) != 0) stopped_[thread] = stop;
  }
}

void CoreKeeper::State::write(const std::vector<ThreadRegisters>& threads,
                              const std::string& moment) {
  std::uint64_t most = 0;
  {
    const std::lock_guard lock(mutex);
    if (order == nullptr) return;
    most = order->most_bytes;
  }
  const auto size = write_core(file.get(), process, threads, most);
  if (size && program_file)
    static_cast<void>(copy_program(program_file.get(), process, kMaxProgram));
  // Killed meanwhile, what was read last is no memory of its.
  const bool lives = trace(PTRACE_GETSIGINFO, threads.front().thread) == 0 || errno != ESRCH;
  const std::lock_guard lock(mutex);
  if (order == nullptr) return;
  const std::lock_guard theirs(order->mutex);
  order->writing = false;
  if (size && lives) {
    order->moment = moment;
    order->bytes = size->bytes;
    order->cut = size->cut;
    order->threads = threads.size();
  } else {
    order->for_now = false;
    order->problem =
        size ? "the program was killed before its memory was written" : size.error().message;
  }
}

CoreKeeper::CoreKeeper(CoreOrder& order, const UniqueFd& program)
    : order_(order), program_(program), state_(std::make_shared<State>()) {
  state_->file.reset(::fcntl(order.file, F_DUPFD_CLOEXEC, 0));
  if (order.program_file >= 0) {
    state_->program_file.reset(::fcntl(order.program_file, F_DUPFD_CLOEXEC, 0));
  }
  state_->process = process_of(program);
  state_->order = &order;
  std::string problem;
  // A signal meant for the process must not land in that thread.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  try {
    std::thread([state = state_] { state->work(); }).detach();
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, kPatience, [this] { return state_->started; });
    if (!state_->started) {
      problem = "the program could not be followed in time";
    } else if (state_->refused != 0) {
      problem = std::string("the program cannot be followed (ptrace): ") +
                ::strerrordesc_np(state_->refused);
    }
  } catch (const std::system_error& failure) {
    problem = std::string("no thread to follow the program with: ") + failure.what();
    state_->ended = true;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (problem.empty()) return;
  const std::lock_guard lock(order.mutex);
  order.problem = problem;
}

CoreKeeper::~CoreKeeper() {
  const std::lock_guard lock(state_->mutex);
  state_->order = nullptr;
}

void CoreKeeper::take(const std::string& moment, Then then) {
  std::unique_lock lock(state_->mutex);
  if (state_->ended) return;
  state_->wanted = moment;
  state_->then = then;
  ++state_->pokes;
  if (::syscall(SYS_pidfd_send_signal, program_.get(), SIGSTOP, nullptr, 0) != 0) {
    --state_->pokes;
    state_->wanted.clear();
    return;
  }
  const auto done = [this] { return state_->ended || (state_->wanted.empty() && !state_->busy); };
  if (state_->changed.wait_for(lock, kPatience, done)) return;
  state_->wanted.clear();
  const std::lock_guard theirs(order_.mutex);
  order_.problem = "the program's memory could not be read in time";
}

void CoreKeeper::finish(bool out_of_memory) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, kPatience, [this] { return state_->ended; });
  state_->order = nullptr;
  const std::lock_guard theirs(order_.mutex);
  if (order_.owner != state_.get()) {
    if (out_of_memory && order_.moment.empty() && order_.problem.empty()) {
      order_.problem =
          "memory went from far below its limit to beyond it between two looks, and an "
          "out-of-memory kill leaves nothing to look at";
    }
    return;
  }
  order_.writing = false;
  if (!order_.for_now) return;
  order_.for_now = false;
  if (out_of_memory) return;
  order_.moment.clear();  // it went on, and did not die of it
}

}  // namespace gobox::sandbox
