// SPDX-License-Identifier: Apache-2.0

#include "lab/summary_text.h"

#include <cstdio>

namespace gobox::lab {

std::string number(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

boost::json::value summary_json(const Summary& summary) {
  if (summary.count == 0) return nullptr;
  return {{"count", summary.count}, {"median", summary.median}, {"low", summary.low},
          {"high", summary.high},   {"least", summary.least},   {"most", summary.most}};
}

}  // namespace gobox::lab
