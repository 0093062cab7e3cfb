// attack: opens a packet socket by the 32-bit socketcall, whose family no filter can read
// how: exec
// expect: outcome=policy_violation syscall="socketcall (i386)"
#include "../report.h"

int main(void) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(102L), "b"(1L), "c"(0L) : "memory");
  printf("ESCAPED %ld\n", result);
  return 0;
}
