// attack: writes memory that is not to be had; the kernel waits for it with the pipe locked
// how: exec
// flags: --run-timeout 2s --grace 100ms --pids 512
// expect: outcome=timeout limit=wall within=6s
#include "../hold_memory.h"
#include "../report.h"

int main(void) {
  hold_memory();
  for (size_t at = 0;; at = (at + 4096) % kHeldBytes) {
    write(1, held + at, 1);
    usleep(1000);
  }
}
