// attack: leaves a child that holds the streams open
// how: exec
// expect: outcome=leaked_processes stdout="parent is done"
#include "../report.h"

int main(void) {
  if (fork() == 0) {
    for (;;) pause();
  }
  puts("parent is done");
  return 0;
}
