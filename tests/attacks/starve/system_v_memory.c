// attack: hides its memory in System V segments
// how: exec
// flags: --memory 24M
// expect: outcome=oom
#include <sys/shm.h>

#include "../report.h"

int main(void) {
  for (int i = 0; i < 64; ++i) {
    const int id = shmget(IPC_PRIVATE, 4 << 20, IPC_CREAT | 0600);
    void* map = shmat(id, 0, 0);
    if (map != (void*)-1) {
      memset(map, 1, 4 << 20);
      shmdt(map);
    }
  }
  puts("ESCAPED 256 MiB in segments");
  return 0;
}
