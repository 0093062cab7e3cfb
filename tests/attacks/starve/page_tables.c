// attack: spends memory on page tables alone, one byte touched in each 2 MiB
// how: exec
// flags: --memory 64M --run-timeout 5s
// expect: outcome=oom
#include <sys/mman.h>

#include "../report.h"

int main(void) {
  const unsigned long size = 1UL << 37;  // the 65536 tables, no more: some kernels have little address space
  char* map = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (map == MAP_FAILED) return attempt("mmap", -1);
  madvise(map, size, MADV_NOHUGEPAGE);
  for (unsigned long i = 0; i < 1UL << 16; ++i) {
    volatile char read_only = map[i << 21];
    (void)read_only;
  }
  puts("ESCAPED 65536 page tables");
  return 0;
}
