// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/report_filter.h"

#include <algorithm>

#include "runner/golang/probe_source.h"

namespace gobox::runner {
namespace {

// How many bytes at the end of `text` may be the beginning of `marker`.
std::size_t possible_beginning(std::string_view text, std::string_view marker) {
  for (std::size_t size = std::min(text.size(), marker.size() - 1); size > 0; --size) {
    if (text.ends_with(marker.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

std::string ReportFilter::feed(std::string_view chunk) {
  const std::string joined = held_ + std::string(chunk);
  held_.clear();
  std::string_view text = joined;
  std::string passed;
  while (true) {
    const std::string_view marker = inside_ ? kGoroutinesEnd : kGoroutinesBegin;
    const std::size_t at = text.find(marker);
    const std::size_t held = at == text.npos ? possible_beginning(text, marker) : 0;
    const std::string_view before = text.substr(0, at == text.npos ? text.size() - held : at);
    if (inside_) {
      passed.append(take_report(before));
    } else {
      passed.append(before);
    }
    if (at == text.npos) {
      held_ = text.substr(text.size() - held);
      return passed;
    }
    inside_ = !inside_;
    text.remove_prefix(at + marker.size());
  }
}

std::string ReportFilter::release() {
  std::string rest = std::move(held_);
  held_.clear();
  if (!inside_) return rest;
  return std::string(take_report(rest));
}

std::string_view ReportFilter::take_report(std::string_view text) {
  const std::size_t room = std::min(kMaxReport - report_.size(), text.size());
  report_.append(text.substr(0, room));
  return text.substr(room);
}

}  // namespace gobox::runner
