// attack: reads the environment of its makers out of its own
// how: exec
// expect: outcome=ok stdout="the makers' environment: REFUSED"
#include "../report.h"

extern char** environ;

int main(void) {
  int found = 0;
  for (char** each = environ; *each != NULL; ++each) {
    found += strncmp(*each, "GOBOX_ATTACK_", strlen("GOBOX_ATTACK_")) == 0;
  }
  expect("the makers' environment", found == 0);
  return 0;
}
