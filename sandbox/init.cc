#include "sandbox/init.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "sandbox/init_filter.h"
#include "sandbox/program.h"
#include "sandbox/rights.h"

// glibc 2.36 has both <sys/mount.h> and <linux/mount.h>; the numbers below are Linux's own.
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

namespace gobox::sandbox {
namespace {

struct OpenedBind {
  int tree = -1;             // a detached copy of the source's mounts
  mode_t type = 0;           // S_IFDIR, S_IFREG, S_IFLNK or 0: the host lacks it
  char link_target[256] = {};  // S_IFLNK
};

struct Setup {
  const InitTask* task = nullptr;
  OpenedBind binds[kMaxBinds];
  int proc = -1;   // /proc, writable, for the programs' oom_score_adj
  int space = -1;  // the writable space's root
  int pidfds[kMaxPrograms] = {};
  Ready ready;
  std::uint32_t detail = 0;
};

const char* text_at(const Plan& plan, std::uint32_t offset) {
  return reinterpret_cast<const char*>(&plan) + offset;
}

const PlanBind& bind_at(const Plan& plan, std::uint32_t index) {
  return reinterpret_cast<const PlanBind*>(text_at(plan, plan.binds))[index];
}

int open_tree_copy(int directory, const char* path, unsigned flags) {
  return static_cast<int>(
      ::syscall(SYS_open_tree, directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags));
}

int attach_tree(int tree, const char* target) {
  return static_cast<int>(
      ::syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
}

int set_mount_flags(int directory, const char* path, unsigned flags, std::uint64_t set) {
  mount_attr attributes{};
  attributes.attr_set = set;
  return static_cast<int>(::syscall(SYS_mount_setattr, directory, path, flags, &attributes,
                                    sizeof attributes));
}

// mkdir -p of everything above the last slash of a relative path.
int make_parents(const char* path) {
  char part[256];
  for (std::size_t i = 0; path[i] != '\0'; ++i) {
    if (i + 1 >= sizeof part) return ENAMETOOLONG;
    part[i] = path[i];
    if (path[i] != '/' || i == 0) continue;
    part[i] = '\0';
    if (::mkdir(part, 0755) != 0 && errno != EEXIST) return errno;
    part[i] = '/';
  }
  return 0;
}

int make_file(const char* path, const char* text) {
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return errno;
  const std::size_t size = std::strlen(text);
  const ssize_t written = size == 0 ? 0 : ::write(fd, text, size);
  const int failure = written < 0 ? errno : 0;
  ::close(fd);
  return failure;
}

// First: whatever memory and time set-up takes is the sandbox's own. v1 hierarchies have no way to be
// born in a group.
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
int cgroup_namespace(Setup&) { return ::unshare(CLONE_NEWCGROUP) == 0 ? 0 : errno; }

// First of the mount steps: a shared mount would carry what follows back to the host.
int private_mounts(Setup&) {
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 ? 0 : errno;
}

int collect_bind(const PlanBind& bind, const Plan& plan, OpenedBind& opened) {
  const char* source = text_at(plan, bind.source);
  struct stat status {};
  if (::lstat(source, &status) != 0) return bind.optional && errno == ENOENT ? 0 : errno;
  opened.type = status.st_mode & S_IFMT;
  if (opened.type == S_IFLNK) {
    const ssize_t size = ::readlink(source, opened.link_target, sizeof opened.link_target - 1);
    return size < 0 ? errno : 0;
  }
  // Recursive: a copy without the submounts would uncover what they hide, and the kernel refuses it.
  opened.tree = open_tree_copy(AT_FDCWD, source, AT_RECURSIVE);
  if (opened.tree < 0) return errno;
  // On the detached copy, all submounts at once; MS_BIND|MS_RDONLY would silently leave them writable.
  const std::uint64_t flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  return set_mount_flags(opened.tree, "", AT_EMPTY_PATH | AT_RECURSIVE, flags) == 0 ? 0 : errno;
}

// Before the new root covers /tmp, where sources may lie; and while we still have the launcher's id,
// which may reach directories (a home, mode 0700) that the sandbox's ids may not.
int collect_binds(Setup& setup) {
  const Plan& plan = *setup.task->plan;
  for (std::uint32_t i = 0; i < plan.bind_count; ++i) {
    setup.detail = i;
    if (const int failure = collect_bind(bind_at(plan, i), plan, setup.binds[i])) return failure;
  }
  setup.detail = 0;
  return 0;
}

// Our own tmpfs: no path of it was ever in anyone else's hands.
int root_filesystem(Setup&) {
  if (::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV,
              "size=1m,nr_inodes=1024,mode=0755") != 0) {
    return errno;
  }
  return ::chdir("/tmp") == 0 ? 0 : errno;
}

int attach_bind(const char* absolute_target, const OpenedBind& opened) {
  const char* target = absolute_target + 1;  // we stand in the new root
  if (const int failure = make_parents(target)) return failure;
  if (opened.type == S_IFLNK) {
    return ::symlink(opened.link_target, target) == 0 || errno == EEXIST ? 0 : errno;
  }
  if (opened.type == S_IFDIR) {
    if (::mkdir(target, 0755) != 0 && errno != EEXIST) return errno;
  } else if (const int failure = make_file(target, "")) {
    return failure;
  }
  const int failure = attach_tree(opened.tree, target) == 0 ? 0 : errno;
  ::close(opened.tree);
  return failure;
}

int attach_binds(Setup& setup) {
  const Plan& plan = *setup.task->plan;
  for (std::uint32_t i = 0; i < plan.bind_count; ++i) {
    if (setup.binds[i].type == 0) continue;
    setup.detail = i;
    const char* target = text_at(plan, bind_at(plan, i).target);
    if (const int failure = attach_bind(target, setup.binds[i])) return failure;
  }
  setup.detail = 0;
  return 0;
}

// Five harmless nodes of the host's, bound one by one: mknod is not allowed in a user namespace.
int devices(Setup&) {
  if (::mkdir("dev", 0755) != 0) return errno;
  static constexpr const char* kNodes[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                           "/dev/urandom"};
  for (const char* node : kNodes) {
    const int tree = open_tree_copy(AT_FDCWD, node, 0);
    if (tree < 0) return errno;
    // Read-only: devices stay writable, but their times, which every sandbox sees, do not.
    const std::uint64_t flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    if (set_mount_flags(tree, "", AT_EMPTY_PATH, flags) != 0) return errno;
    if (const int failure = make_file(node + 1, "")) return failure;
    if (attach_tree(tree, node + 1) != 0) return errno;
    ::close(tree);
  }
  static constexpr const char* kLinks[][2] = {{"/proc/self/fd", "dev/fd"},
                                              {"/proc/self/fd/0", "dev/stdin"},
                                              {"/proc/self/fd/1", "dev/stdout"},
                                              {"/proc/self/fd/2", "dev/stderr"}};
  for (const auto& link : kLinks) {
    if (::symlink(link[0], link[1]) != 0) return errno;
  }
  return 0;
}

// One tmpfs is the disk: /work, /tmp and /dev/shm are directories of it, so that one size bounds
// them together. The supervisor gets its root as a descriptor, before any foreign byte runs.
int writable_space(Setup& setup) {
  const Plan& plan = *setup.task->plan;
  char options[96];
  std::snprintf(options, sizeof options, "size=%llu,nr_inodes=%llu,mode=0755",
                static_cast<unsigned long long>(plan.disk_bytes),
                static_cast<unsigned long long>(plan.disk_inodes));
  if (::mkdir("space", 0755) != 0) return errno;
  if (::mount("tmpfs", "space", "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) return errno;
  static constexpr const char* kParts[][2] = {
      {"space/work", "work"}, {"space/tmp", "tmp"}, {"space/shm", "dev/shm"}};
  for (const auto& part : kParts) {
    if (::mkdir(part[0], 0755) != 0 || ::mkdir(part[1], 0755) != 0) return errno;
    if (setup.task->own_ids && ::chown(part[0], kProgramId, kProgramId) != 0) return errno;
    const int tree = open_tree_copy(AT_FDCWD, part[0], 0);
    if (tree < 0 || attach_tree(tree, part[1]) != 0) return errno;
    ::close(tree);
  }
  setup.space = ::open("space", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (setup.space < 0) return errno;
  if (::umount2("space", MNT_DETACH) != 0) return errno;
  return ::rmdir("space") == 0 ? 0 : errno;
}

// Only the process directories: no /proc/sys, kcore, keys or sysrq-trigger to hide one by one
// (subset=pid, Linux 5.8), and of those only the ones the reader may trace. Before the old root
// goes: the kernel mounts a new proc only where a whole one is in view.
int proc(Setup& setup) {
  if (::mkdir("proc", 0555) != 0) return errno;
  if (::mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              "subset=pid,hidepid=ptraceable") != 0) {
    return errno;
  }
  setup.proc = open_tree_copy(AT_FDCWD, "proc", 0);
  if (setup.proc < 0) return errno;
  return set_mount_flags(AT_FDCWD, "proc", 0, MOUNT_ATTR_RDONLY) == 0 ? 0 : errno;
}

int system_files(Setup&) {
  if (::mkdir("etc", 0755) != 0 && errno != EEXIST) return errno;
  static constexpr const char* kFiles[][2] = {
      {"etc/passwd",
       "root:x:0:0:root:/:/usr/sbin/nologin\nsandbox:x:1000:1000:sandbox:/work:/bin/sh\n"},
      {"etc/group", "root:x:0:\nsandbox:x:1000:\n"},
      {"etc/hosts", "127.0.0.1 localhost sandbox\n::1 localhost sandbox\n"},
      {"etc/hostname", "sandbox\n"},
      {"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"},
      {"etc/resolv.conf", ""}};
  for (const auto& file : kFiles) {
    if (const int failure = make_file(file[0], file[1])) return failure;
  }
  return 0;
}

// Old and new root change places on one spot, then the old one is let go with all its mounts; a
// chroot would leave it reachable.
int enter_root(Setup&) {
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return errno;
  if (::umount2(".", MNT_DETACH) != 0) return errno;
  return ::chdir("/") == 0 ? 0 : errno;
}

int host_name(Setup&) {
  static constexpr char kName[] = "sandbox";
  if (::sethostname(kName, sizeof kName - 1) != 0) return errno;
  return ::setdomainname("", 0) == 0 ? 0 : errno;
}

int loopback(Setup& setup) {
  if (!setup.task->plan->loopback) return 0;
  const int socket_fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return errno;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const int failure = ::ioctl(socket_fd, SIOCSIFFLAGS, &request) == 0 ? 0 : errno;
  ::close(socket_fd);
  return failure;
}

// While we still hold the rights they need to take their ids.
int park_programs(Setup& setup) {
  const InitTask& task = *setup.task;
  for (std::uint32_t i = 0; i < task.plan->program_count; ++i) {
    const auto child = static_cast<pid_t>(
        ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &setup.pidfds[i], nullptr, nullptr));
    if (child < 0) return errno;
    if (child == 0) {
      ::close(task.control);
      ::close(setup.space);
      for (std::uint32_t other = 0; other < task.plan->program_count; ++other) {
        if (other != i) ::close(task.commands[other]);
      }
      run_program({task.plan, task.commands[i], setup.proc, task.own_ids});
    }
    setup.ready.programs[i] = child;
  }
  for (std::uint32_t i = 0; i < task.plan->program_count; ++i) ::close(task.commands[i]);
  ::close(setup.proc);
  return 0;
}

int freeze_root(Setup&) {
  return set_mount_flags(AT_FDCWD, "/", 0, MOUNT_ATTR_RDONLY) == 0 ? 0 : errno;
}

// Not traceable, not readable through /proc, no capability left.
int drop_init_rights(Setup&) {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
  if (const int failure = lock_rights()) return failure;
  return clear_capabilities();
}

int filter(Setup&) {
  const InitFilter filter = init_filter();
  return load_filter(filter.instructions, filter.count, nullptr);
}

int report_ready(Setup& setup) {
  int fds[1 + kMaxPrograms] = {setup.space};
  const std::uint32_t programs = setup.task->plan->program_count;
  for (std::uint32_t i = 0; i < programs; ++i) fds[1 + i] = setup.pidfds[i];
  const int failure =
      send_message(setup.task->control, &setup.ready, sizeof setup.ready, fds, 1 + programs);
  for (std::uint32_t i = 0; i < 1 + programs; ++i) ::close(fds[i]);
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
    {Step::kRootFilesystem, root_filesystem},
    {Step::kAttachBinds, attach_binds},
    {Step::kDevices, devices},
    {Step::kWritableSpace, writable_space},
    {Step::kProc, proc},
    {Step::kSystemFiles, system_files},
    {Step::kEnterRoot, enter_root},
    {Step::kHostName, host_name},
    {Step::kLoopback, loopback},
    {Step::kParkPrograms, park_programs},
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
    // Takes what has ended meanwhile along, so that a zombie is not taken for a survivor.
    siginfo_t peek{};
    for (;;) {
      peek.si_pid = 0;
      if (::waitid(P_ALL, 0, &peek, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0) break;
      if (peek.si_pid == 0 || program_index(setup, peek.si_pid) != kMaxPrograms) {
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
