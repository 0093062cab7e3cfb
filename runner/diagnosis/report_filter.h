// SPDX-License-Identifier: Apache-2.0

#pragma once

// ReportFilter: takes the goroutine report (runner/golang/probe_source.h) out of a stream of
// stderr. The program's bytes come out exactly, in order, whatever the chunks; what stands between
// the two markers is the report. A marker is unlikely, not secret: a program that prints one loses
// its own text, but no more than kMaxReport bytes of it; what follows counts as its output.
// release() gives out what was held back as a possible beginning of a marker. One filter per stream
// and thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace gobox::runner {

class ReportFilter {
 public:
  static constexpr std::size_t kMaxReport = std::size_t{9} << 20;  // the probe writes 8 at most

  std::string feed(std::string_view chunk);
  std::string release();

  const std::string& report() const { return report_; }

 private:
  // Returns what did not fit, and is the program's then.
  std::string_view take_report(std::string_view text);

  std::string held_;  // the beginning of a marker, perhaps
  std::string report_;
  bool inside_ = false;
};

}  // namespace gobox::runner
