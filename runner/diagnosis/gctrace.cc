// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/gctrace.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/quantity.h"

namespace gobox::runner {

namespace {

// Where, after the first byte, a record could start: "gc ..." anywhere, "scvg..." on a line's
// start.
std::size_t next_candidate(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == 'g' || (text[i] == 's' && text[i - 1] == '\n')) return i;
  }
  return text.size();
}

}  // namespace

std::string GcTraceFilter::feed(std::string_view chunk) {
  std::string joined;
  if (!held_.empty()) {
    joined = std::move(held_);
    joined.append(chunk);
    chunk = joined;
    held_.clear();
  }
  std::string out;
  out.reserve(chunk.size());
  while (!chunk.empty()) {
    const GcMatch match = match_here(chunk);
    if (match.kind == GcMatch::Kind::kNeedsMore && chunk.size() < kLongestGcRecord) {
      held_ = chunk;
      break;
    }
    if (match.kind == GcMatch::Kind::kRecord) take(match.record);
    std::size_t length = match.length;
    if (length == 0) {
      length = next_candidate(chunk);
      out.append(chunk.substr(0, length));
    }
    previous_ = chunk[length - 1];
    chunk.remove_prefix(length);
  }
  return out;
}

GcMatch GcTraceFilter::match_here(std::string_view text) const {
  const bool possible = text.front() == 'g' || (text.front() == 's' && previous_ == '\n');
  return possible ? match_gc_record(text) : GcMatch{};
}

std::string GcTraceFilter::release() {
  if (!held_.empty()) previous_ = held_.back();
  return std::exchange(held_, {});
}

void GcTraceFilter::take(const GcRecord& record) {
  ++count_;
  forced_ += record.forced ? 1 : 0;
  most_live_ = std::max(most_live_, record.heap_live);
  assist_cpu_ms_ += record.assist_cpu_ms;
  cpu_ms_ += record.sweep_cpu_ms + record.assist_cpu_ms + record.background_cpu_ms +
             record.idle_cpu_ms + record.mark_cpu_ms;
  take_pause(record.sweep_pause_ms);
  take_pause(record.mark_pause_ms);
  take_heap_point(record);
  last_ = record;
}

void GcTraceFilter::take_pause(double milliseconds) {
  pause_total_ms_ += milliseconds;
  pause_max_ms_ = std::max(pause_max_ms_, milliseconds);
  int exponent = 0;
  const double mantissa = std::frexp(std::max(milliseconds * 1e6, 1.0), &exponent);  // 0.5 to 1
  const auto step = static_cast<std::size_t>((mantissa - 0.5) * 2 * kSteps);
  const std::size_t bucket = static_cast<std::size_t>(exponent - 1) * kSteps + step;
  if (pauses_.size() <= bucket) pauses_.resize(bucket + 1);
  ++pauses_[bucket];
}

void GcTraceFilter::take_heap_point(const GcRecord& record) {
  if ((count_ - 1) % stride_ != 0) return;
  heap_.push_back({record.at_seconds, record.heap_live, record.goal});
  if (heap_.size() < kMaxHeapPoints) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < heap_.size(); i += 2) heap_[kept++] = heap_[i];
  heap_.resize(kept);
  stride_ *= 2;
}

double GcTraceFilter::percentile(double share) const {
  const auto wanted =
      static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(2 * count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < pauses_.size(); ++bucket) {
    seen += pauses_[bucket];
    if (seen == 0 || seen < wanted) continue;
    if (bucket == 0) return 0;  // printed as 0
    const double mantissa = 1 + (static_cast<double>(bucket % kSteps) + 0.5) / kSteps;
    const double nanoseconds = std::ldexp(mantissa, static_cast<int>(bucket / kSteps));
    return std::min(nanoseconds / 1e6, pause_max_ms_);
  }
  return 0;
}

std::string describe(const GcSummary& gc) {
  char text[256];
  std::snprintf(text, sizeof text,
                "%llu %s, pauses of %.3g ms (half of them), %.3g ms (99 %%), %.3g ms (longest); "
                "%u %% of the CPU time, %.0f %% of that lent by the program; live heap ",
                static_cast<unsigned long long>(gc.count),
                gc.count == 1 ? "collection" : "collections", gc.pause_p50_ms, gc.pause_p99_ms,
                gc.pause_max_ms, gc.cpu_percent, gc.assist_share * 100);
  return text + format_size(gc.last_live) + " at the last, " + format_size(gc.most_live) +
         " at the most";
}

GcSummary GcTraceFilter::summary() const {
  GcSummary summary;
  summary.count = count_;
  if (!last_) return summary;
  summary.forced = forced_;
  summary.pause_p50_ms = percentile(0.5);
  summary.pause_p99_ms = percentile(0.99);
  summary.pause_max_ms = pause_max_ms_;
  summary.pause_total_ms = pause_total_ms_;
  summary.assist_share = cpu_ms_ > 0 ? assist_cpu_ms_ / cpu_ms_ : 0;
  summary.cpu_percent = last_->cpu_percent;
  summary.heap = heap_;
  summary.last_live = last_->heap_live;
  summary.last_goal = last_->goal;
  summary.most_live = most_live_;
  summary.last_at_seconds = last_->at_seconds;
  return summary;
}

}  // namespace gobox::runner
