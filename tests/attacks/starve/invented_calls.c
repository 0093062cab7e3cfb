// attack: makes the list of refused calls long with calls that do not exist
// how: exec
// flags: --explain
// expect: outcome=ok stdout="20000 calls"
#include <sys/syscall.h>

#include "../report.h"

int main(void) {
  enum { kCalls = 20000 };
  for (long number = 10000; number < 10000 + kCalls; ++number) syscall(number);
  printf("%d calls\n", kCalls);
  return 0;
}
