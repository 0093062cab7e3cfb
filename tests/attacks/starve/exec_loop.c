// attack: starts itself again and again
// how: exec
// flags: --run-timeout 500ms
// expect: outcome=timeout limit=wall
#include "../report.h"

int main(int argc, char** argv) {
  execl("/proc/self/exe", argv[0], (char*)0);
  return argc;
}
