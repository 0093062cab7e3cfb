// SPDX-License-Identifier: Apache-2.0

// Runs a command under ptrace(2) and makes one chosen system call of one of its processes fail, as
// if the kernel had refused it. Then says on standard output which call that was.
//
//   gobox_attacks_injector DEPTH NTH ERRNO COMMAND...
//
// DEPTH: the first process that is so many forks away from the command (which is 0). NTH: of its
// calls, from 1. Counted are the calls from its start on; those of the command from its first fork
// on; those of a process at depth 3, the sandboxed program, up to its execve only, since what
// follows is not ours. Of calls of one kind in a row only the first three count, and of those that
// the kernel cannot refuse (exit, brk, sigreturn) none. The call is not carried out, but for
// close(2), which closes whatever it says.
//
// Prints "command PID" first and "injected NUMBER" or "not reached" last, around the command's
// own lines. Should this process die, the kernel kills all it traces.

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace {

constexpr int kProgramDepth = 3;

struct Wish {
  int depth = 0;
  long nth = 0;
  int errno_value = 0;
};

struct Tracee {
  int depth = -1;        // -1: its parent has not told of it yet
  bool in_call = false;  // a child's first stop is not one of a call
  bool fail = false;     // at the end of this call
};

// Of a thread: its process.
pid_t process_of(pid_t id) {
  std::ifstream status("/proc/" + std::to_string(id) + "/status");
  for (std::string key; status >> key;) {
    pid_t process = -1;
    if (key == "Tgid:" && status >> process) return process;
  }
  return id;
}

// PID 1's filter lets its last few calls through only by their own numbers; the others become
// getpid.
void spoil(user_regs_struct& registers) {
  switch (registers.orig_rax) {
    case SYS_close:
      break;
    case SYS_sendmsg:
    case SYS_wait4:
    case SYS_waitid:
      registers.rdi = registers.rsi = registers.rdx = registers.r10 = ~0ULL;
      break;
    default:
      registers.orig_rax = SYS_getpid;
  }
}

class Tracer {
 public:
  Tracer(Wish wish, pid_t command) : wish_(wish), command_(command) { tracees_[command].depth = 0; }

  // Until every tracee is gone.
  void run() {
    for (;;) {
      int status = 0;
      const pid_t id = ::waitpid(-1, &status, __WALL);
      if (id < 0 && errno == EINTR) continue;
      if (id < 0) return;
      if (WIFSTOPPED(status)) {
        on_stop(id, status);
      } else {
        tracees_.erase(id);
      }
    }
  }

  long injected() const { return injected_; }

 private:
  void on_stop(pid_t id, int status) {
    if (tracees_[id].depth < 0) return;  // let go when its parent's event says whose child it is
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    int deliver = 0;
    if (signal == (SIGTRAP | 0x80)) {
      on_call(id);
    } else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
               event == PTRACE_EVENT_CLONE) {
      on_child(id);
    } else if (event == PTRACE_EVENT_EXEC) {
      if (tracees_[id].depth == kProgramDepth) over_.insert(id);
    } else if (event == 0) {
      deliver = signal;
    }
    ::ptrace(PTRACE_SYSCALL, id, nullptr, deliver);
  }

  void on_child(pid_t parent) {
    unsigned long child = 0;
    if (::ptrace(PTRACE_GETEVENTMSG, parent, nullptr, &child) != 0) return;
    const auto id = static_cast<pid_t>(child);
    const bool is_thread = process_of(id) == process_of(parent);
    const int depth = tracees_[parent].depth + (is_thread ? 0 : 1);
    const bool waits = tracees_.count(id) != 0;
    tracees_[id].depth = depth;
    if (depth > 0 && first_at_.count(depth) == 0) first_at_[depth] = id;
    if (waits) ::ptrace(PTRACE_SYSCALL, id, nullptr, 0);
  }

  bool is_counted(pid_t id) {
    if (over_.count(id) != 0) return false;
    if (wish_.depth == 0) return id == command_ && !first_at_.empty();
    const auto first = first_at_.find(wish_.depth);
    return first != first_at_.end() && first->second == id;
  }

  bool is_next(unsigned long long call) {
    constexpr int kMaxInARow = 3;
    in_a_row_ = call == last_call_ ? in_a_row_ + 1 : 1;
    last_call_ = call;
    switch (call) {
      case SYS_brk:
      case SYS_exit:
      case SYS_exit_group:
      case SYS_futex:  // an answer that glibc does not know ends the process, whoever asked
      case SYS_restart_syscall:
      case SYS_rt_sigreturn:
        return false;
      default:
        return in_a_row_ <= kMaxInARow && ++count_ == wish_.nth;
    }
  }

  void on_call(pid_t id) {
    Tracee& tracee = tracees_[id];
    tracee.in_call = !tracee.in_call;
    user_regs_struct registers{};
    if (tracee.in_call) {
      if (!is_counted(id)) return;
      if (::ptrace(PTRACE_GETREGS, id, nullptr, &registers) != 0) return;
      if (!is_next(registers.orig_rax)) return;
      injected_ = static_cast<long>(registers.orig_rax);
      spoil(registers);
      tracee.fail = ::ptrace(PTRACE_SETREGS, id, nullptr, &registers) == 0;
    } else if (tracee.fail) {
      tracee.fail = false;
      if (::ptrace(PTRACE_GETREGS, id, nullptr, &registers) != 0) return;
      registers.rax = static_cast<unsigned long long>(-static_cast<long long>(wish_.errno_value));
      ::ptrace(PTRACE_SETREGS, id, nullptr, &registers);
    }
  }

  Wish wish_;
  pid_t command_;
  std::map<pid_t, Tracee> tracees_;
  std::map<int, pid_t> first_at_;  // depth -> process
  std::set<pid_t> over_;
  long count_ = 0;
  unsigned long long last_call_ = ~0ULL;
  int in_a_row_ = 0;
  long injected_ = -1;
};

[[noreturn]] void become(char** command) {
  ::raise(SIGSTOP);  // until we are traced
  ::execvp(command[0], command);
  ::_exit(127);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: gobox_attacks_injector DEPTH NTH ERRNO COMMAND...\n", stderr);
    return 2;
  }
  const Wish wish{std::atoi(argv[1]), std::atol(argv[2]), std::atoi(argv[3])};
  const pid_t command = ::fork();
  if (command == 0) become(argv + 4);
  int status = 0;
  if (command < 0 || ::waitpid(command, &status, WUNTRACED) != command) return 1;
  constexpr unsigned long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                                     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                                     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (::ptrace(PTRACE_SEIZE, command, nullptr, kOptions) != 0) {
    std::perror("ptrace");
    ::kill(command, SIGKILL);
    return 1;
  }
  std::printf("command %d\n", command);
  std::fflush(stdout);
  ::kill(command, SIGCONT);
  Tracer tracer(wish, command);
  tracer.run();
  if (tracer.injected() < 0) {
    std::puts("not reached");
  } else {
    std::printf("injected %ld\n", tracer.injected());
  }
  return 0;
}
