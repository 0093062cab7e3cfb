// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/stack_frame.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace gobox::runner {

namespace {

bool below(std::string_view file, std::string_view folder) {
  if (folder.empty() || !file.starts_with(folder)) return false;
  if (folder.back() == '/') return file.size() > folder.size();
  return file.size() > folder.size() + 1 && file[folder.size()] == '/';
}

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none. C1 controls
// (U+0080..U+009F) count as malformed: terminals obey them.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return lead < 0x20 || lead == 0x7f ? 0 : 1;
  const std::size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second >= 0xa0;
  const bool too_large = lead == 0xf4 && second >= 0x90;
  const bool control = lead == 0xc2 && second < 0xa0;
  return overlong || surrogate || too_large || control ? 0 : length;
}

}  // namespace

bool UserPaths::contains(std::string_view file) const {
  const auto holds = [file](const std::string& folder) { return below(file, folder); };
  if (!prefixes.empty()) return std::any_of(prefixes.begin(), prefixes.end(), holds);
  if (file.empty() || file.front() == '<' || file == "_cgo_gotypes.go") return false;
  return std::none_of(go_roots.begin(), go_roots.end(), holds);
}

std::string_view UserPaths::own_name(std::string_view file) const {
  for (const std::string& prefix : prefixes) {
    if (!below(file, prefix)) continue;
    return file.substr(prefix.size() + (prefix.back() == '/' ? 0 : 1));
  }
  return file;
}

std::optional<Location> parse_location(std::string_view line) {
  if (line.size() > kLongestReportLine) return std::nullopt;
  const std::size_t start = line.find_first_not_of(" \t");
  if (start == 0 || start == std::string_view::npos) return std::nullopt;
  line.remove_prefix(start);
  const std::size_t colon = line.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view digits = line.substr(colon + 1, line.find(' ', colon + 1) - (colon + 1));
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < 0) {
    return std::nullopt;
  }
  return Location{line.substr(0, colon), number};
}

std::optional<std::string_view> parse_function(std::string_view line) {
  if (line.empty() || line.size() > kLongestReportLine || line.front() == ' ' ||
      line.front() == '\t') {
    return std::nullopt;
  }
  // Arguments hold no parentheses, receivers and closures' names do.
  const std::size_t arguments = line.rfind('(');
  if (line.back() == ')' && arguments != std::string_view::npos && arguments > 0) {
    return line.substr(0, arguments);
  }
  // A cgo symbolizer prints bare names.
  if (line.find(' ') == std::string_view::npos || line == "non-Go function") return line;
  return std::nullopt;
}

Frame make_frame(std::string_view function, const Location& location, const UserPaths& paths) {
  const bool user = paths.contains(location.file);
  const std::string_view file = user ? paths.own_name(location.file) : location.file;
  return {printable(function, kLongestName), printable(file, kLongestName), location.line, user};
}

void append_frame(std::vector<Frame>& frames, Frame frame) {
  if (!frames.empty() && frames.back() == frame) return;
  if (frames.size() < kMaxFrames) {
    frames.push_back(std::move(frame));
  } else if (frame.user && !first_user_frame(frames)) {
    frames.back() = std::move(frame);
  }
}

std::optional<std::size_t> first_user_frame(const std::vector<Frame>& frames) {
  const auto found =
      std::find_if(frames.begin(), frames.end(), [](const Frame& f) { return f.user; });
  if (found == frames.end()) return std::nullopt;
  return static_cast<std::size_t>(found - frames.begin());
}

std::string printable(std::string_view text, std::size_t cap) {
  std::string out;
  out.reserve(std::min(text.size(), cap));
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (out.size() + std::max<std::size_t>(length, 1) > cap) break;
    if (length == 0) {
      out.push_back('?');
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || text.empty() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace gobox::runner
