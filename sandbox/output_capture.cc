#include "sandbox/output_capture.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace gobox::sandbox {
namespace {

constexpr std::size_t kMaxDump = std::size_t{32} << 20;
constexpr int kMaxRounds = 64;  // of reading one pipe without a pause
constexpr auto kSameMoment = std::chrono::milliseconds(1);

}  // namespace

Result<OutputCapture> OutputCapture::create(std::uint64_t cap, unsigned owner, Sink sink) {
  OutputCapture capture;
  capture.cap_ = cap;
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
  const auto room = static_cast<std::size_t>(cap_ - stream.kept);
  if (bytes.size() > room) {
    stream.over_cap = true;
    bytes = bytes.substr(0, room);
  }
  if (bytes.empty()) return;
  stream.kept += bytes.size();
  if (sink_) sink_(is_stderr, bytes);
  const Nanoseconds offset = Clock::now() - start_;
  if (!chunks_.empty() && chunks_.back().is_stderr == is_stderr &&
      offset - chunks_.back().offset < kSameMoment) {
    chunks_.back().bytes.append(bytes);
    return;
  }
  chunks_.push_back({is_stderr, offset, std::string(bytes)});
}

// Bounded: the writers are dead, so at most one pipe's capacity is left. A writer that escaped
// death (stuck in the kernel) must not hold us here.
void OutputCapture::drain() {
  read_all(false);
  read_all(true);
  if (filter_) keep(true, filter_({}, true));
}

void OutputCapture::move_into(Ending& ending) {
  ending.output = std::move(chunks_);
  ending.stdout_truncated = streams_[0].over_cap;
  ending.stderr_truncated = streams_[1].over_cap;
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
