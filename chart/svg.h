// SPDX-License-Identifier: Apache-2.0

#pragma once

// Svg: a drawing under construction, with the one style of all the laboratory's pictures. Paper and
// ink follow the viewer's colour scheme by a media query; without one they are dark on white paper
// that is drawn, not assumed, so that the picture reads on any page. Coordinates are pixels from
// the top left. A value; belongs to one thread.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gobox::lab {

std::string svg_escaped(std::string_view text);

// "1.25", never "1e+06".
std::string short_number(double value);

// As much of a title as a picture of this width can show.
std::string fitted_title(const std::string& title, double width);

class Svg {
 public:
  Svg(double width, double height, const std::string& title);

  void text(double x, double y, std::string_view words, std::string_view style = "small",
            const char* anchor = "start");
  void line(double x1, double y1, double x2, double y2, std::string_view style);
  void rect(double x, double y, double width, double height, std::string_view style,
            const std::string& fill = "");

  struct Place {
    double x = 0, y = 0, width = 0, height = 0;
  };

  // Says `note` when pointed at.
  void noted_rect(const Place& place, const std::string& fill, std::string_view note);
  void polyline(const std::vector<std::pair<double, double>>& points, std::string_view style);
  void circle(double x, double y, double radius, std::string_view style);

  std::string finish() &&;

 private:
  std::string out_;
};

}  // namespace gobox::lab
