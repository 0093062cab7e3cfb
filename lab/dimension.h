// SPDX-License-Identifier: Apache-2.0

#pragma once

// Dimension: one thing a sweep varies, and the values it takes; Setting: one of them. Which names
// exist, and what a value means as a number for the axis of a chart, is here; what a value does to
// a job is the flag of the same name's affair (run/options.h), so that it is checked by the same
// words. Values; pure functions; a refusal is a caller's Error. Thread-safe.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gobox::lab {

inline constexpr std::size_t kMaxValues = 200;    // of one dimension
inline constexpr std::size_t kMaxCells = 10'000;  // of one sweep

enum class Unit { kBytes, kMilliseconds, kPlain };

struct Setting {
  std::string name;
  std::string value;

  bool operator==(const Setting&) const = default;
};

struct Dimension {
  std::string name;
  std::vector<std::string> values;

  bool operator==(const Dimension&) const = default;
};

// "memory=64M,128M". Ranges of whole numbers may be written "p=1..8". A name that does not exist,
// an empty or repeated value is refused.
Result<Dimension> parse_dimension(std::string_view text);

// Names as --vary takes them, for a sentence.
std::string dimension_names();

bool is_dimension_name(std::string_view name);

// "env.X" gives X.
std::optional<std::string> environment_name(std::string_view name);

Unit unit_of(std::string_view name);

// Bytes, milliseconds or the plain number; nothing for words ("off", "auto", a toolchain).
std::optional<double> number_of(std::string_view name, std::string_view value);

// The flags of `sandbox-run` that put a setting into force; empty for arg and packages, which are
// no flags.
std::vector<std::string> flags_of(const Setting& setting);

// "memory=64M gogc=50".
std::string describe(const std::vector<Setting>& settings);

}  // namespace gobox::lab
