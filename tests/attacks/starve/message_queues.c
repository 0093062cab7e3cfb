// attack: spends kernel memory on message queues
// how: exec
// expect: outcome=ok stdout="mq_open: REFUSED"
#include <fcntl.h>
#include <mqueue.h>

#include "../report.h"

int main(void) {
  struct mq_attr attributes = {.mq_maxmsg = 10, .mq_msgsize = 8192};
  attempt("mq_open", mq_open("/queue", O_CREAT | O_RDWR, 0600, &attributes));
  return 0;
}
