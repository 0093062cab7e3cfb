// SPDX-License-Identifier: Apache-2.0

#include "lab/sweep_svg.h"

#include "lab/curves.h"
#include "lab/heat_map.h"

namespace gobox::lab {
namespace {

// The cells of one combination of the values behind the second dimension, as a sweep of two.
SweepResult slice_of(const SweepResult& result, std::size_t slice, std::size_t slices) {
  SweepPlan plan = result.plan;
  plan.dimensions.resize(2);
  SweepResult part;
  part.plan = plan;
  part.form = result.form;
  for (std::size_t i = 0; i < plan.cells(); ++i) {
    part.cells.push_back(result.cells[i * slices + slice]);
  }
  return part;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> sweep_pictures(const SweepResult& result,
                                                                const std::string& title) {
  const std::vector<Dimension>& dimensions = result.plan.dimensions;
  if (dimensions.empty()) return {};
  if (dimensions.size() == 1) return {{"sweep", draw_curves(result, title)}};
  if (dimensions.size() == 2) return {{"sweep", draw_heat_maps(result, title)}};
  std::size_t slices = 1;
  for (std::size_t i = 2; i < dimensions.size(); ++i) slices *= dimensions[i].values.size();
  std::vector<std::pair<std::string, std::string>> pictures;
  for (std::size_t slice = 0; slice < std::min(slices, kMaxPictures); ++slice) {
    const SweepResult part = slice_of(result, slice, slices);
    std::vector<Setting> fixed(part.cells[0].settings.begin() + 2, part.cells[0].settings.end());
    pictures.emplace_back("sweep-" + std::to_string(slice + 1),
                          draw_heat_maps(part, title + ", " + describe(fixed)));
  }
  return pictures;
}

}  // namespace gobox::lab
