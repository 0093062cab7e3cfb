// attack: hides memory in TCP connections that nobody reads
// how: exec
// flags: --memory 64M --run-timeout 20s --total-timeout 30s
// expect: outcome=ok stdout="within the limit and a tenth: REFUSED"
// expect: outcome=oom
#include "../held.h"

int main(void) {
  static char block[1 << 16];
  struct sockaddr_in6 to;
  socklen_t size;
  const int listener = bound_socket(AF_INET, SOCK_STREAM, &to, &size);
  listen(listener, 16);
  long total = 0;
  while (total < kGiveUp) {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    if (client < 0 || connect(client, (struct sockaddr*)&to, size) != 0) break;
    const int server = accept(listener, 0, 0);
    if (server < 0) break;
    widen(client);
    widen(server);
    while (send(client, block, sizeof block, MSG_DONTWAIT) > 0) continue;
    total += held_in(client) + held_in(server);
  }
  report_held("held", total);
  return 0;
}
