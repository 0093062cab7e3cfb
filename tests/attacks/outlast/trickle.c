// attack: prints a byte now and then, to look alive
// how: exec
// flags: --run-timeout 400ms
// expect: outcome=timeout limit=wall stdout=...
#include "../report.h"

int main(void) {
  for (;;) {
    write(1, ".", 1);
    usleep(1000);
  }
}
