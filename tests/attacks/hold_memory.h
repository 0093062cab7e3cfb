// SPDX-License-Identifier: Apache-2.0

#pragma once

// What the programs here share that keep their own mmap lock: a large range of the zero page, whose
// protection is changed for ever, beside threads that spin. Each change walks millions of page
// table entries with the lock held, at the walker's small share of the processor.

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

enum { kSpinners = 300 };

static const size_t kHeldBytes = (size_t)2 << 30;
static char* held;

static inline void* spin(void* unused) {
  for (;;) __asm__ volatile("pause");
  return unused;
}

static inline void* change_for_ever(void* unused) {
  for (;;) {
    mprotect(held, kHeldBytes, PROT_NONE);
    mprotect(held, kHeldBytes, PROT_READ);
  }
  return unused;
}

static inline void hold_memory(void) {
  held = mmap(0, kHeldBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (held == MAP_FAILED) exit(3);
  madvise(held, kHeldBytes, MADV_NOHUGEPAGE);
  if (madvise(held, kHeldBytes, MADV_POPULATE_READ) != 0) exit(4);
  pthread_t thread;
  for (int i = 0; i < kSpinners; ++i) {
    if (pthread_create(&thread, 0, spin, 0) != 0) exit(5);
  }
  pthread_create(&thread, 0, change_for_ever, 0);
}
