// SPDX-License-Identifier: Apache-2.0

// An EndpointReport as a table, as JSON and as a picture (declared in endpoint_bench.h).

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "base/json_text.h"
#include "chart/svg.h"
#include "lab/endpoint_bench.h"
#include "lab/summary_text.h"

namespace gobox::lab {
namespace {

namespace json = boost::json;

std::string line_of(const std::string& name, const CaseReport& report) {
  std::string verdicts;
  for (const auto& [quality, count] : report.qualities) {
    verdicts += (verdicts.empty() ? "" : ", ") + quality + " " + std::to_string(count);
  }
  char text[400];
  std::snprintf(text, sizeof text, "%-16s %6zu  %-24s %8.0f %8.0f %8.0f  %s\n", name.c_str(),
                report.requests, verdicts.c_str(), quantile(report.latency_ms, 0.5),
                quantile(report.latency_ms, 0.95), quantile(report.latency_ms, 1),
                report.seen.c_str());
  return text;
}

std::string memory_sentence(const EndpointReport& report) {
  if (report.memory.empty()) {
    return "server memory: unknown (no /metrics there; --server-pid PID follows a process of this "
           "host)\n";
  }
  Sample bytes;
  for (const MemoryPoint& point : report.memory) bytes.push_back(point.bytes);
  char text[240];
  std::snprintf(text, sizeof text,
                "server memory (%s): %.1f MiB at first, %.1f MiB at last, %.1f at most",
                report.memory_source.c_str(), bytes.front() / kMiB, bytes.back() / kMiB,
                quantile(bytes, 1) / kMiB);
  std::string sentence = text;
  if (report.memory_line) {
    std::snprintf(text, sizeof text, "; over the second half %+.2f MiB an hour",
                  report.memory_line->slope * 3600 / kMiB);
    sentence += text;
  }
  return sentence + "\n";
}

std::string callers_of(const EndpointReport& report) {
  return std::to_string(report.callers) + (report.callers == 1 ? " caller" : " callers");
}

}  // namespace

std::string endpoint_table(const EndpointReport& report) {
  char text[300];
  std::snprintf(text, sizeof text, "%s: %zu requests in %.0f s by %s\n", report.url.c_str(),
                report.requests(), report.seconds, callers_of(report).c_str());
  std::string table = text;
  std::snprintf(text, sizeof text, "%-16s %6s  %-24s %8s %8s %8s  %s\n", "program", "asked",
                "verdicts", "p50 ms", "p95 ms", "max ms", "last answer");
  table += text;
  for (const EndpointCase& each : endpoint_cases()) {
    const auto found = report.cases.find(each.name);
    if (found != report.cases.end()) table += line_of(each.name, found->second);
  }
  std::snprintf(text, sizeof text,
                "verdicts: %.1f %% right and named, %zu wrong; answers mixed up: %zu; refused for "
                "load and tried again: %zu\n",
                100 * report.right_share(), report.wrong(), report.mixed_up, report.refused);
  table += text;
  table += memory_sentence(report);
  return table +
         "right: the answer names the cause; vague: it shows a failure without its cause (for "
         "data-race: the service does not look for races); wrong: anything else\n";
}

std::string endpoint_json(const EndpointReport& report) {
  json::object cases;
  for (const auto& [name, one] : report.cases) {
    json::object qualities, failures;
    for (const auto& [quality, count] : one.qualities) qualities[quality] = count;
    for (const auto& [failure, count] : one.failures) failures[failure] = count;
    cases[name] = {{"requests", one.requests},
                   {"verdicts", std::move(qualities)},
                   {"failures", std::move(failures)},
                   {"latency_ms",
                    {{"p50", quantile(one.latency_ms, 0.5)},
                     {"p95", quantile(one.latency_ms, 0.95)},
                     {"max", quantile(one.latency_ms, 1)}}},
                   {"last_answer", one.seen}};
  }
  json::array memory;
  for (const MemoryPoint& point : report.memory) {
    memory.push_back({{"at_s", point.at_seconds}, {"bytes", point.bytes}});
  }
  json::value slope = nullptr;
  if (report.memory_line) slope = report.memory_line->slope * 3600;
  return runner::json_text(json::object{{"kind", "endpoint"},
                                        {"url", report.url},
                                        {"server", report.server},
                                        {"seconds", report.seconds},
                                        {"callers", report.callers},
                                        {"requests", report.requests()},
                                        {"right_share", report.right_share()},
                                        {"wrong", report.wrong()},
                                        {"mixed_up", report.mixed_up},
                                        {"refused", report.refused},
                                        {"cases", std::move(cases)},
                                        {"memory_source", report.memory_source},
                                        {"memory_bytes_per_hour", std::move(slope)},
                                        {"memory", std::move(memory)}}) +
         "\n";
}

std::string endpoint_svg(const EndpointReport& report) {
  if (report.memory.size() < 2) return "";
  constexpr double kWidth = 820, kLeft = 76, kTop = 70, kHeight = 220;
  constexpr double kPlot = kWidth - kLeft - 28;
  double most = 1;
  for (const MemoryPoint& point : report.memory) most = std::max(most, point.bytes / kMiB * 1.15);
  const double last = std::max(report.memory.back().at_seconds, 1e-3);
  const std::string title = "resident memory of the server under bench-endpoint";
  Svg svg(kWidth, kTop + kHeight + 60, title);
  svg.text(16, 24, title, "title");
  svg.text(16, 46,
           std::to_string(report.requests()) + " requests by " + callers_of(report) +
               ", ordinary and hostile; MiB",
           "small");
  const auto x = [&](double seconds) { return kLeft + seconds / last * kPlot; };
  const auto y = [&](double mebibytes) { return kTop + kHeight - mebibytes / most * kHeight; };
  for (int i = 0; i <= 4; ++i) {
    const double value = most * i / 4;
    svg.line(kLeft, y(value), kLeft + kPlot, y(value), i == 0 ? "axis" : "grid");
    svg.text(kLeft - 8, y(value) + 4, short_number(value), "small", "end");
    svg.text(x(last * i / 4), kTop + kHeight + 17, short_number(last * i / 4), "small", "middle");
  }
  svg.text(kLeft + kPlot, kTop + kHeight + 36, "seconds since the bench began", "tiny", "end");
  std::vector<std::pair<double, double>> points;
  for (const MemoryPoint& point : report.memory) {
    points.emplace_back(x(point.at_seconds), y(point.bytes / kMiB));
  }
  svg.polyline(points, "curve0");
  return std::move(svg).finish();
}

}  // namespace gobox::lab
