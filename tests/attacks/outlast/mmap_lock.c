// attack: keeps its own mmap lock, so that whoever looks at its memory waits with it
// how: exec
// flags: --run-timeout 2s --grace 100ms --pids 512
// expect: outcome=timeout limit=wall within=6s
#include "../hold_memory.h"
#include "../report.h"

int main(void) {
  hold_memory();
  for (;;) pause();
}
