// SPDX-License-Identifier: Apache-2.0

#include "base/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "base/utf8.h"

namespace gobox {
namespace {

constexpr std::uint64_t kKibi = 1024;
constexpr std::uint64_t kMaxBytes = kKibi * kKibi * kKibi * kKibi * kKibi;  // 1 PiB
constexpr std::chrono::hours kMaxTime{24 * 30};
constexpr double kLeastCpus = 0.01;
constexpr double kMaxCpus = 1024;
constexpr std::size_t kMaxEchoedBytes = 64;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Sizes are matched without regard to case: "256m" can only mean one thing.
constexpr std::array kSizeUnits = {
    Unit{"", 1},
    Unit{"b", 1},
    Unit{"k", kKibi},
    Unit{"kb", 1'000},
    Unit{"kib", kKibi},
    Unit{"m", kKibi* kKibi},
    Unit{"mb", 1'000'000},
    Unit{"mib", kKibi* kKibi},
    Unit{"g", kKibi* kKibi* kKibi},
    Unit{"gb", 1'000'000'000},
    Unit{"gib", kKibi* kKibi* kKibi},
    Unit{"t", kKibi* kKibi* kKibi* kKibi},
    Unit{"tb", 1'000'000'000'000},
    Unit{"tib", kKibi* kKibi* kKibi* kKibi},
};

constexpr std::array kTimeUnits = {
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"\u00b5s", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"m", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// What the user wrote, made fit for one line of a terminal: it may be anything at all.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : cut_utf8(text, kMaxEchoedBytes)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    result += control ? '?' : c;
  }
  if (text.size() > kMaxEchoedBytes) result += "...";
  return result + "\"";
}

// What a quantity is called and looks like, for messages.
struct Kind {
  std::string_view noun;
  std::string_view example;
};

constexpr Kind kSize{"size", "64M"};
constexpr Kind kDuration{"duration", "8s"};
constexpr Kind kCpus{"number of CPUs", "1.5"};
constexpr Kind kCount{"whole number", "128"};

// Every refusal is one sentence: `NAME: "TEXT" REASON`.
Error refuse(std::string_view name, std::string_view text, std::string_view reason) {
  return Error::caller(std::string(name) + ": " + quoted(text) + " " + std::string(reason));
}

Error not_a(const Kind& kind, std::string_view name, std::string_view text) {
  return refuse(
      name, text,
      "is not a " + std::string(kind.noun) + "; write it like " + std::string(kind.example));
}

// Digits, then a point and digits if there is a fraction, then the rest (the unit).
struct Parts {
  std::string_view whole;
  std::string_view fraction;
  std::string_view unit;
};

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

Result<Parts> split(const Kind& kind, std::string_view name, std::string_view text) {
  if (text.empty()) {
    return Error::caller(std::string(name) + ": the value is empty; write a " +
                         std::string(kind.noun) + " like " + std::string(kind.example));
  }
  if (std::ranges::any_of(text, is_space)) return refuse(name, text, "contains white space");
  if (text.front() == '-') {
    return refuse(name, text, "is negative; a " + std::string(kind.noun) + " has no sign");
  }
  if (text.front() == '+') {
    return refuse(name, text, "has a sign; a " + std::string(kind.noun) + " has none");
  }
  Parts parts;
  parts.whole = text.substr(0, count_digits(text));
  if (parts.whole.empty()) return not_a(kind, name, text);
  std::string_view rest = text.substr(parts.whole.size());
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    parts.fraction = rest.substr(0, count_digits(rest));
    rest.remove_prefix(parts.fraction.size());
    if (parts.fraction.empty() || (!rest.empty() && rest.front() == '.')) {
      return not_a(kind, name, text);
    }
  }
  parts.unit = rest;
  return parts;
}

bool is_zero(const Parts& parts) {
  const auto zeros = [](std::string_view digits) {
    return std::ranges::all_of(digits, [](char c) { return c == '0'; });
  };
  return zeros(parts.whole) && zeros(parts.fraction);
}

std::optional<std::uint64_t> to_integer(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// whole.fraction * factor, or nothing where that is more than `most`. The whole part stays in
// integers, so plain bytes and nanoseconds are exact; only the fraction passes through a double.
std::optional<std::uint64_t> scale(const Parts& parts, std::uint64_t factor, std::uint64_t most) {
  const std::optional<std::uint64_t> whole = to_integer(parts.whole);
  if (!whole || *whole > most / factor) return std::nullopt;
  std::uint64_t result = *whole * factor;
  if (!parts.fraction.empty()) {
    const std::string text = "0." + std::string(parts.fraction);
    double fraction = 0;
    // An underflow (a fraction of very many zeros) leaves 0, which is the right answer.
    std::from_chars(text.data(), text.data() + text.size(), fraction);
    result += static_cast<std::uint64_t>(std::llround(fraction * static_cast<double>(factor)));
  }
  if (result > most) return std::nullopt;
  return result;
}

template <std::size_t N>
std::optional<std::uint64_t> factor_of(const std::array<Unit, N>& units, std::string_view name) {
  const auto found = std::ranges::find(units, name, &Unit::name);
  if (found == units.end()) return std::nullopt;
  return found->factor;
}

enum class Zero { kRefused, kAllowed };

Result<Nanoseconds> duration(std::string_view name, std::string_view text, Zero zero) {
  const Parts parts = TRY(split(kDuration, name, text));
  const bool bare_zero = zero == Zero::kAllowed && is_zero(parts) && parts.unit.empty();
  if (bare_zero) return Nanoseconds::zero();
  if (parts.unit.empty()) {
    return refuse(name, text, "has no unit; write one of ns, us, ms, s, m, h, as in 250ms or 8s");
  }
  const std::optional<std::uint64_t> factor = factor_of(kTimeUnits, parts.unit);
  if (!factor) {
    return refuse(
        name, text,
        "has the unknown unit " + quoted(parts.unit) + "; durations take ns, us, ms, s, m or h");
  }
  if (is_zero(parts) && zero == Zero::kAllowed) return Nanoseconds::zero();
  if (is_zero(parts)) return refuse(name, text, "is zero; a duration must be at least 1ns");
  constexpr auto kMost = static_cast<std::uint64_t>(Nanoseconds(kMaxTime).count());
  const std::optional<std::uint64_t> value = scale(parts, *factor, kMost);
  if (!value) return refuse(name, text, "is too long; a duration may be at most 30 days (720h)");
  if (*value == 0) return refuse(name, text, "is less than 1ns, the shortest duration");
  return Nanoseconds(static_cast<Nanoseconds::rep>(*value));
}

// At most two decimals, none of them a trailing zero.
std::string decimal(double value) {
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::fixed, 2);
  std::string text(buffer.data(), error == std::errc{} ? end : buffer.data());
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

// The largest unit that leaves at least 1 in front of the point once rounded, so that
// 1048575 bytes are "1 MiB" and not "1024 KiB". `units` ascends and starts with factor 1.
std::string format_in(double value, std::initializer_list<Unit> units) {
  constexpr double kRoundsUp = 0.005;
  const Unit* chosen = units.begin();
  for (const Unit& unit : units) {
    if (value / static_cast<double>(unit.factor) >= 1 - kRoundsUp) chosen = &unit;
  }
  return decimal(value / static_cast<double>(chosen->factor)) + " " + std::string(chosen->name);
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view name, std::string_view text) {
  const Parts parts = TRY(split(kSize, name, text));
  const std::optional<std::uint64_t> factor = factor_of(kSizeUnits, lower(parts.unit));
  if (!factor) {
    return refuse(
        name, text,
        "has the unknown unit " + quoted(parts.unit) +
            "; sizes take K, M, G or T (powers of 1024, as KiB), KB, MB, GB or TB (powers of "
            "1000), or none for bytes");
  }
  if (is_zero(parts)) return refuse(name, text, "is zero; a size must be at least 1 byte");
  if (*factor == 1 && !parts.fraction.empty()) {
    return refuse(name, text, "is not a whole number of bytes");
  }
  const std::optional<std::uint64_t> value = scale(parts, *factor, kMaxBytes);
  if (!value) return refuse(name, text, "is too large; a size may be at most 1 PiB (1024T)");
  if (*value == 0) return refuse(name, text, "is less than 1 byte, the smallest size");
  return *value;
}

Result<Nanoseconds> parse_duration(std::string_view name, std::string_view text) {
  return duration(name, text, Zero::kRefused);
}

Result<Nanoseconds> parse_grace(std::string_view name, std::string_view text) {
  return duration(name, text, Zero::kAllowed);
}

Result<double> parse_cpus(std::string_view name, std::string_view text) {
  const Parts parts = TRY(split(kCpus, name, text));
  if (!parts.unit.empty()) return not_a(kCpus, name, text);
  if (is_zero(parts)) return refuse(name, text, "is zero; at least 0.01 CPUs are needed");
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  // from_chars leaves `value` alone when out of range: a tiny number or one of hundreds of digits.
  if (error != std::errc{}) value = is_zero({parts.whole, "", ""}) ? 0 : kMaxCpus + 1;
  if (value < kLeastCpus) return refuse(name, text, "is too small; at least 0.01 CPUs are needed");
  if (value > kMaxCpus) return refuse(name, text, "is too large; at most 1024 CPUs are allowed");
  return value;
}

Result<std::uint64_t> parse_count(std::string_view name, std::string_view text, std::uint64_t least,
                                  std::uint64_t most) {
  const Parts parts = TRY(split(kCount, name, text));
  if (parts.whole.size() != text.size()) return not_a(kCount, name, text);
  if (is_zero(parts) && least > 0) {
    return refuse(name, text, "is zero; it must be at least " + std::to_string(least));
  }
  const std::optional<std::uint64_t> value = to_integer(parts.whole);
  if (!value || *value > most) {
    return refuse(name, text, "is too large; it may be at most " + std::to_string(most));
  }
  if (*value < least) {
    return refuse(name, text, "is too small; it must be at least " + std::to_string(least));
  }
  return *value;
}

std::string format_size(std::uint64_t bytes) {
  if (bytes < kKibi) return std::to_string(bytes) + " B";
  return format_in(static_cast<double>(bytes), {{"B", 1},
                                                {"KiB", kKibi},
                                                {"MiB", kKibi * kKibi},
                                                {"GiB", kKibi * kKibi * kKibi},
                                                {"TiB", kKibi * kKibi * kKibi * kKibi},
                                                {"PiB", kMaxBytes}});
}

std::string format_duration(Nanoseconds duration) {
  // A double holds nanoseconds exactly for 104 days, and two decimals of anything.
  const auto value = static_cast<double>(duration.count());
  const std::string sign = value < 0 ? "-" : "";
  if (value == 0) return "0 s";
  return sign + format_in(std::abs(value), {{"ns", 1},
                                            {"us", 1'000},
                                            {"ms", 1'000'000},
                                            {"s", 1'000'000'000},
                                            {"min", 60'000'000'000},
                                            {"h", 3'600'000'000'000}});
}

}  // namespace gobox
