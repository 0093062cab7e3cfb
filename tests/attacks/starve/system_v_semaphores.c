// attack: spends kernel memory on sets of semaphores
// how: exec
// flags: --memory 32M
// expect: outcome=oom
#include <sys/ipc.h>
#include <sys/sem.h>

#include "../report.h"

int main(void) {
  long sets = 0;
  while (semget(IPC_PRIVATE, 32000, 0600) >= 0) ++sets;
  printf("%ld sets of 2 MiB\n", sets);
  expect("within the limit and a tenth", sets < 18);
  return 0;
}
