// attack: finds signals that its makers ignore or hold back, and with them what they do
// how: exec
// expect: outcome=ok stdout="ignored signals: REFUSED" stdout="blocked signals: REFUSED"
#include "../report.h"

static unsigned long long mask_of(const char* name) {
  FILE* status = fopen("/proc/self/status", "r");
  char line[256];
  unsigned long long mask = ~0ULL;
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, name, strlen(name)) == 0) mask = strtoull(line + strlen(name), NULL, 16);
  }
  return mask;
}

int main(void) {
  expect("ignored signals", mask_of("SigIgn:") == 0);
  expect("blocked signals", mask_of("SigBlk:") == 0);
  return 0;
}
