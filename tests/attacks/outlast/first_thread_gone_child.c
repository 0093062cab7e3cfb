// attack: leaves a process whose first thread has ended, which looks like a zombie
// how: exec
// expect: outcome=leaked_processes
#include <pthread.h>
#include <sys/syscall.h>

#include "../report.h"

static void* idle(void* unused) {
  for (;;) pause();
  return unused;
}

int main(void) {
  if (fork() == 0) {
    pthread_t thread;
    pthread_create(&thread, 0, idle, 0);
    syscall(SYS_exit, 0);
  }
  usleep(100000);
  return 0;
}
