// SPDX-License-Identifier: Apache-2.0

#include "chart/svg.h"

#include <cmath>
#include <cstdio>

namespace gobox::lab {
namespace {

constexpr const char* kStyle = R"(<style>
text { font-family: system-ui, 'DejaVu Sans', sans-serif; font-size: 12px; fill: #2b2f36; }
.paper { fill: #ffffff; }
.title { font-size: 15px; font-weight: 600; }
.strong { font-size: 12px; font-weight: 600; }
.small { font-size: 11px; }
.tiny { font-size: 10px; }
.axis { stroke: #8a8f98; stroke-width: 1; }
.grid { stroke: #8a8f98; stroke-opacity: 0.25; stroke-width: 1; }
.curve0 { stroke: #3e83e8; fill: none; stroke-width: 2; }
.curve1 { stroke: #d9822b; fill: none; stroke-width: 2; }
.curve2 { stroke: #2f9e6e; fill: none; stroke-width: 2; }
.curve3 { stroke: #a06cd5; fill: none; stroke-width: 2; }
.curve4 { stroke: #c2417c; fill: none; stroke-width: 2; }
.curve5 { stroke: #8a8f98; fill: none; stroke-width: 2; }
.dot0 { fill: #3e83e8; } .dot1 { fill: #d9822b; } .dot2 { fill: #2f9e6e; }
.dot3 { fill: #a06cd5; } .dot4 { fill: #c2417c; } .dot5 { fill: #8a8f98; }
.sample { fill: #8a8f98; fill-opacity: 0.55; }
.failed { fill: #e5484d; }
.limit { stroke: #e5484d; stroke-width: 1.5; stroke-dasharray: 6 4; }
.fit { stroke: #8a8f98; stroke-width: 1.5; stroke-dasharray: 2 3; }
.knee { stroke: #2f9e6e; stroke-width: 2; stroke-dasharray: 3 3; }
.cell { stroke: #8a8f98; stroke-width: 0.5; }
.bad { fill: #e5484d; fill-opacity: 0.10; stroke: #e5484d; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
  text { fill: #d7dae0; }
  .paper { fill: #16181d; }
}
.oncell { fill: #10131a; }
</style>
)";

std::string fixed(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

}  // namespace

std::string svg_escaped(std::string_view text) {
  std::string safe;
  for (const char byte : text) {
    switch (byte) {
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '&':
        safe += "&amp;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(byte) >= 0x20) safe += byte;
    }
  }
  return safe;
}

std::string short_number(double value) {
  char text[48];
  const double size = std::abs(value);
  std::snprintf(text, sizeof text, size >= 1000 ? "%.0f" : size >= 100 ? "%.4g" : "%.3g", value);
  return text;
}

std::string fitted_title(const std::string& title, double width) {
  constexpr double kLetter = 9;  // of the title's font, about
  const auto most = static_cast<std::size_t>((width - 32) / kLetter);
  return title.size() <= most ? title : title.substr(0, most - 1) + "…";
}

Svg::Svg(double width, double height, const std::string& title) {
  out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + fixed(width) + " " +
         fixed(height) + "\" width=\"" + fixed(width) + "\" height=\"" + fixed(height) +
         "\" role=\"img\">\n<title>" + svg_escaped(title) + "</title>\n" + kStyle;
  rect(0, 0, width, height, "paper");
}

void Svg::text(double x, double y, std::string_view words, std::string_view style,
               const char* anchor) {
  out_ += "<text x=\"" + fixed(x) + "\" y=\"" + fixed(y) + "\" class=\"" + std::string(style) +
          "\" text-anchor=\"" + anchor + "\">" + svg_escaped(words) + "</text>\n";
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view style) {
  out_ += "<line x1=\"" + fixed(x1) + "\" y1=\"" + fixed(y1) + "\" x2=\"" + fixed(x2) + "\" y2=\"" +
          fixed(y2) + "\" class=\"" + std::string(style) + "\"/>\n";
}

void Svg::rect(double x, double y, double width, double height, std::string_view style,
               const std::string& fill) {
  out_ += "<rect x=\"" + fixed(x) + "\" y=\"" + fixed(y) + "\" width=\"" + fixed(width) +
          "\" height=\"" + fixed(height) + "\" class=\"" + std::string(style) + "\"" +
          (fill.empty() ? "" : " fill=\"" + fill + "\"") + "/>\n";
}

void Svg::noted_rect(const Place& place, const std::string& fill, std::string_view note) {
  out_ += "<g><title>" + svg_escaped(note) + "</title>";
  rect(place.x, place.y, place.width, place.height, "cell", fill);
  out_ += "</g>\n";
}

void Svg::polyline(const std::vector<std::pair<double, double>>& points, std::string_view style) {
  std::string text;
  for (const auto& [x, y] : points) text += fixed(x) + "," + fixed(y) + " ";
  out_ += "<polyline points=\"" + text + "\" class=\"" + std::string(style) + "\"/>\n";
}

void Svg::circle(double x, double y, double radius, std::string_view style) {
  out_ += "<circle cx=\"" + fixed(x) + "\" cy=\"" + fixed(y) + "\" r=\"" + fixed(radius) +
          "\" class=\"" + std::string(style) + "\"/>\n";
}

std::string Svg::finish() && {
  return std::move(out_) + "</svg>\n";
}

}  // namespace gobox::lab
