// SPDX-License-Identifier: Apache-2.0

#include "base/archive_library.h"

#include "base/shared_library.h"

namespace gobox {
namespace {

struct Loaded {
  SharedLibrary library{"libarchive.so.13"};
  ArchiveLibrary functions;

  Loaded() {
    ArchiveLibrary& all = functions;
    library.find("archive_read_new", all.read_new);
    library.find("archive_read_free", all.read_free);
    library.find("archive_read_support_format_tar", all.read_support_format_tar);
    library.find("archive_read_support_format_zip_seekable", all.read_support_format_zip_seekable);
    library.find("archive_read_support_filter_gzip", all.read_support_filter_gzip);
    library.find("archive_read_support_filter_zstd", all.read_support_filter_zstd);
    library.find("archive_read_set_options", all.read_set_options);
    library.find("archive_read_open_fd", all.read_open_fd);
    library.find("archive_read_open_memory", all.read_open_memory);
    library.find("archive_read_next_header", all.read_next_header);
    library.find("archive_read_data", all.read_data);
    library.find("archive_error_string", all.error_string);
    library.find("archive_entry_pathname", all.entry_pathname);
    library.find("archive_entry_filetype", all.entry_filetype);
    library.find("archive_entry_hardlink", all.entry_hardlink);
    library.find("archive_entry_symlink", all.entry_symlink);
    library.find("archive_entry_perm", all.entry_perm);
    library.find("archive_entry_size", all.entry_size);
    library.find("archive_entry_size_is_set", all.entry_size_is_set);
  }
};

}  // namespace

Result<const ArchiveLibrary*> archive_library() {
  static const Loaded loaded;
  if (loaded.library.trouble().empty()) return &loaded.functions;
  return Error::host("archives cannot be read here: " + loaded.library.trouble());
}

}  // namespace gobox
