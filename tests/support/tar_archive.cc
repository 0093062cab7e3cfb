// SPDX-License-Identifier: Apache-2.0

#include "tests/support/tar_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "gtest/gtest.h"

namespace gobox::tests {
namespace {

la_ssize_t append(archive*, void* user, const void* data, size_t size) {
  static_cast<std::string*>(user)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

unsigned type_of(TarMember::Kind kind) {
  switch (kind) {
    case TarMember::Kind::kDirectory:
      return AE_IFDIR;
    case TarMember::Kind::kLink:
      return AE_IFLNK;
    case TarMember::Kind::kFifo:
      return AE_IFIFO;
    case TarMember::Kind::kFile:
    case TarMember::Kind::kHardLink:
      break;
  }
  return AE_IFREG;
}

void write(archive* to, const TarMember& member) {
  archive_entry* const entry = ::archive_entry_new();
  ::archive_entry_set_pathname(entry, member.path.c_str());
  ::archive_entry_set_filetype(entry, type_of(member.kind));
  ::archive_entry_set_perm(entry, member.mode);
  if (member.kind == TarMember::Kind::kLink) {
    ::archive_entry_set_symlink(entry, member.bytes.c_str());
  } else if (member.kind == TarMember::Kind::kHardLink) {
    ::archive_entry_set_hardlink(entry, member.bytes.c_str());
  } else if (member.kind == TarMember::Kind::kFile) {
    ::archive_entry_set_size(entry, static_cast<la_int64_t>(member.bytes.size()));
  }
  EXPECT_EQ(::archive_write_header(to, entry), ARCHIVE_OK) << ::archive_error_string(to);
  if (member.kind == TarMember::Kind::kFile) {
    ::archive_write_data(to, member.bytes.data(), member.bytes.size());
  }
  ::archive_entry_free(entry);
}

}  // namespace

std::string tar_of(const std::vector<TarMember>& members, TarFilter filter) {
  std::string bytes;
  archive* const to = ::archive_write_new();
  ::archive_write_set_format_pax_restricted(to);
  ::archive_write_set_bytes_in_last_block(to, 1);  // no padding behind what a filter makes
  if (filter == TarFilter::kGzip) ::archive_write_add_filter_gzip(to);
  if (filter == TarFilter::kZstd) ::archive_write_add_filter_zstd(to);
  EXPECT_EQ(::archive_write_open(to, &bytes, nullptr, append, nullptr), ARCHIVE_OK);
  for (const TarMember& member : members) write(to, member);
  EXPECT_EQ(::archive_write_close(to), ARCHIVE_OK);
  ::archive_write_free(to);
  return bytes;
}

}  // namespace gobox::tests
