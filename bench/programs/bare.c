// SPDX-License-Identifier: Apache-2.0

// bare PROGRAM: the least that could be called a sandbox, to compare with: seven namespaces, a root of
// its own with /proc, and loopback. No limits, no filter, no files, no counters, and a root user. For
// every byte on standard input PROGRAM is run in a new one; a byte on standard output says that it
// has ended.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void require(int holds, const char* what) {
  if (holds) return;
  perror(what);
  exit(1);
}

static void map_root(pid_t child, const char* kind) {
  static const char kMap[] = "0 0 1\n";
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s_map", child, kind);
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  require(fd >= 0, path);
  require(write(fd, kMap, sizeof kMap - 1) == sizeof kMap - 1, path);
  close(fd);
}

static void enter_own_root(void) {
  require(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
  require(mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") == 0, "tmpfs");
  require(chdir("/tmp") == 0 && mkdir("proc", 0555) == 0, "mkdir");
  require(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0, "proc");
  require(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
  require(umount2(".", MNT_DETACH) == 0, "umount");
  require(chdir("/") == 0, "chdir");
}

static void raise_loopback(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  require(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0, "loopback");
  close(fd);
}

// PID 1: runs the program and waits for it.
static void become_init(int program, int go) {
  char byte = 0;
  require(read(go, &byte, 1) == 1, "read");
  enter_own_root();
  raise_loopback();
  const pid_t child = vfork();
  if (child == 0) {
    char name[] = "program";
    char* const arguments[] = {name, NULL};
    char* const environment[] = {NULL};
    syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);
    _exit(127);
  }
  int status = 0;
  require(child > 0 && waitpid(child, &status, 0) == child, "waitpid");
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void run_once(int program) {
  int go[2];
  require(pipe2(go, O_CLOEXEC) == 0, "pipe");
  struct clone_args arguments = {
      .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
               CLONE_NEWUTS | CLONE_NEWCGROUP,
      .exit_signal = SIGCHLD};
  const pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
  require(child >= 0, "clone3");
  if (child == 0) become_init(program, go[0]);
  map_root(child, "gid");
  map_root(child, "uid");
  require(write(go[1], "g", 1) == 1, "write");
  close(go[0]);
  close(go[1]);
  int status = 0;
  require(waitpid(child, &status, 0) == child && status == 0, "the bare sandbox");
}

int main(int argc, char** argv) {
  require(argc == 2, "arguments");
  const int program = open(argv[1], O_RDONLY | O_CLOEXEC);
  require(program >= 0, argv[1]);
  for (char byte = 0; read(0, &byte, 1) == 1;) {
    run_once(program);
    require(write(1, &byte, 1) == 1, "write");
  }
}
