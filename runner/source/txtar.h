// SPDX-License-Identifier: Apache-2.0

#pragma once

// The txtar text archive of golang.org/x/tools/txtar: any text, then files that each begin with a
// line "-- NAME --". Every byte sequence is a valid archive, so parsing cannot fail; whether the
// names are usable is for runner/source/workspace.h to say.
//
// Marker lines may end in "\r\n". White space around the name is dropped, and a marker whose name
// is then empty is ordinary text. Views point into the caller's bytes and live as long as those do.
// Linear time. Thread-safe; no state.

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace gobox::runner {

struct TxtarFile {
  std::string_view name;
  std::string_view data;
  // What the format adds when the archive's last line lacks its line end; otherwise empty.
  std::string_view missing_newline;
};

struct TxtarArchive {
  std::string_view comment;  // everything before the first marker
  std::vector<TxtarFile> files;
  std::size_t file_count = 0;  // markers seen; more than files.size() when `most_files` cut it off
};

TxtarArchive parse_txtar(std::string_view bytes,
                         std::size_t most_files = std::numeric_limits<std::size_t>::max());

bool has_txtar_marker(std::string_view bytes);

// The archive as text: `comment` and each file's data end in a newline where they are not empty.
std::string format_txtar(std::string_view comment, const std::vector<TxtarFile>& files);

}  // namespace gobox::runner
