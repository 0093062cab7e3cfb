// attack: has others killed first when memory runs out
// how: exec
// expect: outcome=ok stdout="not the first to go: REFUSED" stdout="oom_score_adj: REFUSED EROFS"
#include <fcntl.h>

#include "../report.h"

int main(void) {
  char text[16] = "";
  const int fd = open("/proc/self/oom_score_adj", O_RDONLY);
  expect("not the first to go", read(fd, text, sizeof text - 1) > 0 && atoi(text) == 1000);
  return attempt("oom_score_adj", open("/proc/self/oom_score_adj", O_WRONLY));
}
