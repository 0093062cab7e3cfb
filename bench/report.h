// SPDX-License-Identifier: Apache-2.0

#pragma once

// BenchReport: the one table of a benchmark run, printed, and saved as JSON and as a chart (SVG).

#include <optional>
#include <string>
#include <vector>

namespace gobox::bench {

struct BenchRow {
  std::string group;  // rows of one group were measured interleaved and share a unit
  std::string name;
  std::string unit;
  double median = 0;
  double low = 0;   // 10 % lie below
  double high = 0;  // 90 % lie below
  std::size_t samples = 0;
  std::optional<double> ratio{};  // of medians, to the group's baseline
  std::string goal{};             // "<= 1.3 x", where there is one
  std::optional<bool> reached{};
};

class BenchReport {
 public:
  void add(BenchRow row) { rows_.push_back(std::move(row)); }

  // `before`: a NAME.json of an earlier time, whose medians are printed beside the new ones where
  // it has rows of the same group and name. A file that is missing or is none leaves the column
  // empty.
  void print(const std::string& before) const;
  // `directory` exists. Writes NAME.json and NAME.svg; false and errno set on failure.
  bool save(const std::string& directory, const std::string& name) const;

 private:
  std::string json() const;
  std::string svg() const;

  std::vector<BenchRow> rows_;
};

}  // namespace gobox::bench
