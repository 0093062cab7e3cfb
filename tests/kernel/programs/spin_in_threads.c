// SPDX-License-Identifier: Apache-2.0

// Computes in a hundred threads.
#include <pthread.h>

#include "program.h"

static void* compute(void* unused) {
  (void)unused;
  for (volatile unsigned long n = 0;; ++n) {
  }
  return NULL;
}

int main(void) {
  for (int i = 0; i < 100; ++i) {
    pthread_t thread;
    require(pthread_create(&thread, NULL, compute, NULL) == 0, "pthread_create");
  }
  rest();
}
