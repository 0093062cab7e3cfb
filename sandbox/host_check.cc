// SPDX-License-Identifier: Apache-2.0

#include "sandbox/host_check.h"

#include <sched.h>
#include <sys/capability.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/file.h"
#include "sandbox/inside/host_ids.h"

namespace gobox::sandbox {
namespace {

constexpr int kOldestMajor = 5;
constexpr int kOldestMinor = 14;

HostFinding kernel() {
  utsname name{};
  ::uname(&name);
  int major = 0;
  int minor = 0;
  std::sscanf(name.release, "%d.%d", &major, &minor);
  const bool good = major > kOldestMajor || (major == kOldestMajor && minor >= kOldestMinor);
  const std::string release = std::string("Linux ") + name.release;
  return {good, "kernel", good ? release : release + " is older than 5.14; boot a newer one"};
}

bool holds(cap_value_t capability) {
  struct Free {
    void operator()(cap_t set) const { cap_free(set); }
  };

  const std::unique_ptr<std::remove_pointer_t<cap_t>, Free> set(cap_get_proc());
  cap_flag_value_t value = CAP_CLEAR;
  return set && cap_get_flag(set.get(), capability, CAP_EFFECTIVE, &value) == 0 && value == CAP_SET;
}

// The launcher writes id maps for users that are not its own.
HostFinding rights() {
  if (::geteuid() != 0) {
    return {true, "rights", "ordinary user: sandboxes share your user id outside"};
  }
  for (const cap_value_t needed : {CAP_SETUID, CAP_SETGID}) {
    if (holds(needed)) continue;
    const std::unique_ptr<char, int (*)(void*)> name(cap_to_name(needed), cap_free);
    return {false, "rights",
            std::string("root without ") + name.get() + "; in a container: add this capability"};
  }
  if (!find_host_ids().own) {
    return {
        true, "rights",
        "root of a user namespace with too few ids (/proc/self/uid_map): sandboxes share yours"};
  }
  return {true, "rights", "root: every sandbox gets user ids of its own"};
}

// "" where the kernel has no such setting.
std::string setting(const char* path) {
  auto read = read_file(path);
  std::string text = read ? std::move(*read) : std::string();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// The settings do not tell everything: a chroot, a filter, a security module. 0, or an errno.
int try_user_namespace() {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(::unshare(CLONE_NEWUSER) == 0 ? 0 : errno & 0xff);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

HostFinding user_namespaces() {
  const std::string what = "user namespaces";
  if (setting("/proc/sys/user/max_user_namespaces") == "0") {
    return {false, what, "switched off; as root: sysctl user.max_user_namespaces=10000"};
  }
  for (const char* key :
       {"unprivileged_userns_clone=1", "apparmor_restrict_unprivileged_userns=0"}) {
    if (::geteuid() == 0) break;
    const std::string assignment = key;
    const std::size_t equals = assignment.find('=');
    const std::string now = setting(("/proc/sys/kernel/" + assignment.substr(0, equals)).c_str());
    if (now.empty() || now == assignment.substr(equals + 1)) continue;
    return {false, what, "for root alone; as root: sysctl kernel." + assignment};
  }
  const int refusal = try_user_namespace();
  if (refusal == 0) return {true, what, "allowed"};
  return {false, what,
          std::string("refused by the kernel (") + std::strerror(refusal) +
              "): in a chroot it makes none (enter the tree by pivot_root, or run outside), and a "
              "container's own filter may forbid them"};
}

HostFinding namespaces() {
  std::string there;
  std::string missing;
  for (const char* name : {"user", "pid", "mnt", "net", "ipc", "uts", "cgroup"}) {
    std::string& list =
        ::access((std::string("/proc/self/ns/") + name).c_str(), F_OK) == 0 ? there : missing;
    list += (list.empty() ? "" : " ") + std::string(name);
  }
  if (missing.empty()) return {true, "namespaces", there};
  return {false, "namespaces", "the kernel was built without " + missing};
}

HostFinding seccomp() {
  const std::string actions = " " + setting("/proc/sys/kernel/seccomp/actions_avail") + " ";
  for (const char* needed : {"kill_process", "errno", "user_notif"}) {
    if (actions.find(std::string(" ") + needed + " ") == std::string::npos) {
      return {false, "seccomp", std::string("the kernel has no action ") + needed};
    }
  }
  return {true, "seccomp", "filters, and reports of forbidden calls"};
}

}  // namespace

HostFinding check_scratch_on_disk() {
  const std::string what = "scratch on disk";
  if (::geteuid() != 0 || !holds(CAP_SYS_ADMIN)) {
    return {false, what, "needs root with CAP_SYS_ADMIN; scratch in memory does not"};
  }
  if (::access("/dev/loop-control", R_OK | W_OK) != 0) {
    return {false, what,
            std::string("no loop devices: /dev/loop-control: ") + std::strerror(errno) +
                "; modprobe loop, or give a container the device"};
  }
  if (::access("/usr/sbin/mkfs.ext4", X_OK) != 0 && ::access("/sbin/mkfs.ext4", X_OK) != 0) {
    return {false, what, "no mkfs.ext4; apt-get install e2fsprogs"};
  }
  return {true, what, "loop devices and mkfs.ext4 are there"};
}

std::vector<HostFinding> check_host() {
  return {kernel(), rights(), user_namespaces(), namespaces(), seccomp()};
}

}  // namespace gobox::sandbox
