// SPDX-License-Identifier: Apache-2.0

#pragma once

// Journal: the measurements of a sweep on disk, so that an interrupted one goes on where it stood.
//
// A text file: a first line that names the sweep (its fingerprint and seed), then one JSON line per
// finished run, each on disk (fsync(2)) before the next run starts. A line that a crash left half
// written is cut off when the journal is opened. One process at a time holds it (flock(2)). Belongs
// to one thread. A refusal (another sweep's journal, one in use) is a caller's Error.

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "lab/measurement.h"

namespace gobox::lab {

// What a sweep is: two of the same fingerprint measure the same thing.
struct JournalHead {
  std::string fingerprint;
  std::uint64_t seed = 0;
};

class Journal {
 public:
  // Creates the file, or takes up the one there. `head`.seed becomes the one in the file.
  static Result<Journal> open(const std::string& path, JournalHead& head);

  Result<void> append(const Measurement& measurement);

  // What was there and what was appended since.
  const std::vector<Measurement>& measurements() const { return measurements_; }

 private:
  explicit Journal(UniqueFd file) : file_(std::move(file)) {}

  Result<void> read(const std::string& path, JournalHead& head);
  Result<void> write_line(const std::string& line);

  UniqueFd file_;
  std::vector<Measurement> measurements_;
};

}  // namespace gobox::lab
