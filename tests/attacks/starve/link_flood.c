// attack: makes links until it may not
// how: exec
// expect: outcome=ok stdout="links: REFUSED ENOSPC"
// expect: outcome=ok stdout="links: REFUSED EMLINK"
#include <fcntl.h>

#include "../report.h"

int main(void) {
  char path[64];
  close(open("/work/one", O_CREAT | O_WRONLY, 0600));
  int made = 0;
  for (int i = 0; i < 1000000 && made == 0; ++i) {
    snprintf(path, sizeof path, "/work/l%d", i);
    made = link("/work/one", path);
  }
  attempt("links", made);
  return 0;
}
