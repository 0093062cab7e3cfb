// SPDX-License-Identifier: Apache-2.0

#pragma once

// What is used of libarchive, loaded when an archive is first read (SharedLibrary). The members are
// libarchive's functions without their prefix; include from .cc files only.
// Facts: archive_read(3), archive_entry(3).

#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"

namespace gobox {

struct ArchiveLibrary {
  decltype(::archive_read_new)* read_new = nullptr;
  decltype(::archive_read_free)* read_free = nullptr;
  decltype(::archive_read_support_format_tar)* read_support_format_tar = nullptr;
  decltype(::archive_read_support_format_zip_seekable)* read_support_format_zip_seekable = nullptr;
  decltype(::archive_read_support_filter_gzip)* read_support_filter_gzip = nullptr;
  decltype(::archive_read_support_filter_zstd)* read_support_filter_zstd = nullptr;
  decltype(::archive_read_set_options)* read_set_options = nullptr;
  decltype(::archive_read_open_fd)* read_open_fd = nullptr;
  decltype(::archive_read_open_memory)* read_open_memory = nullptr;
  decltype(::archive_read_next_header)* read_next_header = nullptr;
  decltype(::archive_read_data)* read_data = nullptr;
  decltype(::archive_error_string)* error_string = nullptr;
  decltype(::archive_entry_pathname)* entry_pathname = nullptr;
  decltype(::archive_entry_filetype)* entry_filetype = nullptr;
  decltype(::archive_entry_hardlink)* entry_hardlink = nullptr;
  decltype(::archive_entry_symlink)* entry_symlink = nullptr;
  decltype(::archive_entry_perm)* entry_perm = nullptr;
  decltype(::archive_entry_size)* entry_size = nullptr;
  decltype(::archive_entry_size_is_set)* entry_size_is_set = nullptr;
};

// An Error of kind host: this host lacks it.
Result<const ArchiveLibrary*> archive_library();

}  // namespace gobox
