// attack: uses up what the kernel grants a user in pipes, so that a run beside it has less
// how: beside
// expect: outcome=ok stdout="less left for others: REFUSED"
// because: as root every sandbox has ids of its own; an ordinary user's sandboxes share theirs, as docs/threat-model.md says
#include <fcntl.h>

#include "../report.h"

// The soft quota is 1024 pipes of the usual 64 KiB; beyond, pipes are made with a page or two.
enum { kChildren = 3, kPipesEach = 400, kUsualSize = 65536 };

static int ids_are_shared(void) {
  FILE* map = fopen("/proc/self/uid_map", "r");
  char line[128];
  int lines = 0;
  while (map != NULL && fgets(line, sizeof line, map) != NULL) ++lines;
  return lines < 2;
}

static void leave(void) {
  int done[2];
  if (pipe(done) != 0) return;
  for (int i = 0; i < kChildren; ++i) {
    if (fork() != 0) continue;
    int fds[2];
    for (int made = 0; made < kPipesEach; ++made) {
      if (pipe(fds) != 0) break;
    }
    if (write(done[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  for (int i = 0; i < kChildren; ++i) {
    if (read(done[0], &byte, 1) != 1) return;
  }
  puts("READY");
  fflush(stdout);
  for (;;) pause();
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "leave") == 0) leave();
  int fds[2] = {-1, -1};
  const int size = pipe(fds) == 0 ? fcntl(fds[0], F_GETPIPE_SZ) : 0;
  expect("less left for others", size >= kUsualSize || ids_are_shared());
  return 0;
}
