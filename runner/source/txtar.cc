// SPDX-License-Identifier: Apache-2.0

#include "runner/source/txtar.h"

#include <optional>

#include "base/line.h"

namespace gobox::runner {
namespace {

constexpr std::string_view kMarkerStart = "-- ";
constexpr std::string_view kMarkerEnd = " --";

struct Marker {
  std::size_t begin = 0;  // of the marker line
  std::size_t end = 0;    // after its line end
  std::string_view name;
  std::string_view line_end = "\n";
};

// The marker whose line begins at `begin`, if that line is one.
std::optional<Marker> marker_at(std::string_view bytes, std::size_t begin) {
  std::string_view line = bytes.substr(begin);
  if (!line.starts_with(kMarkerStart)) return std::nullopt;
  Marker marker{.begin = begin, .end = bytes.size(), .name = {}, .line_end = "\n"};
  if (const std::size_t newline = line.find('\n'); newline != std::string_view::npos) {
    marker.end = begin + newline + 1;
    line = line.substr(0, newline);
    if (line.ends_with('\r')) {
      marker.line_end = "\r\n";
      line.remove_suffix(1);
    }
  }
  if (!line.ends_with(kMarkerEnd) || line.size() < kMarkerStart.size() + kMarkerEnd.size()) {
    return std::nullopt;
  }
  line.remove_prefix(kMarkerStart.size());
  line.remove_suffix(kMarkerEnd.size());
  marker.name = trimmed(line);
  if (marker.name.empty()) return std::nullopt;
  return marker;
}

// The first marker at or after `from`, which is the start of a line.
std::optional<Marker> next_marker(std::string_view bytes, std::size_t from) {
  while (from < bytes.size()) {
    if (auto marker = marker_at(bytes, from)) return marker;
    const std::size_t newline = bytes.find("\n-- ", from);
    if (newline == std::string_view::npos) return std::nullopt;
    from = newline + 1;
  }
  return std::nullopt;
}

void append_with_newline(std::string& text, std::string_view part) {
  text += part;
  if (!part.empty() && !part.ends_with('\n')) text += '\n';
}

}  // namespace

TxtarArchive parse_txtar(std::string_view bytes, std::size_t most_files) {
  TxtarArchive archive;
  auto marker = next_marker(bytes, 0);
  archive.comment = bytes.substr(0, marker ? marker->begin : bytes.size());
  while (marker) {
    const auto next = next_marker(bytes, marker->end);
    const std::size_t end = next ? next->begin : bytes.size();
    TxtarFile file{marker->name, bytes.substr(marker->end, end - marker->end), {}};
    if (!file.data.empty() && !file.data.ends_with('\n')) file.missing_newline = marker->line_end;
    if (archive.files.size() < most_files) archive.files.push_back(file);
    ++archive.file_count;
    marker = next;
  }
  return archive;
}

bool has_txtar_marker(std::string_view bytes) {
  return next_marker(bytes, 0).has_value();
}

std::string format_txtar(std::string_view comment, const std::vector<TxtarFile>& files) {
  std::string text;
  append_with_newline(text, comment);
  for (const TxtarFile& file : files) {
    text.append("-- ").append(file.name).append(" --\n");
    append_with_newline(text, file.data);
  }
  return text;
}

}  // namespace gobox::runner
