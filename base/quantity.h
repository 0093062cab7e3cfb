// SPDX-License-Identifier: Apache-2.0

#pragma once

// Quantities a user writes: sizes ("64M", "64MiB", "1G", "1048576") and durations ("250ms", "8s",
// "1m", "1h"). One grammar for flags, policies and requests.
//
// Sizes end as bytes; K, M, G, T, also with "iB", are powers of 1024, and with "B" of 1000.
// Durations need a unit (ns, us, ms, s, m, h); fractions are allowed ("1.5s"). Zero, negative, NaN,
// infinite, overflowing or absurd values (sizes over 1 PiB, durations over 30 days) and unknown
// units are refused with a sentence that starts with `name`. Nothing ever means "unlimited".
// Thread-safe; no state.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gobox {

using Nanoseconds = std::chrono::nanoseconds;

Result<std::uint64_t> parse_size(std::string_view name, std::string_view text);
Result<Nanoseconds> parse_duration(std::string_view name, std::string_view text);
// As parse_duration, but "0" and "0s" are answers too: for a grace period, where zero means "at
// once".
Result<Nanoseconds> parse_grace(std::string_view name, std::string_view text);
// Number of CPUs: 0.01 to 1024, fractions allowed.
Result<double> parse_cpus(std::string_view name, std::string_view text);
// A whole number within [least, most].
Result<std::uint64_t> parse_count(std::string_view name, std::string_view text, std::uint64_t least,
                                  std::uint64_t most);

// For people: "256 MiB", "1.5 GiB", "812 B"; "250 ms", "8 s", "1.25 s".
std::string format_size(std::uint64_t bytes);
std::string format_duration(Nanoseconds duration);

}  // namespace gobox
