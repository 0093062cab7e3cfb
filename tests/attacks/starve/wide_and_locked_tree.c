// attack: makes directories that nobody may enter
// how: exec
// expect: outcome=ok stdout="made"
#include <sys/stat.h>

#include "../report.h"

int main(void) {
  char path[64];
  for (int i = 0; i < 500; ++i) {
    snprintf(path, sizeof path, "/work/locked%d/inner", i);
    path[strlen(path) - 6] = 0;
    mkdir(path, 0700);
    strcat(path, "/inner");
    mkdir(path, 0);
    path[strlen(path) - 6] = 0;
    chmod(path, 0);
  }
  puts("made");
  return 0;
}
