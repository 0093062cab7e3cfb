// attack: fills the kernel's cache of names with names that do not exist
// how: exec
// flags: --memory 32M
// expect: outcome=ok stdout="looked up"
// expect: outcome=oom
// expect: outcome=timeout limit=wall
// because: they are charged to the limit; that they go with the sandbox is looked at from the host
#include <sys/stat.h>

#include "../report.h"

int main(void) {
  enum { kNames = 220000 };  // of 192 bytes and more each: over the limit
  struct stat status;
  char name[64];
  for (int i = 0; i < kNames; ++i) {
    snprintf(name, sizeof name, "/usr/share/no-such-name-%d-%d", getpid(), i);
    stat(name, &status);
  }
  printf("looked up %d names\n", kNames);
  return 0;
}
