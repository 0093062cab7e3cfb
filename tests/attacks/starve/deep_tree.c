// attack: makes a tree deeper than a path can name
// how: exec
// expect: outcome=ok stdout="made"
#include <sys/stat.h>

#include "../report.h"

int main(void) {
  int depth = 0;
  while (depth < 8000 && mkdir("d", 0700) == 0 && chdir("d") == 0) ++depth;
  printf("made %d levels\n", depth);
  return 0;
}
