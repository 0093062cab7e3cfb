// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/mounts.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sandbox/inside/etc_files.h"
#include "sandbox/inside/mount_calls.h"
#include "sandbox/inside/proc_view.h"

namespace gobox::sandbox {
namespace {

const char* text_at(const Plan& plan, std::uint32_t offset) {
  return reinterpret_cast<const char*>(&plan) + offset;
}

const PlanBind& bind_at(const Plan& plan, std::uint32_t index) {
  return reinterpret_cast<const PlanBind*>(text_at(plan, plan.binds))[index];
}

// mkdir -p of everything above the last slash of a relative path.
int make_parents(const char* path) {
  char part[4096];  // PATH_MAX
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

int collect_bind(const PlanBind& bind, const Plan& plan, OpenedBind& opened) {
  const char* source = text_at(plan, bind.source);

  struct stat status {};

  if (::lstat(source, &status) != 0) return bind.optional && errno == ENOENT ? 0 : errno;
  opened.type = status.st_mode & S_IFMT;
  if (opened.type == S_IFLNK) {
    const ssize_t size = ::readlink(source, opened.link_target, sizeof opened.link_target - 1);
    return size < 0 ? errno : 0;
  }
  // Recursive: a copy without the submounts would uncover what they hide, and the kernel refuses
  // it.
  opened.tree = open_tree_copy(AT_FDCWD, source, AT_RECURSIVE);
  if (opened.tree < 0) return errno;
  // On the detached copy, all submounts at once; MS_BIND|MS_RDONLY would silently leave them
  // writable.
  const std::uint64_t flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  return set_mount_flags(opened.tree, "", AT_EMPTY_PATH | AT_RECURSIVE, flags) == 0 ? 0 : errno;
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

// Below what the writable space will cover: these are attached once it is there.
bool is_in_space(const char* target) {
  return std::strncmp(target, "/tmp/", 5) == 0 || std::strncmp(target, "/work/", 6) == 0;
}

int attach_binds_where(Setup& setup, bool in_space) {
  const Plan& plan = *setup.task->plan;
  for (std::uint32_t i = 0; i < plan.bind_count; ++i) {
    const char* target = text_at(plan, bind_at(plan, i).target);
    if (setup.binds[i].type == 0 || is_in_space(target) != in_space) continue;
    setup.detail = i;
    if (const int failure = attach_bind(target, setup.binds[i])) return failure;
  }
  setup.detail = 0;
  return 0;
}

// A v1 hierarchy shows where the host has mounted it with just these controllers; from within the
// cgroup namespace its root is the sandbox's own group.
int show_hierarchy(const char* controllers, const char* target) {
  if (::mkdir(target, 0755) != 0) return errno;
  const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (::mount("cgroup", target, "cgroup", flags, controllers) == 0) return 0;
  const int failure = errno;
  ::rmdir(target);
  return failure;
}

// The supervisor's image, mounted by it without a place; or a tmpfs.
int mount_space(const Setup& setup) {
  if (setup.task->scratch >= 0) {
    const int failure = attach_tree(setup.task->scratch, "tmp") == 0 ? 0 : errno;
    ::close(setup.task->scratch);
    return failure;
  }
  const Plan& plan = *setup.task->plan;
  char options[96];
  std::snprintf(options, sizeof options, "size=%llu,nr_inodes=%llu,mode=0755",
                static_cast<unsigned long long>(plan.disk_bytes),
                static_cast<unsigned long long>(plan.disk_inodes));
  return ::mount("tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, options) == 0 ? 0 : errno;
}

}  // namespace

// First of the mount steps: a shared mount would carry what follows back to the host.
int private_mounts(Setup&) {
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 ? 0 : errno;
}

// Before the new root covers /tmp, where sources may lie; and while we still have the launcher's
// id, which may reach directories (a home, mode 0700) that the sandbox's ids may not.
int collect_binds(Setup& setup) {
  const Plan& plan = *setup.task->plan;
  for (std::uint32_t i = 0; i < plan.bind_count; ++i) {
    setup.detail = i;
    if (const int failure = collect_bind(bind_at(plan, i), plan, setup.binds[i])) return failure;
  }
  setup.detail = 0;
  return 0;
}

// Our own tmpfs: no path of it was ever in anyone else's hands. Its size is what the largest binary
// needs, which the supervisor writes into it; nobody inside can. Large folios for that binary: to
// copy it, to map it and to let it go takes half the time, and none reaches beyond its end
// (Linux 6.14; where the kernel has no huge pages, EINVAL).
int root_filesystem(Setup&) {
  static constexpr char kOptions[] = "size=513m,nr_inodes=1024,mode=0755,huge=within_size";
  static constexpr char kSmallPages[] = "size=513m,nr_inodes=1024,mode=0755";
  const auto mount = [](const char* options) {
    return ::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options) == 0 ? 0 : errno;
  };
  int failure = mount(kOptions);
  if (failure == EINVAL) failure = mount(kSmallPages);
  if (failure != 0) return failure;
  return ::chdir("/tmp") == 0 ? 0 : errno;
}

int attach_binds(Setup& setup) {
  return attach_binds_where(setup, false);
}

int attach_in_space(Setup& setup) {
  return attach_binds_where(setup, true);
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

// One file system is the disk: /work, /tmp and /dev/shm are directories of it, so that one size
// bounds them together. Its root, of which the supervisor gets a descriptor before any foreign byte
// runs, stays mounted beneath /tmp, out of reach: letting it go would cost a grace period of the
// kernel.
int writable_space(Setup& setup) {
  if (::mkdir("tmp", 0755) != 0) return errno;
  if (const int failure = mount_space(setup)) return failure;
  setup.space = ::open("tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (setup.space < 0) return errno;
  if (::mkdir("work", 0755) != 0 || ::mkdir("dev/shm", 0755) != 0) return errno;
  static constexpr const char* kParts[][2] = {{"work", "work"}, {"shm", "dev/shm"}, {"tmp", "tmp"}};
  for (const auto& [name, target] : kParts) {
    if (::mkdirat(setup.space, name, 0755) != 0) return errno;
    if (setup.task->own_ids && ::fchownat(setup.space, name, kProgramId, kProgramId, 0) != 0) {
      return errno;
    }
    const int tree = open_tree_copy(setup.space, name, 0);
    if (tree < 0 || attach_tree(tree, target) != 0) return errno;
    ::close(tree);
  }
  return 0;
}

// Only the process directories: no /proc/sys, kcore, keys or sysrq-trigger to hide one by one
// (subset=pid, Linux 5.8), and of those only the ones the reader may trace. Before the old root
// goes: the kernel mounts a new proc only where a whole one is in view.
int proc(Setup& setup) {
  if (::mkdir("proc", 0555) != 0) return errno;
  const bool system = setup.task->plan->show_system != 0;
  if (::mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              system ? "hidepid=ptraceable" : "subset=pid,hidepid=ptraceable") != 0) {
    return errno;
  }
  if (system) {
    if (const int failure = cover_system(*setup.task->plan)) return failure;
  }
  return set_mount_flags(AT_FDCWD, "proc", AT_RECURSIVE, MOUNT_ATTR_RDONLY) == 0 ? 0 : errno;
}

// As container engines mount them, read-only: Go 1.25 and newer take GOMAXPROCS from cpu.max there,
// and others find memory.max. On v1 hosts a directory for each controller; one that the host has
// in another company is missing, as it would be there.
int show_groups(Setup& setup) {
  if (setup.task->plan->show_groups == 0) return 0;
  if (const int failure = make_parents("sys/fs/cgroup/")) return failure;
  const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (setup.task->plan->show_groups == kShowUnified) {
    return ::mount("cgroup2", "sys/fs/cgroup", "cgroup2", flags, nullptr) == 0 ? 0 : errno;
  }
  int failure = show_hierarchy("memory", "sys/fs/cgroup/memory");
  if (failure != 0) return failure;
  failure = show_hierarchy("cpu,cpuacct", "sys/fs/cgroup/cpu,cpuacct");
  if (failure != 0) failure = show_hierarchy("cpu", "sys/fs/cgroup/cpu");
  if (failure != 0) return failure;
  static_cast<void>(show_hierarchy("pids", "sys/fs/cgroup/pids"));
  return 0;
}

int system_files(Setup&) {
  if (::mkdir("etc", 0755) != 0 && errno != EEXIST) return errno;
  for (const EtcFile& file : kEtcFiles) {
    struct stat status {};

    if (::lstat(file.path, &status) == 0) continue;  // the policy shows another
    if (errno != ENOENT) return errno;
    if (const int failure = make_file(file.path, file.bytes, file.size)) return failure;
  }
  return 0;
}

// The binary comes when the sandbox stands ready, from outside, through a descriptor that is open
// for writing in a mount of its own; what shows inside is a read-only mount on top of that. So it
// has a path by which the program can start itself again, and nobody inside can change it. (By the
// root's own mount it could not be written: that could not be made read-only any more.)
int binary_place(Setup& setup) {
  static constexpr const char* kDirectory = "program";
  const auto cover = [](std::uint64_t flags) {
    const int tree = open_tree_copy(AT_FDCWD, kDirectory, 0);
    if (tree < 0) return errno;
    int failure = flags != 0 && set_mount_flags(tree, "", AT_EMPTY_PATH, flags) != 0 ? errno : 0;
    if (failure == 0 && attach_tree(tree, kDirectory) != 0) failure = errno;
    ::close(tree);
    return failure;
  };
  if (::mkdir(kDirectory, 0755) != 0) return errno;
  if (const int failure = cover(0)) return failure;
  setup.binary =
      ::open(kBinaryPath + 1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0555);
  if (setup.binary < 0) return errno;
  if (::symlink("main", kTestBinaryPath + 1) != 0) return errno;
  return cover(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

// Old and new root change places on one spot, then the old one is let go with all its mounts; a
// chroot would leave it reachable.
int enter_root(Setup&) {
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return errno;
  if (::umount2(".", MNT_DETACH) != 0) return errno;
  return ::chdir("/") == 0 ? 0 : errno;
}

int freeze_root(Setup&) {
  return set_mount_flags(AT_FDCWD, "/", 0, MOUNT_ATTR_RDONLY) == 0 ? 0 : errno;
}

}  // namespace gobox::sandbox
