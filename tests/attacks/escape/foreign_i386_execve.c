// attack: starts a program by the 32-bit door
// how: exec
// expect: outcome=policy_violation syscall="execve (i386)"
#include "../report.h"

int main(void) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(11L), "b"(0L), "c"(0L), "d"(0L) : "memory");
  printf("ESCAPED %ld\n", result);
  return 0;
}
