// SPDX-License-Identifier: Apache-2.0

// The grammar of one line of the trace (declared in gctrace.h).

#include <charconv>
#include <system_error>

#include "runner/diagnosis/gctrace.h"

namespace gobox::runner {

namespace {

constexpr std::size_t kMaxDigits = 12;  // keeps MiB within 64 bits, and bounds a record's length

// Reads along the text. After a failed step every further step fails, and `needs_more` tells
// whether the text only ended too early.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }

  bool needs_more() const { return needs_more_; }

  std::size_t position() const { return position_; }

  void literal(std::string_view wanted) {
    if (!ok_) return;
    const std::string_view rest = text_.substr(position_, wanted.size());
    if (rest == wanted) {
      position_ += wanted.size();
    } else {
      fail(wanted.starts_with(rest));
    }
  }

  // True when the literal was there; when it was not, nothing is lost.
  bool maybe(std::string_view wanted) {
    if (!ok_) return false;
    const std::string_view rest = text_.substr(position_, wanted.size());
    if (rest == wanted) {
      position_ += wanted.size();
      return true;
    }
    if (wanted.starts_with(rest)) fail(true);
    return false;
  }

  std::uint64_t whole() {
    const std::string_view digits = span(false);
    std::uint64_t value = 0;
    convert(digits, value);
    return value;
  }

  double decimal() {
    const std::string_view digits = span(true);
    double value = 0;
    if (ok_ && (digits.front() == '.' || digits.back() == '.')) fail(false);
    convert(digits, value);
    return value;
  }

 private:
  void fail(bool text_ended) {
    ok_ = false;
    needs_more_ = text_ended;
  }

  // The run of digits here, with one point where allowed.
  std::string_view span(bool with_point) {
    if (!ok_) return {};
    std::size_t end = position_;
    bool point = false;
    while (end < text_.size() && end - position_ <= kMaxDigits) {
      const bool is_point = with_point && !point && text_[end] == '.';
      if (!is_point && (text_[end] < '0' || text_[end] > '9')) break;
      point = point || is_point;
      ++end;
    }
    const bool too_long = end - position_ > kMaxDigits;
    if (!too_long && end == text_.size()) {
      fail(true);  // more digits may follow
    } else if (too_long || end == position_) {
      fail(false);
    }
    if (!ok_) return {};
    const std::string_view digits = text_.substr(position_, end - position_);
    position_ = end;
    return digits;
  }

  template <typename Number>
  void convert(std::string_view digits, Number& value) {
    if (!ok_) return;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) fail(false);
  }

  std::string_view text_;
  std::size_t position_ = 0;
  bool ok_ = true;
  bool needs_more_ = false;
};

std::uint64_t mebibytes(Reader& in) {
  return in.whole() << 20;
}

void read_times(Reader& in, GcRecord& record) {
  record.sweep_pause_ms = in.decimal();
  in.literal("+");
  record.mark_ms = in.decimal();
  in.literal("+");
  record.mark_pause_ms = in.decimal();
  in.literal(" ms clock, ");
  record.sweep_cpu_ms = in.decimal();
  in.literal("+");
  record.assist_cpu_ms = in.decimal();
  in.literal("/");
  record.background_cpu_ms = in.decimal();
  in.literal("/");
  record.idle_cpu_ms = in.decimal();
  in.literal("+");
  record.mark_cpu_ms = in.decimal();
  in.literal(" ms cpu, ");
}

void read_sizes(Reader& in, GcRecord& record) {
  record.heap_before = mebibytes(in);
  in.literal("->");
  record.heap_after = mebibytes(in);
  in.literal("->");
  record.heap_live = mebibytes(in);
  in.literal(" MB, ");
  record.goal = mebibytes(in);
  in.literal(" MB goal, ");
  const std::uint64_t next = in.whole();
  if (in.maybe(" MB stacks, ")) {
    in.whole();
    in.literal(" MB globals, ");
    record.processors = in.whole();
  } else {
    record.processors = next;
  }
  in.literal(" P");
}

GcRecord read_record(Reader& in) {
  GcRecord record;
  in.literal("gc ");
  record.number = in.whole();
  in.literal(" @");
  record.at_seconds = in.decimal();
  in.literal("s ");
  const std::uint64_t percent = in.whole();
  record.cpu_percent = percent > 100 ? 100U : static_cast<unsigned>(percent);
  in.literal("%");
  in.maybe(" (checking for goroutine leaks)");
  in.literal(": ");
  read_times(in, record);
  read_sizes(in, record);
  record.forced = in.maybe(" (forced)");
  in.literal("\n");
  return record;
}

// "scvg3: inuse: 426, idle: 0, sys: 427, released: 0, consumed: 427 (MB)" or "scvg3: 2 MB released"
void read_scavenge(Reader& in) {
  in.literal("scvg");
  if (!in.maybe(": ")) {
    in.whole();
    in.literal(": ");
  }
  if (in.maybe("inuse: ")) {
    in.whole();
    for (const std::string_view name : {", idle: ", ", sys: ", ", released: ", ", consumed: "}) {
      in.literal(name);
      in.whole();
    }
    in.literal(" (MB)\n");
  } else {
    in.whole();
    in.literal(" MB released\n");
  }
}

GcMatch conclude(const Reader& in, GcMatch::Kind kind) {
  if (in.ok()) return {kind, in.position(), {}};
  return {in.needs_more() ? GcMatch::Kind::kNeedsMore : GcMatch::Kind::kNone, 0, {}};
}

}  // namespace

GcMatch match_gc_record(std::string_view text) {
  if (text.starts_with("s")) {
    Reader scavenge(text);
    read_scavenge(scavenge);
    return conclude(scavenge, GcMatch::Kind::kScavenge);
  }
  Reader in(text);
  GcRecord record = read_record(in);
  GcMatch match = conclude(in, GcMatch::Kind::kRecord);
  match.record = record;
  return match;
}

}  // namespace gobox::runner
