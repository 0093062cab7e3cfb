// SPDX-License-Identifier: Apache-2.0

#include "sandbox/output_capture.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/utf8.h"

namespace gobox::sandbox {
namespace {

constexpr std::size_t kMaxDump = std::size_t{32} << 20;
constexpr int kMaxRounds = 64;  // of reading one pipe without a pause
constexpr auto kSameMoment = std::chrono::milliseconds(1);
// So many pieces are told apart as finely as they came. Behind them the moments of one stream grow
// longer, the more pieces there are: a program that writes single bytes to both streams in turn
// would otherwise cost a hundred times its output.
constexpr std::size_t kFinePieces = 1000;
constexpr auto kCoarseMoment = std::chrono::milliseconds(10);  // for each so many pieces

}  // namespace

Result<OutputCapture> OutputCapture::create(std::uint64_t cap, policies::OutputLimit at_cap,
                                            unsigned owner, Sink sink) {
  OutputCapture capture;
  capture.cap_ = cap;
  capture.at_cap_ = at_cap;
  capture.sink_ = std::move(sink);
  for (Stream& stream : capture.streams_) {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) return Error::system("pipe2");
    stream.reader.reset(fds[0]);
    stream.writer.reset(fds[1]);
    // O_NONBLOCK belongs to the open file, so only the reader's end has it.
    if (::fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0) return Error::system("fcntl on a pipe");
    if (::fchown(fds[1], owner, static_cast<gid_t>(-1)) != 0) return Error::system("fchown a pipe");
  }
  return capture;
}

void OutputCapture::close_writing_ends() {
  for (Stream& stream : streams_) stream.writer.reset();
}

bool OutputCapture::read_once(bool is_stderr) {
  Stream& stream = streams_[is_stderr];
  char buffer[65536];
  const ssize_t count = ::read(stream.reader.get(), buffer, sizeof buffer);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) {
    stream.reader.reset();
    return false;
  }
  stream.seen += static_cast<std::uint64_t>(count);
  const std::string_view bytes(buffer, static_cast<std::size_t>(count));
  if (is_stderr && filter_) {
    keep(is_stderr, filter_(bytes, false));
  } else {
    keep(is_stderr, bytes);
  }
  return true;
}

void OutputCapture::read_all(bool is_stderr) {
  for (int round = 0; round < kMaxRounds && streams_[is_stderr].reader; ++round) {
    const auto before = streams_[is_stderr].seen;
    if (!read_once(is_stderr) || streams_[is_stderr].seen == before) break;
  }
}

// A pipe of one MiB is as large as an ordinary user may have (pipe(7)); a smaller one is slower
// only.
void OutputCapture::begin_dump() {
  dumping_ = true;
  constexpr int kDumpPipe = 1 << 20;
  if (streams_[1].reader)
    static_cast<void>(::fcntl(streams_[1].reader.get(), F_SETPIPE_SZ, kDumpPipe));
}

void OutputCapture::keep(bool is_stderr, std::string_view bytes) {
  Stream& stream = streams_[is_stderr];
  if (dumping_ && is_stderr && dump_.size() < kMaxDump) {
    dump_.append(bytes.substr(0, kMaxDump - dump_.size()));
  }
  const bool kills = at_cap_ == policies::OutputLimit::kKill;
  const std::uint64_t head = kills ? cap_ : cap_ / 2;
  // Once cut, cut for good: what follows would not fit on to it.
  const bool cut = stream.omitted > 0 || !stream.tail.empty();
  const std::string_view first =
      cut ? std::string_view() : cut_utf8(bytes, static_cast<std::size_t>(head - stream.kept));
  append(is_stderr, first);
  bytes.remove_prefix(first.size());
  if (kills) {
    stream.omitted += bytes.size();
  } else {
    keep_tail(stream, bytes);
  }
}

// Twice as much is held as is kept in the end, so that little is moved.
void OutputCapture::keep_tail(Stream& stream, std::string_view bytes) const {
  const auto most = static_cast<std::size_t>(cap_ - cap_ / 2);
  stream.tail.append(bytes);
  if (stream.tail.size() <= 2 * most) return;
  const std::size_t extra = stream.tail.size() - most;
  stream.tail.erase(0, extra);
  stream.omitted += extra;
}

// Whole lines where there are any, and whole characters.
void OutputCapture::close_tail(bool is_stderr) {
  if (at_cap_ == policies::OutputLimit::kKill) return;
  Stream& stream = streams_[is_stderr];
  std::string tail = std::move(stream.tail);
  stream.tail.clear();
  const auto most = static_cast<std::size_t>(cap_ - cap_ / 2);
  std::size_t extra = tail.size() > most ? tail.size() - most : 0;
  if (extra > 0 || stream.omitted > 0) {
    const std::size_t line = tail.find('\n', extra);
    if (line != std::string::npos && line + 1 < tail.size()) extra = line + 1;
    while (extra < tail.size() && (static_cast<unsigned char>(tail[extra]) & 0xc0) == 0x80) ++extra;
  }
  stream.omitted += extra;
  if (stream.omitted > 0) {
    append(is_stderr, "\n[" + std::to_string(stream.omitted) + " bytes left out here]\n");
  }
  append(is_stderr, std::string_view(tail).substr(extra));
}

void OutputCapture::append(bool is_stderr, std::string_view bytes) {
  if (bytes.empty()) return;
  Stream& stream = streams_[is_stderr];
  stream.kept += bytes.size();
  if (sink_) sink_(is_stderr, bytes);
  const Nanoseconds offset = Clock::now() - start_;
  if (OutputChunk* same = chunk_of_this_moment(is_stderr, offset)) {
    same->bytes.append(bytes);
    return;
  }
  stream.last_chunk = chunks_.size();
  chunks_.push_back({is_stderr, offset, std::string(bytes)});
}

// Null: what comes now is a piece of its own.
OutputChunk* OutputCapture::chunk_of_this_moment(bool is_stderr, Nanoseconds offset) {
  const Stream& stream = streams_[is_stderr];
  if (stream.last_chunk >= chunks_.size()) return nullptr;  // it has none yet
  OutputChunk& last = chunks_[stream.last_chunk];
  const Nanoseconds age = offset - last.offset;
  if (&last == &chunks_.back() && age < kSameMoment) return &last;
  const auto coarse = static_cast<std::int64_t>(chunks_.size() / kFinePieces);
  return age < coarse * kCoarseMoment ? &last : nullptr;
}

// Bounded: the writers are dead, so at most one pipe's capacity is left. A writer that escaped
// death (stuck in the kernel) must not hold us here.
void OutputCapture::drain() {
  read_all(false);
  read_all(true);
  if (filter_) keep(true, filter_({}, true));
}

void OutputCapture::move_into(Ending& ending) {
  for (const bool is_stderr : {false, true}) close_tail(is_stderr);
  ending.output = std::move(chunks_);
  ending.stdout_truncated = streams_[0].omitted > 0;
  ending.stderr_truncated = streams_[1].omitted > 0;
  ending.stdout_omitted = streams_[0].omitted;
  ending.stderr_omitted = streams_[1].omitted;
  ending.after_quit = std::move(dump_);
}

std::string Ending::text(bool of_stderr) const {
  std::string text;
  for (const OutputChunk& chunk : output) {
    if (chunk.is_stderr == of_stderr) text += chunk.bytes;
  }
  return text;
}

}  // namespace gobox::sandbox
