// Writes into what is mounted below /usr; says by its status whether that was refused.
#include <errno.h>
#include <fcntl.h>

int main(void) {
  const int fd = open("/usr/src/gobox-attack", O_CREAT | O_WRONLY, 0600);
  return fd < 0 && errno == EROFS ? 0 : 1;
}
