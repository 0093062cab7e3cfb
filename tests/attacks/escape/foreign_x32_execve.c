// attack: starts a program by its x32 number
// how: exec
// expect: outcome=policy_violation syscall="execve (x32)"
#include "../report.h"

int main(void) {
  const long result = syscall(0x40000000L + 520, 0, 0, 0);
  printf("ESCAPED %ld\n", result);
  return 0;
}
