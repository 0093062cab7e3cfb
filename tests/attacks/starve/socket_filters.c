// attack: uses up the host's memory for compiled filters by socket options
// how: exec
// expect: outcome=ok stdout="SO_ATTACH_FILTER: REFUSED EPERM" stdout="SO_ATTACH_BPF: REFUSED EPERM" stdout="SO_ATTACH_REUSEPORT_CBPF: REFUSED EPERM" stdout="SO_ATTACH_REUSEPORT_EBPF: REFUSED EPERM"
// because: the budget (net.core.bpf_jit_limit) is one for the whole host, and starting a sandbox needs some of it
#include <linux/filter.h>
#include <sys/socket.h>

#include "../report.h"

int main(void) {
  struct sock_filter pass = {BPF_RET | BPF_K, 0, 0, 0xffff};
  struct sock_fprog program = {1, &pass};
  const int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
  const int pairs = socket(AF_UNIX, SOCK_DGRAM, 0);
  attempt("SO_ATTACH_FILTER", setsockopt(datagrams, SOL_SOCKET, 26, &program, sizeof program));
  attempt("SO_ATTACH_FILTER, local", setsockopt(pairs, SOL_SOCKET, 26, &program, sizeof program));
  attempt("SO_ATTACH_BPF", setsockopt(datagrams, SOL_SOCKET, 50, &(int){0}, sizeof(int)));
  setsockopt(datagrams, SOL_SOCKET, SO_REUSEPORT, &(int){1}, sizeof(int));
  attempt("SO_ATTACH_REUSEPORT_CBPF", setsockopt(datagrams, SOL_SOCKET, 51, &program, sizeof program));
  attempt("SO_ATTACH_REUSEPORT_EBPF", setsockopt(datagrams, SOL_SOCKET, 52, &(int){0}, sizeof(int)));
  return 0;
}
