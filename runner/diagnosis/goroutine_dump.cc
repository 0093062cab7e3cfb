// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/goroutine_dump.h"

#include <algorithm>
#include <tuple>

#include "runner/diagnosis/line_cursor.h"

namespace gobox::runner {

namespace {

constexpr std::size_t kLongestState = 64;
constexpr std::size_t kMaxStackless = 64;  // running on other threads: as many as there are CPUs
constexpr std::string_view kStackless = "\tgoroutine running on other thread; stack unavailable";

struct Header {
  std::uint64_t id = 0;
  std::string_view state;
  std::optional<std::chrono::minutes> wait;
};

std::string_view before(std::string_view text, std::string_view mark) {
  return text.substr(0, text.find(mark));
}

// "5 [chan send (scan), 2 minutes, locked to thread]:" with or without " gp=... m=..." after the
// id.
std::optional<Header> parse_header(std::string_view line) {
  constexpr std::string_view kStart = "goroutine ";
  if (!line.starts_with(kStart) || !line.ends_with("]:")) return std::nullopt;
  line.remove_prefix(kStart.size());
  line.remove_suffix(2);
  const std::size_t bracket = line.find(" [");
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::string_view name = line.substr(0, bracket);
  const auto id = parse_decimal(before(name, " "));
  if (!id) return std::nullopt;
  if (name.find(' ') != std::string_view::npos && name.find(" gp=0x") == std::string_view::npos) {
    return std::nullopt;
  }
  Header header{*id, {}, {}};
  std::string_view rest = before(line.substr(bracket + 2), " labels:{");
  header.state = before(before(rest, ", "), " (scan)");
  if (header.state.empty()) return std::nullopt;
  while (rest.find(", ") != std::string_view::npos) {
    rest.remove_prefix(rest.find(", ") + 2);
    const std::string_view part = before(rest, ", ");
    if (!part.ends_with(" minutes")) continue;
    const auto minutes = parse_decimal(part.substr(0, part.size() - 8));
    if (minutes && *minutes < 1'000'000'000) header.wait = std::chrono::minutes(*minutes);
  }
  return header;
}

// "SIGQUIT: quit"
bool names_signal(std::string_view line) {
  if (!line.starts_with("SIG")) return false;
  const std::string_view name = before(line, ":");
  return name.size() >= 5 && name.size() <= 10 && line.substr(name.size()).starts_with(": ") &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// "rax    0x5ad4a0"
bool names_register(std::string_view line) {
  if (line.size() < 6 || line.size() > 40) return false;
  const std::size_t space = line.find(' ');
  const std::size_t value = line.find_first_not_of(' ', space);
  return space <= 6 && value != std::string_view::npos && line.substr(value).starts_with("0x") &&
         line.find(' ', value) == std::string_view::npos;
}

bool elides(std::string_view line) {
  return line.starts_with("...") && line.ends_with(" frames elided...");
}

constexpr std::uint64_t kHashBasis = 14695981039346656037ULL;

// FNV-1a; the terminator keeps "ab"+"c" and "a"+"bc" apart.
void mix(std::uint64_t& hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  hash = (hash ^ 0xffU) * 1099511628211ULL;
}

void mix(std::uint64_t& hash, const Frame& frame) {
  mix(hash, frame.function);
  mix(hash, frame.file);
  mix(hash, std::to_string(frame.line));
}

void note_wait(GoroutineGroup& group, std::optional<std::chrono::minutes> wait) {
  if (!wait && !group.longest_wait) return;
  const std::chrono::minutes waited = wait.value_or(std::chrono::minutes(0));
  const bool first = group.count == 0;
  if (!group.longest_wait) group.longest_wait = waited;
  if (!group.shortest_wait) group.shortest_wait = first ? waited : std::chrono::minutes(0);
  group.longest_wait = std::max(*group.longest_wait, waited);
  group.shortest_wait = std::min(*group.shortest_wait, waited);
}

}  // namespace

void GoroutineDumpParser::feed(std::string_view chunk) {
  LineCursor lines(chunk);
  std::string_view line;
  while (lines.next(line)) {
    if (partial_length_ == 0 && lines.complete()) {
      take_line(line, offset_ + lines.begin(), offset_ + lines.end());
      continue;
    }
    partial_length_ += line.size();
    // One byte over the limit is kept, so that the line shows as too long.
    partial_.append(line.substr(0, kLongestReportLine + 1 - partial_.size()));
    if (!lines.complete()) break;
    const std::size_t end = offset_ + lines.end();
    take_line(partial_, end - partial_length_ - 1, end);
    partial_.clear();
    partial_length_ = 0;
  }
  offset_ += chunk.size();
}

std::optional<GoroutineDump> GoroutineDumpParser::finish() {
  if (partial_length_ > 0) {
    breaks_off_ = section_ == Section::kGoroutine;
    take_line(partial_, offset_ - partial_length_, offset_);
  }
  if (section_ == Section::kGoroutine && !function_.empty()) breaks_off_ = true;
  // After the last stack of a whole dump on a signal come the registers.
  if (section_ == Section::kGoroutine && heading_ == Heading::kSignal) breaks_off_ = true;
  // Half a stack would only look like a group of its own.
  if (breaks_off_ && dump_.total > 0) section_ = Section::kNone;
  close_section();
  if (dump_.total == 0) return std::nullopt;
  dump_.truncated = dump_.truncated || breaks_off_;
  std::erase_if(dump_.groups, [](const GoroutineGroup& group) { return group.count == 0; });
  std::stable_sort(dump_.groups.begin(), dump_.groups.end(),
                   [](const GoroutineGroup& a, const GoroutineGroup& b) {
                     return std::tuple(!a.system, a.count, a.user_code) >
                            std::tuple(!b.system, b.count, b.user_code);
                   });
  return std::move(dump_);
}

void GoroutineDumpParser::take_line(std::string_view line, std::size_t begin, std::size_t end) {
  bool ours = true;
  if (line.size() > kLongestReportLine) {
    ours = false;
  } else if (line.empty()) {
    close_section();
    return;
  } else if (take_heading(line, begin) || take_header(line, begin)) {
    // Taken.
  } else if (line == "runtime stack:") {
    close_section();
    section_ = Section::kOther;
  } else if (line == "-----") {
    close_section();
    relayed_ = true;
  } else if (section_ == Section::kGoroutine) {
    ours = take_stack_line(line);
  } else if (section_ == Section::kNone) {
    ours = line.starts_with("PC=0x") || names_register(line);
  }
  if (!ours) {
    take_noise();
  } else if (dump_.total > 0 || section_ == Section::kGoroutine) {
    dump_.end = end;
  }
}

bool GoroutineDumpParser::take_heading(std::string_view line, std::size_t begin) {
  if (names_signal(line)) {
    close_section();
    if (!(relayed_ && heading_ == Heading::kSignal)) start_over(Heading::kSignal, begin);
    relayed_ = false;
    return true;
  }
  if (heading_ == Heading::kSignal) return false;
  if (!line.starts_with("panic: ") && !line.starts_with("fatal error: ")) return false;
  close_section();
  // Two threads that fail at once each print their line before the stacks: that is one report.
  if (heading_ == Heading::kNone || dump_.total > 0 || noise_) start_over(Heading::kReport, begin);
  return true;
}

bool GoroutineDumpParser::take_header(std::string_view line, std::size_t begin) {
  if (line.front() != 'g') return false;
  const auto header = parse_header(line);
  if (!header) return false;
  close_section();
  if (header->id == 0) {  // a thread's own stack
    section_ = Section::kOther;
    return true;
  }
  if (heading_ == Heading::kNone && (noise_ || dump_.total == 0)) start_over(heading_, begin);
  noise_ = false;
  section_ = Section::kGoroutine;
  current_.id = header->id;
  current_.state = printable(header->state, kLongestState);
  current_.wait = header->wait;
  current_.frames.clear();
  current_.created_by.reset();
  current_.unavailable = false;
  current_.key = kHashBasis;
  mix(current_.key, current_.state);
  return true;
}

bool GoroutineDumpParser::take_stack_line(std::string_view line) {
  if (line.front() == '\t') {
    if (line != kStackless) return take_location(line);
    current_.unavailable = true;
    return true;
  }
  constexpr std::string_view kCreatedBy = "created by ";
  function_.clear();
  if (elides(line) || line.starts_with("non-Go function at pc=")) return true;
  if (line.starts_with("[originating from goroutine ")) {
    // Ancestors, printed on request: the goroutine itself has been told.
    close_section();
    section_ = Section::kOther;
    return true;
  }
  creator_ = line.starts_with(kCreatedBy);
  if (creator_) {
    function_ = before(line.substr(kCreatedBy.size()), " in goroutine ");
    return true;
  }
  const auto function = parse_function(line);
  if (function) function_ = *function;
  return function.has_value();
}

bool GoroutineDumpParser::take_location(std::string_view line) {
  if (function_.empty()) return false;
  const auto location = parse_location(line);
  if (!location) return false;
  Frame frame = make_frame(function_, *location, paths_);
  function_.clear();
  const bool again = !creator_ && !current_.frames.empty() && current_.frames.back() == frame;
  if (!again) mix(current_.key, frame);
  if (creator_) {
    current_.created_by = std::move(frame);
  } else {
    append_frame(current_.frames, std::move(frame));
  }
  return true;
}

void GoroutineDumpParser::take_noise() {
  function_.clear();
  noise_ = true;
  if (heading_ == Heading::kNone) close_section();
}

void GoroutineDumpParser::start_over(Heading heading, std::size_t begin) {
  heading_ = heading;
  noise_ = false;
  breaks_off_ = false;
  index_.clear();
  stackless_.clear();
  dump_ = GoroutineDump{};
  dump_.begin = begin;
}

void GoroutineDumpParser::close_section() {
  const bool told = current_.unavailable || !current_.frames.empty() || current_.created_by;
  if (section_ == Section::kGoroutine && told) add(current_);
  section_ = Section::kNone;
  function_.clear();
}

void GoroutineDumpParser::add(Goroutine& goroutine) {
  if (!goroutine.frames.empty()) forget_stackless(goroutine.id);
  ++dump_.total;
  const auto [entry, is_new] = index_.try_emplace(goroutine.key, dump_.groups.size());
  if (is_new && dump_.groups.size() == kMaxGroups) {
    index_.erase(entry);
    dump_.truncated = true;
    return;
  }
  if (is_new) {
    GoroutineGroup group;
    group.state = goroutine.state;
    group.frames = goroutine.frames;
    group.created_by = goroutine.created_by;
    group.top_user_frame = first_user_frame(group.frames);
    group.user_code = group.top_user_frame || (group.created_by && group.created_by->user);
    group.system =
        !group.user_code && group.created_by && group.created_by->function.starts_with("runtime.");
    dump_.groups.push_back(std::move(group));
  }
  GoroutineGroup& group = dump_.groups[entry->second];
  note_wait(group, goroutine.wait);
  ++group.count;
  if (goroutine.unavailable && stackless_.size() < kMaxStackless) {
    stackless_.emplace_back(goroutine.id, entry->second);
  }
}

// A goroutine that ran on another thread appears again, with its stack, in that thread's report.
void GoroutineDumpParser::forget_stackless(std::uint64_t id) {
  const auto found = std::find_if(stackless_.begin(), stackless_.end(),
                                  [id](const auto& entry) { return entry.first == id; });
  if (found == stackless_.end()) return;
  --dump_.groups[found->second].count;
  --dump_.total;
  stackless_.erase(found);
}

std::optional<GoroutineDump> parse_goroutine_dump(std::string_view text, const UserPaths& paths) {
  GoroutineDumpParser parser(paths);
  parser.feed(text);
  return parser.finish();
}

}  // namespace gobox::runner
