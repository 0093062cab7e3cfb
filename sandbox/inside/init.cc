// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/init.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/inside/init_filter.h"
#include "sandbox/inside/mounts.h"
#include "sandbox/inside/next_namespaces.h"
#include "sandbox/inside/program.h"
#include "sandbox/inside/rights.h"

namespace gobox::sandbox {
namespace {

// First: whatever memory and time set-up takes is the sandbox's own. v1 hierarchies have no way to
// be born in a group.
int enter_groups(Setup& setup) {
  for (std::uint32_t i = 0; i < setup.task->group_count; ++i) {
    if (::write(setup.task->groups[i], "0", 1) != 1) return errno;
    ::close(setup.task->groups[i]);
  }
  return 0;
}

// The maps are written from outside, by the launcher; nothing may happen before.
int await_launcher(Setup& setup) {
  char byte = 0;
  ssize_t count = 0;
  do {
    count = ::read(setup.task->go, &byte, 1);
  } while (count < 0 && errno == EINTR);
  const int failure = count < 0 ? errno : EPIPE;
  ::close(setup.task->go);
  return count == 1 ? 0 : failure;
}

// Handlers are gone since the clone, but what the launcher ignores or blocks is inherited, and the
// program would inherit it from us.
int reset_signals(Setup&) {
  struct sigaction normal {};

  normal.sa_handler = SIG_DFL;
  for (const int signal : kLauncherIgnores) {
    if (::sigaction(signal, &normal, nullptr) != 0) return errno;
  }
  const std::uint64_t none = 0;
  return ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none) == 0 ? 0 : errno;
}

// Ids first: a file made by an unmapped id fails with EOVERFLOW. The clone gave us every capability
// over the new namespaces, and taking ids keeps them (we were never this namespace's root).
int become_init(Setup& setup) {
  if (setup.task->own_ids) {
    if (::syscall(SYS_setgroups, 0, nullptr) != 0) return errno;  // not the launcher's groups
    if (const int failure = take_ids(kInitId, kInitId)) return failure;
  }
  ::umask(0);
  // Changing ids made us undumpable, which hands /proc/self to the real root; the programs still
  // have to write their oom_score_adj there. Undone in drop_init_rights.
  return ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 ? 0 : errno;
}

// After the ids: setuid clears the parent-death signal. Then look whether the launcher is still
// there, for it may have died in between.
int bind_parent_death(Setup& setup) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno;
  pollfd lifeline{setup.task->lifeline, 0, 0};
  const int hung_up = ::poll(&lifeline, 1, 0);
  if (hung_up != 0) return hung_up < 0 ? errno : EOWNERDEAD;
  ::close(setup.task->lifeline);
  return 0;
}

// No controlling terminal (TIOCSTI, CVE-2017-5226), and no key of the launcher's session: keyrings
// are not namespaced.
int new_session(Setup&) {
  if (::setsid() < 0 && errno != EPERM) return errno;
  const long joined = ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr, 0, 0, 0);
  return joined >= 0 || errno == ENOSYS ? 0 : errno;
}

// Only now that we are in our groups: the namespace's root is where its maker stands.
int cgroup_namespace(Setup&) {
  return ::unshare(CLONE_NEWCGROUP) == 0 ? 0 : errno;
}

int host_name(Setup&) {
  static constexpr char kName[] = "sandbox";
  if (::sethostname(kName, sizeof kName - 1) != 0) return errno;
  return ::setdomainname("", 0) == 0 ? 0 : errno;
}

int loopback(Setup& setup) {
  return setup.task->raise_loopback ? raise_loopback() : 0;
}

// The one way to the relay: a socket of this network namespace in the supervisor's hands. No
// program has it: they are cloned by now, and PID 1 closes it with the report.
int relay(Setup& setup) {
  if (setup.task->plan->relay == 0) return 0;
  setup.relay = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (setup.relay < 0) return errno;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kRelayPort);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(setup.relay, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errno;
  }
  constexpr int kWaiting = 64;
  return ::listen(setup.relay, kWaiting) == 0 ? 0 : errno;
}

// Once for us and, by inheritance, for the programs.
int no_new_rights(Setup&) {
  return lock_rights();
}

// While we still hold the rights they need to take their ids, and in all the namespaces they share
// with us. Before the mounts, which another processor makes while this one loads their filter:
// enter_root changes their root along with ours, and no command comes before we report ready.
int park_programs(Setup& setup) {
  const InitTask& task = *setup.task;
  // The host's: ours is not there yet, and a path could be walked in the middle of enter_root.
  const int proc = ::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return errno;
  for (std::uint32_t i = 0; i < task.plan->program_count; ++i) {
    const auto child = static_cast<pid_t>(
        ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &setup.pidfds[i], nullptr, nullptr));
    if (child < 0) return errno;
    if (child == 0) {
      ::close(task.control);
      for (std::uint32_t other = 0; other < task.plan->program_count; ++other) {
        if (other != i) ::close(task.commands[other]);
      }
      run_program({task.plan, task.commands[i], proc, task.own_ids});
    }
    setup.ready.programs[i] = child;
  }
  for (std::uint32_t i = 0; i < task.plan->program_count; ++i) ::close(task.commands[i]);
  ::close(proc);
  return 0;
}

