// SPDX-License-Identifier: Apache-2.0

#include "sandbox/launcher_image.h"

#include "base/file.h"

// The assembler's names (launcher_image.S.in).
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {
extern const char gobox_launcher_image_begin[];
extern const char gobox_launcher_image_end[];
}

// NOLINTEND(readability-identifier-naming)

namespace gobox::sandbox {

Result<UniqueFd> launcher_image() {
  const auto size = static_cast<std::size_t>(gobox_launcher_image_end - gobox_launcher_image_begin);
  const UniqueFd writer =
      TRY(sealed_memory_file("sandbox-launcher", {gobox_launcher_image_begin, size}));
  return reopen_for_reading(writer);
}

}  // namespace gobox::sandbox
