// SPDX-License-Identifier: Apache-2.0

#include "lab/curves.h"

#include <algorithm>
#include <cmath>

#include "chart/svg.h"
#include "lab/panel.h"
#include "lab/summary_text.h"

namespace gobox::lab {
namespace {

constexpr double kWidth = 820, kLeft = 76, kRight = 28, kTop = 84;
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr double kPanelHeight = 170, kPanelGap = 66;
constexpr double kLabelGap = 46;  // between two labels of the axis, at least

// Where the values stand along the axis, 0 to 1.
struct Axis {
  std::vector<double> at;
  const char* kind = "in the order given";

  explicit Axis(const Dimension& dimension) {
    std::vector<double> numbers;
    for (const std::string& value : dimension.values) {
      const auto number = number_of(dimension.name, value);
      if (number) numbers.push_back(*number);
    }
    const bool numeric = numbers.size() == dimension.values.size() && numbers.size() > 1 &&
                         std::is_sorted(numbers.begin(), numbers.end());
    if (!numeric) {
      const auto last = static_cast<double>(std::max<std::size_t>(dimension.values.size(), 2) - 1);
      for (std::size_t i = 0; i < dimension.values.size(); ++i) {
        at.push_back(dimension.values.size() == 1 ? 0.5 : static_cast<double>(i) / last);
      }
      return;
    }
    const bool far = numbers.front() > 0 && numbers.back() / numbers.front() > 8;
    kind = far ? "logarithmic" : "linear";
    for (double& each : numbers) each = far ? std::log(each) : each;
    const double span = numbers.back() - numbers.front();
    for (const double each : numbers) at.push_back((each - numbers.front()) / span);
  }
};

double round_step(double span, int count) {
  const double rough = std::max(span, 1e-9) / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

class Picture {
 public:
  explicit Picture(const SweepResult& result)
      : result_(result), dimension_(result.plan.dimensions[0]), axis_(dimension_) {}

  std::string draw(const std::string& title) {
    const std::vector<Panel> panels = panels_of(result_);
    const double height =
        kTop + static_cast<double>(panels.size()) * (kPanelHeight + kPanelGap) + notes() + 6;
    Svg svg(kWidth, height, title);
    svg.text(16, 24, fitted_title(title, kWidth), "title");
    legend(svg);
    double top = kTop;
    for (const Panel& panel : panels) {
      draw_panel(svg, panel, top);
      top += kPanelHeight + kPanelGap;
    }
    draw_notes(svg, top - 18);
    return std::move(svg).finish();
  }

 private:
  double notes() const {
    return 16.0 * static_cast<double>(result_.fits.size() + (result_.knee ? 1 : 0));
  }

  void draw_notes(Svg& svg, double y) {
    if (result_.knee) {
      svg.text(16, y, explain_knee(result_), "small");
      y += 16;
    }
    for (const Fit& fit : result_.fits) {
      svg.text(16, y, "fitted line: " + explain_fit(result_, fit), "small");
      y += 16;
    }
  }

  void legend(Svg& svg) {
    double x = 16;
    const auto entry = [&](auto mark, std::string_view words) {
      mark(x);
      svg.text(x + 22, 48, words, "small");
      x += 36 + 6.2 * static_cast<double>(words.size());
    };
    entry([&](double at) { svg.line(at, 44, at + 16, 44, "curve0"); }, "median");
    entry([&](double at) { svg.circle(at + 8, 44, 3, "sample"); }, "one run");
    entry([&](double at) { svg.circle(at + 8, 44, 4, "failed"); }, "a run that did not end ok");
    entry([&](double at) { svg.line(at, 44, at + 16, 44, "limit"); }, "memory limit");
    if (result_.knee) {
      entry([&](double at) { svg.line(at, 44, at + 16, 44, "knee"); }, "knee");
    }
    if (!result_.fits.empty()) {
      entry([&](double at) { svg.line(at, 44, at + 16, 44, "fit"); }, "fitted line");
    }
  }

  static double x(double at) { return kLeft + 14 + at * (kPlotWidth - 28); }

  // Zero is on every axis: a small change must not look like a large one.
  double most_of(const Panel& panel) const {
    double most = 1e-9;
    for (const CellResult& cell : result_.cells) {
      for (const Measurement& run : cell.samples) most = std::max(most, panel.of_run(run));
    }
    return most * 1.12;
  }

  void draw_panel(Svg& svg, const Panel& panel, double top) {
    const double bottom = top + kPanelHeight;
    const double most = most_of(panel);
    const auto y = [&](double value) { return bottom - value / most * kPanelHeight; };
    const std::string unit = panel.unit.empty() ? "" : " (" + panel.unit + ")";
    svg.text(16, top - 10, panel.name + unit, "strong");
    const double step = round_step(most, 5);
    const int ticks = static_cast<int>(most / step);
    for (int tick = 0; tick <= ticks; ++tick) {
      const double value = tick * step;
      svg.line(kLeft, y(value), kLeft + kPlotWidth, y(value), tick == 0 ? "axis" : "grid");
      svg.text(kLeft - 8, y(value) + 4, short_number(value), "small", "end");
    }
    draw_axis(svg, top, bottom);
    if (panel.memory) draw_limits(svg, most, y);
    if (result_.knee && panel.name == "time") {
      const double at = x(axis_.at[*result_.knee]);
      svg.line(at, top, at, bottom, "knee");
      svg.text(at + 6, top + 12, "knee", "small");
    }
    draw_fit(svg, panel, y);
    draw_runs(svg, panel, y);
  }

  void draw_axis(Svg& svg, double top, double bottom) {
    double last = -kLabelGap;
    for (std::size_t i = 0; i < dimension_.values.size(); ++i) {
      const double at = x(axis_.at[i]);
      svg.line(at, bottom, at, bottom + 4, "axis");
      if (at - last < kLabelGap) continue;
      svg.line(at, top, at, bottom, "grid");
      svg.text(at, bottom + 17, axis_label(dimension_.name, dimension_.values[i]), "small",
               "middle");
      last = at;
    }
    svg.text(kLeft + kPlotWidth, bottom + 33, axis_title(dimension_.name) + ", axis " + axis_.kind,
             "tiny", "end");
  }

  template <typename Y>
  void draw_limits(Svg& svg, double most, Y y) {
    for (std::size_t i = 0; i < result_.cells.size(); ++i) {
      if (result_.cells[i].samples.empty()) continue;
      const double limit = static_cast<double>(result_.cells[i].samples[0].limit_bytes) / kMiB;
      if (limit > most) continue;
      const double from = i == 0 ? axis_.at[0] : (axis_.at[i - 1] + axis_.at[i]) / 2;
      const double to = i + 1 == axis_.at.size() ? 1 : (axis_.at[i] + axis_.at[i + 1]) / 2;
      svg.line(x(from) - (i == 0 ? 14 : 0), y(limit), x(to) + (i + 1 == axis_.at.size() ? 14 : 0),
               y(limit), "limit");
    }
  }

  // A line over a linear axis; on a logarithmic one it is bent, so it is drawn in pieces.
  template <typename Y>
  void draw_fit(Svg& svg, const Panel& panel, Y y) {
    const auto fit = std::find_if(result_.fits.begin(), result_.fits.end(), [&](const Fit& each) {
      return each.figure == panel.name ||
             (each.figure == "heap and stacks" && panel.name.starts_with("heap"));
    });
    if (fit == result_.fits.end()) return;
    const double scale = panel.unit == "s" ? 0.001 : 1;
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = 0; i < dimension_.values.size(); ++i) {
      const double value = *number_of(dimension_.name, dimension_.values[i]);
      const double height = (fit->line.intercept + fit->line.slope * value) * scale;
      points.emplace_back(x(axis_.at[i]), y(std::max(0.0, height)));
    }
    for (std::size_t i = 1; i < points.size(); ++i) {
      svg.line(points[i - 1].first, points[i - 1].second, points[i].first, points[i].second, "fit");
    }
  }

  template <typename Y>
  void draw_runs(Svg& svg, const Panel& panel, Y y) {
    std::vector<std::pair<double, double>> medians;
    for (std::size_t i = 0; i < result_.cells.size(); ++i) {
      const auto value = value_of(panel, result_.cells[i]);
      if (value) medians.emplace_back(x(axis_.at[i]), y(*value));
    }
    svg.polyline(medians, "curve0");
    last_label_ = -kLabelGap;
    for (std::size_t i = 0; i < result_.cells.size(); ++i) {
      draw_cell(svg, panel, result_.cells[i], x(axis_.at[i]), y);
    }
  }

  template <typename Y>
  void draw_cell(Svg& svg, const Panel& panel, const CellResult& cell, double at, Y y) {
    for (const Measurement& run : cell.samples) {
      const bool good = run.outcome == "ok";
      svg.circle(at, y(panel.of_run(run)), good ? 2.6 : 4, good ? "sample" : "failed");
    }
    const auto value = value_of(panel, cell);
    if (!value || cell.always("ok") || at - last_label_ < kLabelGap) return;
    last_label_ = at;
    svg.text(at, y(*value) - 8, cell.outcome_text(), "tiny", at > kWidth - 90 ? "end" : "middle");
  }

  const SweepResult& result_;
  const Dimension& dimension_;
  Axis axis_;
  double last_label_ = 0;  // of an outcome, in pixels: labels must not cover each other
};

}  // namespace

std::string draw_curves(const SweepResult& result, const std::string& title) {
  return Picture(result).draw(title);
}

}  // namespace gobox::lab
