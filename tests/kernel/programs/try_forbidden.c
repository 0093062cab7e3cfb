// SPDX-License-Identifier: Apache-2.0

// Tries what only an attacker or an administrator does, and tells the kernel's answer.
#define _GNU_SOURCE
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "program.h"

static int clone_with(unsigned long flags) {
  const long child = syscall(SYS_clone, flags | 17 /* SIGCHLD */, NULL, NULL, NULL, NULL);
  if (child == 0) _exit(0);
  return (int)child;
}

int main(void) {
  tell("unshare user", unshare(CLONE_NEWUSER));
  tell("unshare mount", unshare(CLONE_NEWNS));
  tell("clone user", clone_with(CLONE_NEWUSER));
  tell("clone pid", clone_with(CLONE_NEWPID));
  tell("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
  tell("umount", umount("/work"));
  tell("chroot", chroot("/tmp"));
  tell("setuid", syscall(SYS_setuid, 0));
  tell("setgid", syscall(SYS_setgid, 0));
  tell("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
  tell("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1));
  tell("add_key", syscall(SYS_add_key, "user", "name", "x", 1, KEY_SPEC_SESSION_KEYRING));
  tell("bpf", syscall(SYS_bpf, 0, NULL, 0));
  tell("reboot", syscall(SYS_reboot, 0, 0, 0, NULL));
  tell("sethostname", sethostname("other", 5));
  return 0;
}
