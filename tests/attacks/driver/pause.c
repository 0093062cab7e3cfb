// Stands still, so that it can be looked at from the host and left alone by its makers.
#include <unistd.h>

int main(void) {
  for (;;) pause();
}
