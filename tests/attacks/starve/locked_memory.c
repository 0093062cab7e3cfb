// attack: locks its memory against being taken back
// how: exec
// expect: outcome=ok stdout="mlock: REFUSED" stdout="mlock of little: REFUSED"
// expect: outcome=oom
#include <sys/mman.h>

#include "../report.h"

int main(void) {
  char* map = mmap(0, 32 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  attempt("mlock", mlock(map, 32 << 20));
  attempt("mlock of little", mlock(map, 128 << 10));
  return 0;
}
