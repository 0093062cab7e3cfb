// SPDX-License-Identifier: Apache-2.0

#pragma once

// Small files, whole: the /proc, cgroup and configuration files this project reads and writes.
//
// Every call opens relative to a directory descriptor (AT_FDCWD for the working directory), with
// O_CLOEXEC, retries EINTR and reports the path and errno. Nothing here creates a file unless its
// name says so: writing a missing cgroup file must fail, not leave a stray regular file.
// Thread-safe; no state.

#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox {

Result<UniqueFd> open_at(int directory, const std::string& path, int flags, unsigned mode = 0);

// The file's bytes; more than `most` bytes is an error.
Result<std::string> read_file_at(int directory, const std::string& path,
                                 std::size_t most = std::size_t{16} << 20);
Result<std::string> read_file(const std::string& path, std::size_t most = std::size_t{16} << 20);
Result<std::string> read_fd(int fd, std::size_t most);

// One write(2) to an existing file, as the kernel's control files want it.
Result<void> write_file_at(int directory, const std::string& path, std::string_view text);

// All bytes, however many write(2) calls that takes.
Result<void> write_all(int fd, std::string_view bytes);

// An anonymous file holding `bytes`, sealed against every change (memfd_create(2), fcntl(2)
// F_SEAL_*).
Result<UniqueFd> sealed_memory_file(const char* name, std::string_view bytes);

// A second, read-only descriptor of the same file: while anyone holds one for writing, executing it
// fails with ETXTBSY.
Result<UniqueFd> reopen_for_reading(const UniqueFd& file);

// The number after `key` in "key value" lines (cgroup's flat-keyed files), where present.
std::optional<std::uint64_t> keyed_number(std::string_view text, std::string_view key);

// A file that holds one number; "max" and garbage give nothing.
std::optional<std::uint64_t> lone_number(std::string_view text);

}  // namespace gobox
