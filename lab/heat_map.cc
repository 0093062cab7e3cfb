// SPDX-License-Identifier: Apache-2.0

#include "lab/heat_map.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "chart/svg.h"
#include "lab/panel.h"

namespace gobox::lab {
namespace {

constexpr double kMapTop = 66;
constexpr double kCellHeight = 38;
constexpr double kScaleWidth = 160;
constexpr double kHead = 46;  // above a map: its name and the columns
constexpr double kFoot = 58;  // below: the axis' title and the scale
constexpr double kLetter = 6.6;

struct Shades {
  double least = 0;
  double most = 1;
  bool logarithmic = false;

  double share(double value) const {
    if (most <= least) return 0;
    if (logarithmic) return std::log(value / least) / std::log(most / least);
    return (value - least) / (most - least);
  }
};

// Pale yellow to deep teal, all light enough for dark letters on them.
std::string colour(double share) {
  struct Rgb {
    double r, g, b;
  };

  static constexpr Rgb kFrom{252, 244, 205}, kMiddle{137, 204, 190}, kTo{88, 141, 204};
  const bool upper = share > 0.5;
  const double part = std::clamp(upper ? share * 2 - 1 : share * 2, 0.0, 1.0);
  const Rgb& a = upper ? kMiddle : kFrom;
  const Rgb& b = upper ? kTo : kMiddle;
  char text[16];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", static_cast<unsigned>(a.r + (b.r - a.r) * part),
                static_cast<unsigned>(a.g + (b.g - a.g) * part),
                static_cast<unsigned>(a.b + (b.b - a.b) * part));
  return text;
}

Shades shades_of(const SweepResult& result, const Panel& panel) {
  Shades shades;
  bool first = true;
  for (const CellResult& cell : result.cells) {
    const auto value = value_of(panel, cell);
    if (!value) continue;
    shades.least = first ? *value : std::min(shades.least, *value);
    shades.most = first ? *value : std::max(shades.most, *value);
    first = false;
  }
  shades.logarithmic = shades.least > 0 && shades.most / shades.least > 20;
  return shades;
}

class MapPicture {
 public:
  explicit MapPicture(const SweepResult& result)
      : result_(result), down_(result.plan.dimensions[0]), across_(result.plan.dimensions[1]) {
    std::size_t longest = 4;
    for (const std::string& value : down_.values) {
      longest = std::max(longest, axis_label(down_.name, value).size());
    }
    left_ = 40 + kLetter * static_cast<double>(longest);
    const auto columns = static_cast<double>(across_.values.size());
    cell_width_ = std::clamp(640 / columns, 74.0, 120.0);
    width_ = std::max(left_ + cell_width_ * columns + 24, 700.0);
  }

  std::string draw(const std::string& title) {
    const std::vector<Panel> panels = panels_of(result_);
    const double map = kHead + kCellHeight * static_cast<double>(down_.values.size()) + kFoot;
    Svg svg(width_, kMapTop + map * static_cast<double>(panels.size()), title);
    svg.text(16, 24, fitted_title(title, width_), "title");
    svg.text(16, 44,
             "median of " + std::to_string(result_.plan.rounds) +
                 " runs per cell; red frame: not every run ended ok, the outcome is named",
             "small");
    double top = kMapTop;
    for (const Panel& panel : panels) {
      draw_map(svg, panel, top);
      top += map;
    }
    return std::move(svg).finish();
  }

 private:
  void draw_map(Svg& svg, const Panel& panel, double top) {
    const Shades shades = shades_of(result_, panel);
    const std::string unit = panel.unit.empty() ? "" : " (" + panel.unit + ")";
    svg.text(16, top + 12, panel.name + unit, "strong");
    for (std::size_t i = 0; i < across_.values.size(); ++i) {
      svg.text(x(i) + cell_width_ / 2, top + kHead - 8, axis_label(across_.name, across_.values[i]),
               "small", "middle");
    }
    for (std::size_t row = 0; row < down_.values.size(); ++row) {
      const double y = top + kHead + kCellHeight * static_cast<double>(row);
      svg.text(left_ - 8, y + kCellHeight / 2 + 4, axis_label(down_.name, down_.values[row]),
               "small", "end");
      for (std::size_t column = 0; column < across_.values.size(); ++column) {
        const CellResult& cell = result_.cells[row * across_.values.size() + column];
        draw_cell(svg, panel, shades, cell, x(column), y);
      }
    }
    const double bottom = top + kHead + kCellHeight * static_cast<double>(down_.values.size());
    svg.text(x(0), bottom + 16,
             "across: " + axis_title(across_.name) + "; down: " + axis_title(down_.name), "small");
    draw_scale(svg, panel, shades, bottom + 24);
  }

  void draw_cell(Svg& svg, const Panel& panel, const Shades& shades, const CellResult& cell,
                 double left, double y) {
    const auto value = value_of(panel, cell);
    if (!value) return;
    svg.rect(left + 1, y + 1, cell_width_ - 2, kCellHeight - 2, "cell",
             colour(shades.share(*value)));
    const bool good = cell.always("ok");
    if (!good) svg.rect(left + 1, y + 1, cell_width_ - 2, kCellHeight - 2, "bad");
    const double middle = left + cell_width_ / 2;
    svg.text(middle, y + (good ? 23 : 17), short_number(*value), "small oncell", "middle");
    if (!good) svg.text(middle, y + 30, cell.outcome_text(), "tiny oncell", "middle");
  }

  void draw_scale(Svg& svg, const Panel& panel, const Shades& shades, double y) {
    constexpr int kSteps = 32;
    svg.text(left_ - 8, y + 11, shades.logarithmic ? "log scale" : "scale", "tiny", "end");
    for (int i = 0; i < kSteps; ++i) {
      svg.rect(x(0) + kScaleWidth / kSteps * i, y, kScaleWidth / kSteps + 0.5, 12, "",
               colour(static_cast<double>(i) / (kSteps - 1)));
    }
    svg.text(x(0) + kScaleWidth + 8, y + 10,
             short_number(shades.least) + " to " + short_number(shades.most) + " " + panel.unit,
             "tiny");
  }

  double x(std::size_t column) const { return left_ + cell_width_ * static_cast<double>(column); }

  const SweepResult& result_;
  const Dimension& down_;
  const Dimension& across_;
  double left_ = 0;
  double cell_width_ = 0;
  double width_ = 0;
};

}  // namespace

std::string draw_heat_maps(const SweepResult& result, const std::string& title) {
  return MapPicture(result).draw(title);
}

}  // namespace gobox::lab
