// SPDX-License-Identifier: Apache-2.0

#pragma once

// A file of the host's that a caller named or that lies in a tree it named: opened only when it is
// regular, never through a link, because a stranger's tree may point at the host's secrets.
// Internal to runner/source.

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/source/workspace_builder.h"

namespace gobox::runner {

// The caller's fault (no such file, no permission) unless this machine is out of something.
Error cannot_read(std::string_view path, int errno_value);

// "a symbolic link", "a named pipe", ...
const char* kind_of_file(mode_t mode);

// Adds the host file `name` in `directory` as `path`; `shown` is what the caller called it.
Result<void> add_host_file(WorkspaceBuilder& builder, int directory, const std::string& name,
                           const std::string& path, std::string_view shown);

}  // namespace gobox::runner
