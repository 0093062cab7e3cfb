// attack: hides memory in System V messages
// how: exec
// flags: --memory 32M
// expect: outcome=oom
#include <sys/ipc.h>
#include <sys/msg.h>

#include "../report.h"

int main(void) {
  static struct {
    long type;
    char text[8192];
  } message = {1, ""};
  long total = 0;
  for (int queue; (queue = msgget(IPC_PRIVATE, 0600)) >= 0;) {
    while (msgsnd(queue, &message, sizeof message.text, IPC_NOWAIT) == 0) total += sizeof message.text;
  }
  printf("%ld KiB\n", total >> 10);
  expect("within the limit and a tenth", total <= 35 << 20);
  return 0;
}