// Not traceable, not readable through /proc, no capability left.
int drop_init_rights(Setup&) {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
  return clear_capabilities();
}

int filter(Setup&) {
  const InitFilter filter = init_filter();
  return load_filter(filter.instructions, filter.count, nullptr);
}

int report_ready(Setup& setup) {
  const BinaryPlace place;
  const int refused = send_message(setup.task->control, &place, sizeof place, &setup.binary, 1);
  ::close(setup.binary);
  if (refused != 0) return refused;
  constexpr std::uint32_t kBefore = 1;
  int fds[kBefore + kMaxPrograms + 1] = {setup.space};
  std::uint32_t count = kBefore + setup.task->plan->program_count;
  for (std::uint32_t i = kBefore; i < count; ++i) fds[i] = setup.pidfds[i - kBefore];
  if (setup.relay >= 0) fds[count++] = setup.relay;
  const int failure =
      send_message(setup.task->control, &setup.ready, sizeof setup.ready, fds, count);
  for (std::uint32_t i = 0; i < count; ++i) ::close(fds[i]);
  return failure;
}

struct NamedStep {
  Step step;
  int (*run)(Setup&);
};

constexpr NamedStep kSteps[] = {
    {Step::kEnterGroups, enter_groups},
    {Step::kAwaitLauncher, await_launcher},
    {Step::kPrivateMounts, private_mounts},
    {Step::kCollectBinds, collect_binds},
    {Step::kResetSignals, reset_signals},
    {Step::kBecomeInit, become_init},
    {Step::kBindParentDeath, bind_parent_death},
    {Step::kNewSession, new_session},
    {Step::kCgroupNamespace, cgroup_namespace},
    {Step::kLockRights, no_new_rights},
    {Step::kParkPrograms, park_programs},
    {Step::kRootFilesystem, root_filesystem},
    {Step::kAttachBinds, attach_binds},
    {Step::kDevices, devices},
    {Step::kWritableSpace, writable_space},
    {Step::kAttachInSpace, attach_in_space},
    {Step::kProc, proc},
    {Step::kShowGroups, show_groups},
    {Step::kSystemFiles, system_files},
    {Step::kBinaryPlace, binary_place},
    {Step::kEnterRoot, enter_root},
    {Step::kHostName, host_name},
    {Step::kLoopback, loopback},
    {Step::kRelay, relay},
    {Step::kFreezeRoot, freeze_root},
    {Step::kDropInitRights, drop_init_rights},
    {Step::kInitFilter, filter},
    {Step::kReport, report_ready},
};

std::uint32_t program_index(const Setup& setup, pid_t pid) {
  for (std::uint32_t i = 0; i < setup.task->plan->program_count; ++i) {
    if (setup.ready.programs[i] == pid) return i;
  }
  return kMaxPrograms;
}

constexpr std::uint32_t kMaxReaped = 1000;

// Reaps for ever. When a program ends, says so at once; orphans are reaped and forgotten. Without
// children there is nothing left to wait for, and our end is the sandbox's.
[[noreturn]] void reap(Setup& setup) {
  for (;;) {
    int status = 0;
    const auto pid = static_cast<pid_t>(::syscall(SYS_wait4, -1, &status, __WALL, nullptr));
    if (pid < 0) {
      if (errno == EINTR) continue;
      ::_exit(0);
    }
    const std::uint32_t program = program_index(setup, pid);
    if (program == kMaxPrograms) continue;
    Ended ended{.program = program, .wait_status = status};
    // Takes what has ended meanwhile along, so that a zombie is not taken for a survivor. Not
    // without end: processes that fork the next and end could keep us here.
    siginfo_t peek{};
    for (std::uint32_t reaped = 0;; ++reaped) {
      peek.si_pid = 0;
      if (::waitid(P_ALL, 0, &peek, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0) break;
      const bool ended_other =
          peek.si_pid != 0 && program_index(setup, peek.si_pid) == kMaxPrograms;
      if (!ended_other || reaped == kMaxReaped) {
        ended.others_left = 1;
        break;
      }
      ::syscall(SYS_wait4, peek.si_pid, nullptr, __WALL, nullptr);
    }
    if (send_message(setup.task->control, &ended, sizeof ended, nullptr, 0) != 0) ::_exit(0);
  }
}

}  // namespace

void run_init(const InitTask& task) noexcept {
  static Setup setup;
  setup.task = &task;
  for (const NamedStep& step : kSteps) {
    const int failure = step.run(setup);
    if (failure == 0) continue;
    const Failed failed{.step = step.step, .errno_value = failure, .detail = setup.detail};
    send_message(task.control, &failed, sizeof failed, nullptr, 0);
    ::_exit(1);
  }
  reap(setup);
}

}  // namespace gobox::sandbox
