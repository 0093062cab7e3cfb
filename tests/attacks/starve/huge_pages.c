// attack: takes the huge pages that the host has set aside, which count against no memory limit
// how: exec
// expect: outcome=ok stdout="mmap: REFUSED EINVAL" stdout="memfd_create: REFUSED ENOSYS" stdout="shmget: REFUSED ENOSYS"
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "../report.h"

int main(void) {
  const unsigned long size = 1UL << 30;
  void* map = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
  attempt("mmap", map == MAP_FAILED ? -1 : 0);
  attempt("memfd_create", memfd_create("huge", MFD_HUGETLB));
  attempt("shmget", shmget(IPC_PRIVATE, size, IPC_CREAT | SHM_HUGETLB | 0600));
  return 0;
}
