// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/runtime_message.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runner/diagnosis/line_cursor.h"

namespace gobox::runner {

namespace {

using Kind = RuntimeMessageKind;

struct Phrase {
  std::string_view text;
  Kind kind;
};

// After "panic: ".
constexpr std::array<Phrase, 8> kPanics{{
    {"invalid memory address or nil pointer dereference", Kind::kNilDereference},
    {"runtime error: index out of range", Kind::kIndexOutOfRange},
    {"runtime error: slice bounds out of range", Kind::kIndexOutOfRange},
    {"makeslice: ", Kind::kMakeSlice},
    {"makechan: size out of range", Kind::kMakeSlice},
    {"makemap: size out of range", Kind::kMakeSlice},
    {"cannot allocate memory", Kind::kCannotAllocate},
    {"resource temporarily unavailable", Kind::kForkRefused},
}};

// After "fatal error: ".
constexpr std::array<Phrase, 10> kFatals{{
    {"- deadlock!", Kind::kDeadlock},
    {"concurrent map ", Kind::kConcurrentMap},
    {"stack overflow", Kind::kStackOverflow},
    {"out of memory", Kind::kOutOfMemory},
    {"cannot allocate memory", Kind::kOutOfMemory},
    {"failed to reserve page summary memory", Kind::kOutOfMemory},
    {"newosproc", Kind::kThreadRefused},
    {"thread exhaustion", Kind::kThreadLimit},
    {"fault", Kind::kSignal},
    {"unexpected signal during runtime execution", Kind::kSignal},
}};

// Lines the runtime prints shortly before "fatal error: " that say more than it does.
constexpr std::array<Phrase, 6> kPreludes{{
    {"runtime: goroutine stack exceeds ", Kind::kStackOverflow},
    {"runtime: out of memory: ", Kind::kOutOfMemory},
    {"runtime: failed to create new OS thread", Kind::kThreadRefused},
    {"runtime/cgo: pthread_create failed: ", Kind::kThreadRefused},
    {"runtime: program exceeds ", Kind::kThreadLimit},
    {"unexpected fault address ", Kind::kSignal},
}};

constexpr std::size_t kPreludeReach = 4;  // lines between it and the error

template <std::size_t Size>
std::optional<Kind> kind_within(const std::array<Phrase, Size>& phrases, std::string_view line) {
  for (const Phrase& phrase : phrases) {
    if (line.find(phrase.text) != std::string_view::npos) return phrase.kind;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> first_number(std::string_view line) {
  const std::size_t begin = line.find_first_of("0123456789");
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t end = line.find_first_not_of("0123456789", begin);
  return parse_decimal(line.substr(begin, end - begin));
}

bool has_amount(Kind kind) {
  return kind == Kind::kStackOverflow || kind == Kind::kOutOfMemory ||
         kind == Kind::kThreadRefused || kind == Kind::kThreadLimit || kind == Kind::kDataRace;
}

RuntimeMessage make_message(Kind kind, std::string_view line) {
  RuntimeMessage message{kind, printable(line, kLongestMessage), {}, {}};
  if (has_amount(kind)) message.amount = first_number(line);
  return message;
}

// "SIGSEGV: segmentation violation"
bool names_signal(std::string_view line) {
  if (!line.starts_with("SIG")) return false;
  const std::size_t colon = line.find(": ");
  return colon >= 5 && colon <= 10 &&
         std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool heads_goroutine(std::string_view line) {
  return line.starts_with("goroutine ") && !line.starts_with("goroutine 0 ") &&
         line.ends_with("]:") && line.find(" [") != std::string_view::npos;
}

// Reads lines in order and remembers the best ending so far.
class EndingReader {
 public:
  explicit EndingReader(const UserPaths& paths) : paths_(paths) {}

  void read(std::string_view text) {
    LineCursor lines(text);
    std::string_view line;
    while (lines.next(line)) take_line(line.substr(0, kLongestReportLine));
    break_off();
  }

  std::optional<RuntimeMessage> best() && {
    keep_current();
    if (ending_) return std::move(ending_->message);
    if (race_) return std::move(race_);
    return std::move(refusal_);
  }

 private:
  struct Ending {
    RuntimeMessage message;
    bool traced = false;
    bool panic = false;
  };

  void take_line(std::string_view line) {
    ++line_number_;
    if (line.empty()) {
      in_stack_ = false;
      return;
    }
    if (!take_ending(line) && !take_trace(line)) take_aside(line);
    relayed_ = line == "-----";
  }

  bool take_ending(std::string_view line) {
    if (line.starts_with("panic: ")) {
      open(make_message(kind_within(kPanics, line).value_or(Kind::kPanic), line), true);
    } else if (line.starts_with("\tpanic: ") && current_ && current_->panic && !current_->traced) {
      line.remove_prefix(1);  // raised while the first one unwound: this one ended the program
      current_->message = make_message(kind_within(kPanics, line).value_or(Kind::kPanic), line);
    } else if (line.starts_with("fatal error: ")) {
      open_fatal(line);
    } else if (const auto kind = prelude_kind(line)) {
      prelude_ = make_message(*kind, line);
      prelude_line_ = line_number_;
    } else if (names_signal(line)) {
      take_signal(line);
    } else {
      return false;
    }
    return true;
  }

  void open_fatal(std::string_view line) {
    const bool near = prelude_ && line_number_ - prelude_line_ <= kPreludeReach;
    const Kind kind = kind_within(kFatals, line).value_or(Kind::kFatalError);
    open(near ? std::move(*prelude_) : make_message(kind, line), false);
    prelude_.reset();
  }

  void take_signal(std::string_view line) {
    if (relayed_) return;  // a further thread's part of the same report
    if (line.starts_with("SIGQUIT: ")) {
      current_.reset();
      ending_.reset();
    } else {
      open(make_message(Kind::kSignal, line), false);
    }
  }

  void open(RuntimeMessage message, bool panic) {
    keep_current();
    current_ = Ending{std::move(message), false, panic};
    in_stack_ = false;
  }

  void keep_current() {
    if (current_ && (current_->traced || !ending_ || !ending_->traced)) {
      ending_ = std::move(current_);
    }
    current_.reset();
  }

  // The first goroutine printed after an ending is the one that failed.
  bool take_trace(std::string_view line) {
    if (heads_goroutine(line)) {
      in_stack_ = current_ && !current_->traced;
      if (in_stack_) current_->traced = true;
      function_.clear();
      return true;
    }
    if (!in_stack_) return false;
    if (line.front() != '\t') {
      function_ = line.starts_with("created by ") ? "" : parse_function(line).value_or("");
      return true;
    }
    const auto location = parse_location(line);
    if (location && !function_.empty() && paths_.contains(location->file)) {
      current_->message.at = make_frame(function_, *location, paths_);
      in_stack_ = false;
    }
    return true;
  }

  // What says something only when nothing else does.
  void take_aside(std::string_view line) {
    const bool found = line.starts_with("Found ") && line.ends_with(" data race(s)");
    if (found) race_ = make_message(Kind::kDataRace, line);
    if (line == "exit status 66" && !race_)
      race_ = RuntimeMessage{Kind::kDataRace, std::string(line), {}, {}};
    if (line.find("cannot allocate memory") != std::string_view::npos) {
      refusal_ = make_message(Kind::kCannotAllocate, line);
    } else if (line.find("fork/exec ") != std::string_view::npos &&
               line.find(": resource temporarily unavailable") != std::string_view::npos) {
      refusal_ = make_message(Kind::kForkRefused, line);
    }
  }

  std::optional<Kind> prelude_kind(std::string_view line) const {
    for (const Phrase& phrase : kPreludes) {
      if (line.starts_with(phrase.text)) return phrase.kind;
    }
    return std::nullopt;
  }

  // A gap in the text, or its end: what the runtime said last may stand without "fatal error".
  void break_off() {
    if (prelude_ && line_number_ - prelude_line_ <= kPreludeReach)
      open(std::move(*prelude_), false);
    prelude_.reset();
    keep_current();
    in_stack_ = false;
  }

  const UserPaths& paths_;
  std::size_t line_number_ = 0;
  std::size_t prelude_line_ = 0;
  bool in_stack_ = false;
  bool relayed_ = false;
  std::string function_;
  std::optional<RuntimeMessage> prelude_;
  std::optional<Ending> current_;
  std::optional<Ending> ending_;
  std::optional<RuntimeMessage> race_;
  std::optional<RuntimeMessage> refusal_;
};

}  // namespace

std::string_view name(RuntimeMessageKind kind) {
  switch (kind) {
    case Kind::kPanic:
      return "panic";
    case Kind::kNilDereference:
      return "nil_dereference";
    case Kind::kIndexOutOfRange:
      return "index_out_of_range";
    case Kind::kMakeSlice:
      return "make_size_out_of_range";
    case Kind::kDeadlock:
      return "deadlock";
    case Kind::kConcurrentMap:
      return "concurrent_map";
    case Kind::kStackOverflow:
      return "stack_overflow";
    case Kind::kOutOfMemory:
      return "out_of_memory";
    case Kind::kCannotAllocate:
      return "cannot_allocate";
    case Kind::kThreadLimit:
      return "thread_limit";
    case Kind::kThreadRefused:
      return "thread_refused";
    case Kind::kForkRefused:
      return "fork_refused";
    case Kind::kSignal:
      return "signal";
    case Kind::kFatalError:
      return "fatal_error";
    case Kind::kDataRace:
      return "data_race";
  }
  return "unknown";
}

std::optional<RuntimeMessage> find_runtime_message(std::string_view text, const UserPaths& paths) {
  EndingReader reader(paths);
  if (text.size() <= 2 * kMessageWindow) {
    reader.read(text);
  } else {
    reader.read(text.substr(0, kMessageWindow));
    const std::string_view tail = text.substr(text.size() - kMessageWindow);
    reader.read(tail.substr(std::min(tail.find('\n'), tail.size() - 1) + 1));
  }
  return std::move(reader).best();
}

}  // namespace gobox::runner
