// SPDX-License-Identifier: Apache-2.0

#include "api/runs/playback.h"

#include <algorithm>
#include <string_view>

#include "runner/result/result_json.h"

namespace gobox::api {
namespace {

constexpr Nanoseconds kUnseen = std::chrono::milliseconds(10);
constexpr Nanoseconds kLongest = std::chrono::seconds(1);
constexpr std::string_view kFrameMark("\0\0PB", 4);
constexpr std::size_t kFrameHead = 16;  // mark, 8 bytes of time, 4 of length, big-endian
constexpr std::int64_t kFakeStart = 1257894000000000000;  // 2009-11-10 23:00:00 UTC

struct Piece {
  bool is_stderr = false;
  std::int64_t time_ns = 0;
  std::string bytes;
};

// How many bytes at the end of `text` begin a character that is not complete.
std::size_t incomplete_tail(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

// Neighbours of the same moment and stream become one; characters cut in two are put together.
std::vector<PlaygroundEvent> to_events(std::vector<Piece> pieces, std::int64_t start) {
  std::vector<Piece> merged;
  for (Piece& piece : pieces) {
    const bool same = !merged.empty() && merged.back().is_stderr == piece.is_stderr &&
                      merged.back().time_ns == piece.time_ns;
    if (same) {
      merged.back().bytes += piece.bytes;
    } else {
      merged.push_back(std::move(piece));
    }
  }
  std::size_t last[2] = {0, 0};  // of each stream
  for (std::size_t i = 0; i < merged.size(); ++i) last[merged[i].is_stderr] = i;
  std::vector<PlaygroundEvent> events;
  std::string carried[2];
  std::int64_t before = start;
  for (std::size_t i = 0; i < merged.size(); ++i) {
    Piece& piece = merged[i];
    std::string bytes = std::move(carried[piece.is_stderr]) + piece.bytes;
    carried[piece.is_stderr].clear();
    const std::size_t tail = i < last[piece.is_stderr] ? incomplete_tail(bytes) : 0;
    carried[piece.is_stderr] = bytes.substr(bytes.size() - tail);
    bytes.resize(bytes.size() - tail);
    if (bytes.empty()) continue;
    events.push_back({piece.is_stderr, piece.time_ns - before, runner::to_utf8(bytes)});
    before = piece.time_ns;
  }
  return events;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

void read_frames(std::string_view bytes, bool is_stderr, std::vector<Piece>& pieces) {
  std::int64_t time = kFakeStart;
  while (!bytes.empty()) {
    std::size_t length = 0;
    if (bytes.starts_with(kFrameMark) && bytes.size() >= kFrameHead) {
      // Time never runs backwards, whatever a program writes into a frame of its own making.
      time = std::max(time, static_cast<std::int64_t>(big_endian(bytes.substr(4, 8))));
      length = static_cast<std::size_t>(big_endian(bytes.substr(12, 4)));
      bytes.remove_prefix(kFrameHead);
      length = std::min(length, bytes.size());
    } else {
      length = std::min(bytes.find(kFrameMark, 1), bytes.size());
    }
    if (length > 0) pieces.push_back({is_stderr, time, std::string(bytes.substr(0, length))});
    bytes.remove_prefix(length);
  }
}

}  // namespace

std::vector<PlaygroundEvent> events_in_real_time(const std::vector<sandbox::OutputChunk>& output) {
  std::vector<Piece> pieces;
  Nanoseconds shown{0};
  Nanoseconds real{0};
  for (const sandbox::OutputChunk& chunk : output) {
    const Nanoseconds gap = chunk.offset - real;
    if (gap >= kUnseen) shown += std::min(gap, kLongest);
    if (gap >= kUnseen || pieces.empty()) real = chunk.offset;
    pieces.push_back({chunk.is_stderr, shown.count(), chunk.bytes});
  }
  // The program's start is not shown as a pause.
  const std::int64_t start = pieces.empty() ? 0 : pieces.front().time_ns;
  return to_events(std::move(pieces), start);
}

std::vector<PlaygroundEvent> events_in_fake_time(const std::vector<sandbox::OutputChunk>& output) {
  std::string streams[2];
  for (const sandbox::OutputChunk& chunk : output) streams[chunk.is_stderr] += chunk.bytes;
  std::vector<Piece> pieces;
  read_frames(streams[0], false, pieces);
  read_frames(streams[1], true, pieces);
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& left, const Piece& right) {
    return left.time_ns < right.time_ns;
  });
  return to_events(std::move(pieces), kFakeStart);
}

}  // namespace gobox::api
