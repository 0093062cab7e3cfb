// SPDX-License-Identifier: Apache-2.0

#include "chart/flame_svg.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "base/quantity.h"
#include "chart/svg.h"

namespace gobox::runner {
namespace {

constexpr double kFlameWidth = 960, kMargin = 16, kFlameTop = 48, kRow = 18;
constexpr double kSmallLetter = 6.2;  // width of a small one, about
constexpr double kNarrowest = 0.5;    // pixels: below, a box cannot be seen
constexpr std::size_t kDeepest = 40;
constexpr std::array<const char*, 6> kColours = {"#e8923e", "#e0a458", "#d97f4a",
                                                 "#e3b04b", "#cf8a5b", "#dd9a3c"};

struct Box {
  std::uint64_t value = 0;
  std::map<std::string, Box> below;  // by function and line
};

std::string label_of(const Frame& frame) {
  if (frame.file.empty()) return frame.function;
  return frame.function + "  " + frame.file + ":" + std::to_string(frame.line);
}

Box tree_of(const Profile& profile, std::size_t type) {
  Box root;
  for (const ProfileSample& sample : profile.samples) {
    if (sample.values[type] <= 0) continue;
    const auto value = static_cast<std::uint64_t>(sample.values[type]);
    root.value += value;
    Box* at = &root;
    std::size_t depth = 0;
    for (auto frame = sample.frames.rbegin(); frame != sample.frames.rend(); ++frame) {
      if (++depth > kDeepest) break;
      at = &at->below[label_of(*frame)];
      at->value += value;
    }
  }
  return root;
}

std::size_t depth_of(const Box& box) {
  std::size_t deepest = 0;
  for (const auto& [name, below] : box.below) deepest = std::max(deepest, depth_of(below));
  return deepest + 1;
}

class Drawing {
 public:
  Drawing(lab::Svg& svg, std::uint64_t whole, bool is_bytes)
      : svg_(svg), whole_(whole), is_bytes_(is_bytes) {}

  void draw(const std::string& name, const Box& box, double x, double width, std::size_t depth) {
    if (width < kNarrowest) return;
    const double y = kFlameTop + static_cast<double>(depth) * kRow;
    const std::string note = name + ": " + amount(box.value) + ", " + share(box.value);
    svg_.noted_rect({x, y, width - 0.5, kRow - 1}, colour(name, depth), note);
    const auto letters = static_cast<std::size_t>(std::max(0.0, (width - 6) / kSmallLetter));
    if (letters > 3) {
      const bool whole = note.size() <= letters;
      svg_.text(x + 3, y + 13, whole ? note : note.substr(0, letters - 1) + "…", "tiny oncell");
    }
    draw_below(box, x, width, depth + 1);
  }

 private:
  void draw_below(const Box& box, double x, double width, std::size_t depth) {
    for (const auto& [name, below] : box.below) {
      const double part = width * static_cast<double>(below.value) / static_cast<double>(box.value);
      draw(name, below, x, part, depth);
      x += part;
    }
  }

  std::string amount(std::uint64_t value) const {
    return is_bytes_ ? format_size(value) : std::to_string(value);
  }

  std::string share(std::uint64_t value) const {
    return lab::short_number(100 * static_cast<double>(value) / static_cast<double>(whole_)) + " %";
  }

  static std::string colour(const std::string& name, std::size_t depth) {
    if (depth == 0) return "#8a8f98";
    return kColours[std::hash<std::string>{}(name) % kColours.size()];
  }

  lab::Svg& svg_;
  const std::uint64_t whole_;
  const bool is_bytes_;
};

}  // namespace

std::string flame_svg(const Profile& profile, std::size_t type, const std::string& title) {
  const Box root = tree_of(profile, type);
  const double height = kFlameTop + static_cast<double>(depth_of(root)) * kRow + kMargin;
  lab::Svg svg(kFlameWidth, height, title);
  svg.text(kMargin, 28, lab::fitted_title(title, kFlameWidth), "title");
  if (root.value > 0) {
    Drawing drawing(svg, root.value, profile.types[type].unit == "bytes");
    drawing.draw("all", root, kMargin, kFlameWidth - 2 * kMargin, 0);
  }
  return std::move(svg).finish();
}

}  // namespace gobox::runner
