// SPDX-License-Identifier: Apache-2.0

#include "chart/timeline_svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gobox::runner {
namespace {

constexpr double kLeft = 64, kRight = 24, kWidth = 960;
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr double kTop = 84;
constexpr double kMemoryHeight = 220, kCpuHeight = 90, kProcessHeight = 70, kGap = 34;
constexpr double kLetter = 6;           // width of a small one, about
constexpr std::size_t kMaxMarks = 120;  // of one kind drawn

// The picture brings its own paper, so that it reads on any page; paper and text follow the
// viewer's colour scheme, mid-tone lines carry on both.
constexpr const char* kStyle = R"(<style>
.paper { fill: #ffffff; }
text { font: 12px system-ui, sans-serif; fill: #333333; }
.title { font-size: 15px; font-weight: 600; }
.small { font-size: 11px; }
.axis { stroke: #8a8f98; stroke-width: 1; fill: none; }
.grid { stroke: #8a8f98; stroke-opacity: 0.25; stroke-width: 1; }
.limit { stroke: #e5484d; stroke-width: 1.5; stroke-dasharray: 6 4; }
.limit-text { fill: #e5484d; }
.band { fill: #8a8f98; fill-opacity: 0.10; }
.anonymous { fill: #3e83e8; fill-opacity: 0.75; }
.tmpfs { fill: #d9822b; fill-opacity: 0.80; }
.file { fill: #2f9e6e; fill-opacity: 0.60; }
.other { fill: #8a8f98; fill-opacity: 0.55; }
.cpu { stroke: #3e83e8; stroke-width: 1.8; fill: none; }
.processes { stroke: #a06cd5; stroke-width: 1.8; fill: none; }
.gc { stroke: #2f9e6e; stroke-width: 1; }
.throttled { fill: #d9822b; fill-opacity: 0.8; }
.quit { stroke: #d9822b; stroke-width: 1.5; stroke-dasharray: 2 3; }
.killed { stroke: #e5484d; stroke-width: 2; }
.ended { stroke: #8a8f98; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
  .paper { fill: #16181d; }
  text { fill: #d7dae0; }
  .limit-text { fill: #ff7b80; }
}
</style>
)";

std::string fixed(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string short_number(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char byte : text) {
    if (byte == '<') {
      safe += "&lt;";
    } else if (byte == '>') {
      safe += "&gt;";
    } else if (byte == '&') {
      safe += "&amp;";
    } else if (static_cast<unsigned char>(byte) >= 0x20) {
      safe += byte;
    }
  }
  return safe;
}

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

double milliseconds(Nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

// 1, 2 or 5 times a power of ten, so that about `count` steps cover `span`.
double round_step(double span, int count) {
  const double rough = std::max(span, 1e-9) / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

struct Plot {
  double top = 0;
  double height = 0;
  double most = 1;  // of the vertical axis

  double y(double value) const {
    return top + height - std::clamp(value / most, 0.0, 1.0) * height;
  }

  double bottom() const { return top + height; }
};

class Picture {
 public:
  explicit Picture(const std::vector<StageTimeline>& stages) : stages_(stages) {
    for (const StageTimeline& stage : stages_) {
      span_ = std::max(span_, milliseconds(stage.begin + stage.wall));
      memory_.most = std::max(memory_.most, as_double(stage.limits.memory_bytes) / kMiB * 1.05);
      cpu_.most = std::max(cpu_.most, stage.limits.cpus * 1.15);
      for (const TimelinePoint& point : stage.points) {
        processes_.most = std::max(processes_.most, as_double(point.processes) * 1.2);
      }
    }
    scale_memory();
    memory_.top = kTop;
    memory_.height = kMemoryHeight;
    cpu_.top = memory_.bottom() + kGap;
    cpu_.height = kCpuHeight;
    processes_.top = cpu_.bottom() + kGap;
    processes_.height = kProcessHeight;
  }

  std::string draw(const std::string& title) {
    const double height = processes_.bottom() + 44;
    out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + fixed(kWidth) + " " +
           fixed(height) + "\" width=\"" + fixed(kWidth) + "\" height=\"" + fixed(height) +
           "\" role=\"img\">\n<title>" + escaped(title) + "</title>\n" + kStyle;
    out_ += "<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n";
    text(kLeft, 24, title, "title");
    legend();
    for (const StageTimeline& stage : stages_) band(stage);
    time_axis();
    axis(memory_, "MiB");
    axis(cpu_, "CPUs");
    axis(processes_, "processes and threads");
    for (const StageTimeline& stage : stages_) draw_stage(stage);
    return out_ + "</svg>\n";
  }

 private:
  static constexpr double kMiB = 1048576;

  // The stage with the most used memory sets the scale: a limit that is far off would flatten all.
  void scale_memory() {
    double used = 1;
    for (const StageTimeline& stage : stages_) {
      for (const TimelinePoint& point : stage.points) {
        used = std::max(used, as_double(point.memory.total_bytes) / kMiB);
      }
      const double limit = as_double(stage.limits.memory_bytes) / kMiB;
      if (stage.kind == StageKind::kRun || stage.kind == StageKind::kTest) {
        used = std::max(used, limit);
      }
    }
    memory_.most = std::min(memory_.most, used * 1.1);
  }

  double x(double at_ms) const { return kLeft + at_ms / std::max(span_, 1e-9) * kPlotWidth; }

  double x(const StageTimeline& stage, Nanoseconds at) const {
    return x(milliseconds(stage.begin + at));
  }

  void text(double at_x, double at_y, std::string_view words, const char* style,
            const char* anchor = "start") {
    out_ += "<text x=\"" + fixed(at_x) + "\" y=\"" + fixed(at_y) + "\" class=\"" + style +
            "\" text-anchor=\"" + anchor + "\">" + escaped(words) + "</text>\n";
  }

  void line(double x1, double y1, double x2, double y2, const char* style) {
    out_ += "<line x1=\"" + fixed(x1) + "\" y1=\"" + fixed(y1) + "\" x2=\"" + fixed(x2) +
            "\" y2=\"" + fixed(y2) + "\" class=\"" + style + "\"/>\n";
  }

  void legend() {
    struct Entry {
      const char* style;
      const char* words;
    };

    static constexpr Entry kEntries[] = {{"anonymous", "heap and stacks"},
                                         {"tmpfs", "tmpfs (files written)"},
                                         {"file", "page cache (files read)"},
                                         {"other", "kernel"}};
    double at = kLeft;
    for (const Entry& entry : kEntries) {
      out_ += "<rect x=\"" + fixed(at) + "\" y=\"37\" width=\"12\" height=\"12\" class=\"" +
              entry.style + "\"/>\n";
      text(at + 17, 47, entry.words, "small");
      at += 28 + kLetter * static_cast<double>(std::string_view(entry.words).size());
    }

    struct Mark {
      const char* style;
      const char* words;
    };

    static constexpr Mark kMarks[] = {{"limit", "limit"},
                                      {"gc", "GC"},
                                      {"quit", "SIGQUIT"},
                                      {"killed", "killed"},
                                      {"ended", "ended"}};
    for (const Mark& mark : kMarks) {
      line(at, 43, at + 14, 43, mark.style);
      text(at + 19, 47, mark.words, "small");
      at += 32 + kLetter * static_cast<double>(std::string_view(mark.words).size());
    }
    out_ +=
        "<rect x=\"" + fixed(at) + "\" y=\"40\" width=\"12\" height=\"6\" class=\"throttled\"/>\n";
    text(at + 17, 47, "throttled", "small");
  }

  void band(const StageTimeline& stage) {
    const double begin = x(stage, Nanoseconds(0));
    const double end = std::max(begin + 1, x(stage, stage.wall));
    out_ += "<rect x=\"" + fixed(begin) + "\" y=\"" + fixed(kTop - 18) + "\" width=\"" +
            fixed(end - begin) + "\" height=\"" + fixed(processes_.bottom() - kTop + 18) +
            "\" class=\"band\"/>\n";
    text(begin + 4, kTop - 6, name_of(stage.kind), "small");
  }

  void time_axis() {
    const bool in_seconds = span_ >= 2000;
    const double step = round_step(span_, 10);
    for (int i = 0; i * step <= span_ * 1.0001; ++i) {
      const double at = i * step;
      line(x(at), kTop, x(at), processes_.bottom(), "grid");
      text(x(at), processes_.bottom() + 16, short_number(in_seconds ? at / 1000 : at), "small",
           "middle");
    }
    text(kLeft + kPlotWidth, processes_.bottom() + 34,
         in_seconds ? "seconds since the job began" : "milliseconds since the job began", "small",
         "end");
  }

  void axis(const Plot& plot, const char* unit) {
    line(kLeft, plot.top, kLeft, plot.bottom(), "axis");
    line(kLeft, plot.bottom(), kLeft + kPlotWidth, plot.bottom(), "axis");
    const double step = round_step(plot.most, plot.height > 150 ? 5 : 2);
    for (int i = 0; i * step <= plot.most; ++i) {
      const double value = i * step;
      line(kLeft, plot.y(value), kLeft + kPlotWidth, plot.y(value), "grid");
      text(kLeft - 6, plot.y(value) + 4, short_number(value), "small", "end");
    }
    const bool wide = std::string_view(unit).size() > 4;
    text(wide ? kLeft : kLeft - 6, plot.top - 8, unit, "small", wide ? "start" : "end");
  }

  void limit(const Plot& plot, const StageTimeline& stage, double value, const std::string& words) {
    if (value > plot.most) return;
    const double begin = x(stage, Nanoseconds(0));
    const double end = std::max(begin + 1, x(stage, stage.wall));
    line(begin, plot.y(value), end, plot.y(value), "limit");
    const double width = kLetter * static_cast<double>(words.size());
    if (end - begin > width) text(end - 4, plot.y(value) - 4, words, "small limit-text", "end");
  }

  void draw_stage(const StageTimeline& stage) {
    area(stage, 3, "other");
    area(stage, 2, "file");
    area(stage, 1, "tmpfs");
    area(stage, 0, "anonymous");
    marks(stage);
    cpu_curve(stage);
    process_curve(stage);
    const double memory = as_double(stage.limits.memory_bytes) / kMiB;
    limit(memory_, stage, memory, "limit " + short_number(memory) + " MiB");
    limit(cpu_, stage, stage.limits.cpus, "--cpus " + short_number(stage.limits.cpus));
    limit(processes_, stage, as_double(stage.limits.pids),
          "limit " + std::to_string(stage.limits.pids));
  }

  // The kinds of memory stacked up to `kind`.
  static double stacked(const sandbox::MemorySample& memory, int kind) {
    double bytes = as_double(memory.anonymous_bytes);
    if (kind >= 1) bytes += as_double(memory.shared_bytes);
    if (kind >= 2) bytes += as_double(memory.file_bytes);
    if (kind >= 3) bytes = std::max(bytes, as_double(memory.total_bytes));
    return bytes / kMiB;
  }

  void area(const StageTimeline& stage, int kind, const char* style) {
    if (stage.points.empty()) return;
    std::string path =
        "M" + fixed(x(stage, stage.points.front().at)) + " " + fixed(memory_.bottom());
    for (const TimelinePoint& point : stage.points) {
      path += "L" + fixed(x(stage, point.at)) + " " + fixed(memory_.y(stacked(point.memory, kind)));
    }
    // Between two kinds the lower one is cut out, or their colours would mix.
    if (kind > 0) {
      path = "";
      for (const TimelinePoint& point : stage.points) {
        path += (path.empty() ? "M" : "L") + fixed(x(stage, point.at)) + " " +
                fixed(memory_.y(stacked(point.memory, kind)));
      }
      for (auto point = stage.points.rbegin(); point != stage.points.rend(); ++point) {
        path += "L" + fixed(x(stage, point->at)) + " " +
                fixed(memory_.y(stacked(point->memory, kind - 1)));
      }
    } else {
      path += "L" + fixed(x(stage, stage.points.back().at)) + " " + fixed(memory_.bottom());
    }
    out_ += "<path d=\"" + path + "Z\" class=\"" + style + "\"/>\n";
  }

  void cpu_curve(const StageTimeline& stage) {
    std::string points;
    for (std::size_t i = 1; i < stage.points.size(); ++i) {
      // Looks at the CPU counter are rarer than points: the rate is over at least 8 pixels.
      std::size_t from = i;
      while (from > 0 && x(stage, stage.points[i].at) - x(stage, stage.points[from].at) < 8) --from;
      const double passed = milliseconds(stage.points[i].at - stage.points[from].at);
      const double used = milliseconds(stage.points[i].cpu - stage.points[from].cpu);
      if (passed <= 0) continue;
      points += fixed(x(stage, stage.points[i].at)) + "," + fixed(cpu_.y(used / passed)) + " ";
    }
    if (!points.empty()) out_ += "<polyline points=\"" + points + "\" class=\"cpu\"/>\n";
  }

  void process_curve(const StageTimeline& stage) {
    std::string points;
    for (const TimelinePoint& point : stage.points) {
      points +=
          fixed(x(stage, point.at)) + "," + fixed(processes_.y(as_double(point.processes))) + " ";
    }
    if (!points.empty()) out_ += "<polyline points=\"" + points + "\" class=\"processes\"/>\n";
  }

  void marks(const StageTimeline& stage) {
    std::size_t collections = 0;
    double last_throttled = -1;
    for (const TimelineMark& mark : stage.marks) {
      const double at = std::min(x(stage, mark.at), kLeft + kPlotWidth);
      switch (mark.kind) {
        case TimelineMark::Kind::kCollection:
          if (++collections > kMaxMarks) break;
          line(at, memory_.bottom() - 10, at, memory_.bottom(), "gc");
          break;
        case TimelineMark::Kind::kThrottled:
          if (at - last_throttled < 3) break;
          last_throttled = at;
          out_ += "<rect x=\"" + fixed(at - 1.5) + "\" y=\"" + fixed(cpu_.bottom() - 6) +
                  "\" width=\"3\" height=\"6\" class=\"throttled\"/>\n";
          break;
        case TimelineMark::Kind::kQuit:
          line(at, kTop, at, processes_.bottom(), "quit");
          break;
        case TimelineMark::Kind::kKilled:
          line(at, kTop - 18, at, processes_.bottom(), "killed");
          break;
        case TimelineMark::Kind::kEnded:
          line(at, kTop - 18, at, processes_.bottom(), "ended");
          break;
      }
    }
  }

  const std::vector<StageTimeline>& stages_;
  double span_ = 1;
  Plot memory_, cpu_, processes_;
  std::string out_;
};

}  // namespace

std::string timeline_svg(const std::vector<StageTimeline>& stages, const std::string& title) {
  return Picture(stages).draw(title);
}

}  // namespace gobox::runner
