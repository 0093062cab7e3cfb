// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/launcher_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sandbox/inside/host_ids.h"
#include "sandbox/inside/init.h"
#include "sandbox/inside/message.h"
#include "sandbox/inside/next_namespaces.h"

namespace gobox::sandbox {
namespace {

alignas(8) char plan_bytes[kMaxMessage];

struct Request {
  const Plan* plan = nullptr;
  int control = -1;
  int commands[kMaxPrograms] = {-1, -1};
  int unified_group = -1;
  int scratch = -1;
  const int* attach = nullptr;
  std::uint32_t attach_count = 0;
};

int write_text(const char* path, const char* text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const std::size_t size = std::strlen(text);
  const int failure = ::write(fd, text, size) == static_cast<ssize_t>(size) ? 0 : errno;
  ::close(fd);
  return failure;
}

int map_ids(pid_t child, const HostIds& ids, unsigned host_id) {
  char path[64];
  char user[64];
  char group[64];
  if (ids.own) {
    std::snprintf(user, sizeof user, "%u %u 1\n%u %u 1\n", kInitId, host_id, kProgramId,
                  host_id + 1);
    std::snprintf(group, sizeof group, "%s", user);
  } else {
    std::snprintf(user, sizeof user, "%u %u 1\n", kProgramId, ::geteuid());
    std::snprintf(group, sizeof group, "%u %u 1\n", kProgramId, ::getegid());
    std::snprintf(path, sizeof path, "/proc/%d/setgroups", child);
    if (const int failure = write_text(path, "deny")) return failure;
  }
  std::snprintf(path, sizeof path, "/proc/%d/gid_map", child);
  if (const int failure = write_text(path, group)) return failure;
  std::snprintf(path, sizeof path, "/proc/%d/uid_map", child);
  return write_text(path, user);
}

// `more`: the namespaces that PID 1 does not inherit from us.
pid_t clone_init(int unified_group, unsigned long long more, int* pidfd) {
  clone_args arguments{};
  arguments.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | more | CLONE_PIDFD |
                    CLONE_CLEAR_SIGHAND;
  arguments.pidfd = reinterpret_cast<__u64>(pidfd);
  arguments.exit_signal = SIGCHLD;
  if (unified_group >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<__u64>(unified_group);
  }
  return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
}

void fail(int control, Step step, int errno_value) {
  const Failed failed{.step = step, .errno_value = errno_value};
  send_message(control, &failed, sizeof failed, nullptr, 0);
}

// Moves what PID 1 needs to 32 and up, in order, and closes everything else.
constexpr int kFirstKept = 32;

[[noreturn]] void become_init(const Request& request, InitTask task, int go, int lifeline) {
  int next = kFirstKept;
  int failure = 0;
  const auto keep = [&next, &failure](int fd) {
    const int kept = ::fcntl(fd, F_DUPFD_CLOEXEC, kFirstKept);
    if (kept < 0) failure = errno;
    ++next;
    return kept;
  };
  task.control = keep(request.control);
  task.go = keep(go);
  task.lifeline = keep(lifeline);
  for (std::uint32_t i = 0; i < request.plan->program_count; ++i) {
    task.commands[i] = keep(request.commands[i]);
  }
  if (request.scratch >= 0) task.scratch = keep(request.scratch);
  for (std::uint32_t i = 0; i < request.attach_count; ++i) task.groups[i] = keep(request.attach[i]);
  task.group_count = request.attach_count;
  const auto close_between = [&failure](int first, unsigned last) {
    if (::syscall(SYS_close_range, static_cast<unsigned>(first), last, 0) != 0) failure = errno;
  };
  if (failure == 0) close_between(next, ~0U);
  if (failure == 0) close_between(3, static_cast<unsigned>(kFirstKept - 1));
  if (failure == 0) run_init(task);
  fail(request.control, Step::kKeepDescriptors, failure);
  ::_exit(1);
}

// Everything the child must not start without; 0 or an errno with *step set.
int release_child(pid_t child, int pidfd, const Request& request, const HostIds& ids, int go,
                  Step* step) {
  *step = Step::kMapIds;
  const unsigned host_id = ids.own ? ids.id_for(child) : ::geteuid();
  if (ids.own && host_id == 0) return EAGAIN;
  if (const int failure = map_ids(child, ids, host_id)) return failure;
  *step = Step::kReport;
  const Spawned spawned{.init_pid = child, .program_uid = ids.own ? host_id + 1 : host_id};
  if (const int failure = send_message(request.control, &spawned, sizeof spawned, &pidfd, 1)) {
    return failure;
  }
  return ::write(go, "g", 1) == 1 ? 0 : errno;
}

void spawn(const Request& request, const HostIds& ids, NextNamespaces& next, int lifeline) {
  int go[2];
  if (::pipe2(go, O_CLOEXEC) != 0) return fail(request.control, Step::kClone, errno);
  int pidfd = -1;
  const bool loopback = request.plan->loopback != 0;
  const unsigned long long missing = next.missing(loopback);
  const pid_t child = clone_init(request.unified_group, missing, &pidfd);
  if (child == 0) {
    const bool raise = loopback && (missing & CLONE_NEWNET) != 0;
    become_init(request, {.plan = request.plan, .own_ids = ids.own, .raise_loopback = raise}, go[0],
                lifeline);
  }
  const int clone_failure = errno;
  ::close(go[0]);
  if (child < 0) {
    ::close(go[1]);
    return fail(request.control, Step::kClone, clone_failure);
  }
  next.taken();
  Step step = Step::kMapIds;
  if (const int failure = release_child(child, pidfd, request, ids, go[1], &step)) {
    ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
    fail(request.control, step, failure);
  }
  ::close(go[1]);
  ::close(pidfd);
}

bool parse_request(const Received& received, Request& request) {
  const auto* plan = reinterpret_cast<const Plan*>(plan_bytes);
  if (received.size < static_cast<ssize_t>(sizeof(Plan)) ||
      plan->size != static_cast<std::uint32_t>(received.size) ||
      plan->program_count > kMaxPrograms || plan->bind_count > kMaxBinds) {
    return false;
  }
  const std::size_t expected = 1 + plan->program_count + plan->attach_count +
                               (plan->has_unified_group ? 1U : 0U) + (plan->has_scratch ? 1U : 0U);
  if (received.fd_count != expected) return false;
  const int* next = received.fds;
  request.plan = plan;
  request.control = *next++;
  for (std::uint32_t i = 0; i < plan->program_count; ++i) request.commands[i] = *next++;
  if (plan->has_unified_group) request.unified_group = *next++;
  if (plan->has_scratch) request.scratch = *next++;
  request.attach = next;
  request.attach_count = plan->attach_count;
  return true;
}

// Our end is the end of every sandbox: one refusal, of a kernel short of memory say, is no reason.
Received receive_plan(int socket) {
  constexpr int kMaxTries = 3;
  Received received;
  for (int tries = 0; tries < kMaxTries; ++tries) {
    received = receive_message(socket, plan_bytes, sizeof plan_bytes, 0);
    if (received.size >= 0 || received.errno_value == EMFILE) break;
  }
  return received;
}

// A process of its own to look at: no signals meant for the parent's terminal, no inherited
// descriptors but the socket, children reaped by the kernel.
int settle_in(int socket) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  ::prctl(PR_SET_NAME, "sandbox-launch");
  if (::setsid() < 0) return errno;
  // A program parked in the old root is moved to the new one only if it stands in its root.
  if (::chdir("/") != 0) return errno;
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  for (const int signal : kLauncherIgnores) ::signal(signal, SIG_IGN);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return errno;
  for (int stream = 0; stream < 3; ++stream) {
    if (::dup2(null, stream) < 0) return errno;
  }
  // Programs are to have a core limit of 1 (program.cc). Where ours is 0 they could not raise it;
  // we may be able to.
  const rlimit core{1, 1};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &core));
  if (::fcntl(socket, F_SETFD, FD_CLOEXEC) != 0) return errno;
  return ::syscall(SYS_close_range, static_cast<unsigned>(socket + 1), ~0U, 0) == 0 ? 0 : errno;
}

}  // namespace

