// attack: recurses without end
// how: exec
// flags: --memory 64M
// expect: outcome=signaled signal=SIGSEGV
// expect: outcome=oom
#include "../report.h"

static volatile int has_end;  // never set; the compiler must not know

__attribute__((noinline)) static int deeper(int depth) {
  volatile char frame[4096];
  frame[0] = (char)depth;
  if (has_end) return 0;
  return deeper(depth + 1) + frame[0];
}

int main(void) {
  return deeper(1) & 1;
}
