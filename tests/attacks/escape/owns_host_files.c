// attack: is, seen from the host, a user who owns files there
// how: exec
// expect: outcome=ok stdout="/usr: REFUSED" stdout="/usr/bin/env: REFUSED" stdout="/dev/null: REFUSED" stdout="root outside: REFUSED"
#include <sys/stat.h>

#include "../report.h"

int main(void) {
  static const char* const kPaths[] = {"/usr", "/usr/bin/env", "/dev/null"};
  const unsigned nobody = 65534;  // what an id without a mapping looks like
  for (int i = 0; i < 3; ++i) {
    struct stat status;
    expect(kPaths[i], stat(kPaths[i], &status) == 0 && status.st_uid == nobody && status.st_gid == nobody);
  }
  unsigned inside;
  unsigned outside;
  unsigned count;
  int mapped = 0;
  FILE* map = fopen("/proc/self/uid_map", "r");
  while (map != NULL && fscanf(map, "%u %u %u", &inside, &outside, &count) == 3) {
    mapped += outside == 0 ? 100 : 1;
  }
  expect("root outside", mapped > 0 && mapped < 100);
  return 0;
}
