// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/cover_html.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <vector>

#include "base/line.h"
#include "runner/testing/cover_profile.h"

namespace gobox::runner {
namespace {

constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Coverage</title><style>
:root { color-scheme: light dark; }
body { font: 14px system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; }
summary { cursor: pointer; padding: 0.3em 0; }
.share { display: inline-block; width: 4.5em; text-align: right; margin-right: 1em;
  font-variant-numeric: tabular-nums; }
pre { font: 12px ui-monospace, monospace; overflow-x: auto; line-height: 1.45; }
.ran { background: #2f9e6e33; }
.missed { background: #e5484d33; }
</style></head><body><h1>Coverage</h1>
)";

enum class Line { kPlain, kRan, kMissed };

struct File {
  std::string profile;  // its lines alone
  std::map<std::uint64_t, Line> lines;
};

std::string escaped(std::string_view text) {
  std::string result;
  for (const char each : text) {
    switch (each) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += each;
    }
  }
  return result;
}

std::string share_of(std::string_view profile) {
  const double percent = covered_percent(profile);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", percent < 0 ? 0 : percent);
  return text.data();
}

std::map<std::string, File> files_in(std::string_view profile) {
  constexpr std::uint64_t kMaxLines = 1'000'000;  // of a block: the profile is a test's word
  std::map<std::string, File> files;
  while (!profile.empty()) {
    const std::string_view line = take_line(profile);
    const auto block = parse_cover_block(line);
    if (!block) continue;
    File& file = files[std::string(block->file)];
    file.profile += std::string(line) + "\n";
    if (block->last_line < block->first_line || block->last_line > kMaxLines) continue;
    const Line state = block->count > 0 ? Line::kRan : Line::kMissed;
    for (std::uint64_t at = block->first_line; at <= block->last_line; ++at) {
      // Where a line belongs to several blocks, what did not run is what is looked for.
      Line& known = file.lines.try_emplace(at, state).first->second;
      if (state == Line::kMissed) known = state;
    }
  }
  return files;
}

std::string source_html(std::string_view source, const File& file) {
  std::string html = "<pre>";
  for (std::uint64_t number = 1; !source.empty(); ++number) {
    const std::string text = escaped(take_line(source));
    const auto state = file.lines.find(number);
    if (state == file.lines.end()) {
      html += text;
    } else {
      const char* name = state->second == Line::kRan ? "ran" : "missed";
      html += std::string("<span class=\"") + name + "\">" + text + "</span>";
    }
    html += '\n';
  }
  return html + "</pre>";
}

}  // namespace

std::string cover_html(std::string_view profile, const SourceOf& source_of) {
  std::string html = kHead;
  html += "<p>" + share_of(profile) + " of all statements ran.</p>\n";
  for (const auto& [name, file] : files_in(profile)) {
    html += "<details><summary><span class=\"share\">" + share_of(file.profile) + "</span>" +
            escaped(name) + "</summary>";
    const auto source = source_of(name);
    html += source ? source_html(*source, file) : std::string("<p>its source is not at hand</p>");
    html += "</details>\n";
  }
  return html + "</body></html>\n";
}

}  // namespace gobox::runner
