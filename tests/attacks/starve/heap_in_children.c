// attack: lets children use up the memory while it survives them
// how: exec
// flags: --memory 64M
// expect: outcome=oom
#include <sys/wait.h>

#include "../report.h"

int main(void) {
  for (int i = 0; i < 4; ++i) {
    if (fork() == 0) {
      for (int block = 0; block < 128; ++block) memset(malloc(1 << 20), 1, 1 << 20);
      _exit(0);
    }
  }
  while (wait(0) > 0) {
  }
  return 0;
}
