// SPDX-License-Identifier: Apache-2.0

#include "bench/report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>

namespace gobox::bench {
namespace {

namespace json = boost::json;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  return text;
}

std::string ratio_text(const BenchRow& row) {
  return row.ratio ? number(*row.ratio) + " x" : std::string();
}

std::string verdict(const BenchRow& row) {
  if (row.goal.empty()) return "";
  return row.goal + (row.reached.value_or(false) ? "  reached" : "  MISSED");
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<') {
      safe += "&lt;";
    } else if (c == '&') {
      safe += "&amp;";
    } else {
      safe += c;
    }
  }
  return safe;
}

using Medians = std::map<std::pair<std::string, std::string>, double>;  // by group and name

Medians read_medians(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  Medians medians;
  try {
    const json::value whole = json::parse(text);
    for (const json::value& row : whole.at("rows").as_array()) {
      const auto word = [&row](const char* key) {
        return std::string(row.at(key).as_string().c_str());
      };
      medians[{word("group"), word("name")}] = row.at("median").to_number<double>();
    }
  } catch (const std::exception&) {
    return {};
  }
  return medians;
}

}  // namespace

void BenchReport::print(const std::string& before) const {
  const Medians earlier = read_medians(before);
  std::printf("%-34s %10s %10s %10s %10s %-6s %9s  %s\n", "", "before", "median", "p10", "p90",
              "unit", "ratio", "goal");
  std::string group;
  for (const BenchRow& row : rows_) {
    if (row.group != group) std::printf("%s\n", row.group.c_str());
    group = row.group;
    const auto known = earlier.find({row.group, row.name});
    const std::string then = known == earlier.end() ? std::string() : number(known->second);
    std::printf("  %-32s %10s %10s %10s %10s %-6s %9s  %s\n", row.name.c_str(), then.c_str(),
                number(row.median).c_str(), number(row.low).c_str(), number(row.high).c_str(),
                row.unit.c_str(), ratio_text(row).c_str(), verdict(row).c_str());
  }
}

std::string BenchReport::json() const {
  json::array rows;
  for (const BenchRow& row : rows_) {
    json::object object{{"group", row.group},     {"name", row.name}, {"unit", row.unit},
                        {"median", row.median},   {"p10", row.low},   {"p90", row.high},
                        {"samples", row.samples}, {"goal", row.goal}};
    object["ratio"] = row.ratio ? json::value(*row.ratio) : json::value(nullptr);
    object["reached"] = row.reached ? json::value(*row.reached) : json::value(nullptr);
    rows.push_back(std::move(object));
  }
  return json::serialize(json::object{{"rows", std::move(rows)}}) + "\n";
}

// Horizontal bars, one block per group, scaled to the group's longest; a line from p10 to p90. Text
// and lines take the reader's colours, so that it reads on light and on dark.
std::string BenchReport::svg() const {
  constexpr double kLeft = 260;
  constexpr double kWidth = 420;
  constexpr double kRow = 22;
  std::string body;
  double y = 10;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const BenchRow& row = rows_[i];
    if (i == 0 || rows_[i - 1].group != row.group) {
      y += 18;
      body += "<text class='g' x='10' y='" + number(y) + "'>" + escaped(row.group) + " (" +
              escaped(row.unit) + ")</text>\n";
      y += 10;
    }
    double longest = 0;
    for (const BenchRow& other : rows_) {
      if (other.group == row.group) longest = std::max(longest, other.high);
    }
    const double scale = longest > 0 ? kWidth / longest : 0;
    const std::string middle = number(y + kRow / 2);
    body += "<text x='" + number(kLeft - 8) + "' y='" + number(y + 15) + "' text-anchor='end'>" +
            escaped(row.name) + "</text>\n";
    body += "<rect x='" + number(kLeft) + "' y='" + number(y + 4) + "' width='" +
            number(std::max(1.0, row.median * scale)) + "' height='14'/>\n";
    body += "<line x1='" + number(kLeft + row.low * scale) + "' x2='" +
            number(kLeft + row.high * scale) + "' y1='" + middle + "' y2='" + middle + "'/>\n";
    body += "<text x='" + number(kLeft + row.high * scale + 6) + "' y='" + number(y + 15) + "'>" +
            number(row.median) + (row.ratio ? " (" + ratio_text(row) + ")" : "") + "</text>\n";
    y += kRow;
  }
  return "<svg xmlns='http://www.w3.org/2000/svg' width='820' height='" + number(y + 20) +
         "' font-family='sans-serif' font-size='12'>\n<style>text{fill:#777}.g{font-weight:bold}"
         "rect{fill:#4a90c2}line{stroke:#d9822b;stroke-width:2}</style>\n" +
         body + "</svg>\n";
}

bool BenchReport::save(const std::string& directory, const std::string& name) const {
  std::ofstream data(directory + "/" + name + ".json");
  data << json();
  std::ofstream chart(directory + "/" + name + ".svg");
  chart << svg();
  data.close();
  chart.close();
  return data.good() && chart.good();
}

}  // namespace gobox::bench
