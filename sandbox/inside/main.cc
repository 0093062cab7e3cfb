// SPDX-License-Identifier: Apache-2.0

// The launcher as a program of its own: small and static, so that what is cloned from it is small
// too. Its image lies inside the library (sandbox/launcher_image.h), is executed from sealed memory
// and has its socket at descriptor 3.

#include "sandbox/inside/launcher_process.h"

int main() {
  gobox::sandbox::run_launcher(3);
}