void run_launcher(int socket) noexcept {
  // Only we hold the writing end: its reader, PID 1, sees a hang-up when we are gone.
  int lifeline[2];
  int failure = settle_in(socket);
  if (failure == 0 && ::pipe2(lifeline, O_CLOEXEC) != 0) failure = errno;
  if (failure != 0) {
    fail(socket, Step::kSettleLauncher, failure);
    ::_exit(1);
  }
  const HostIds ids = find_host_ids();
  NextNamespaces next;
  for (;;) {
    if (ids.own) next.make();
    const Received received = receive_plan(socket);
    const bool incomplete = received.size < 0 && received.errno_value == EMFILE;
    if (received.size < 0 && !incomplete) fail(socket, Step::kReadPlan, received.errno_value);
    if (received.size <= 0 && !incomplete) ::_exit(0);
    Request request;
    if (incomplete) {  // one sandbox is not made; the others live on
      if (received.fd_count > 0) fail(received.fds[0], Step::kReadPlan, EMFILE);
    } else if (parse_request(received, request)) {
      spawn(request, ids, next, lifeline[0]);
    } else if (received.fd_count > 0) {
      fail(received.fds[0], Step::kReadPlan, EBADMSG);
    }
    for (std::size_t i = 0; i < received.fd_count; ++i) ::close(received.fds[i]);
  }
}

}  // namespace gobox::sandbox
