// SPDX-License-Identifier: Apache-2.0

#include "run/production.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/quantity.h"

namespace gobox::run {
namespace {

enum class Place { kKubernetes, kDocker, kSystemd };

Result<Place> parse_place(const std::string& flag, std::string_view word) {
  if (word == "kubernetes") return Place::kKubernetes;
  if (word == "docker") return Place::kDocker;
  if (word == "systemd") return Place::kSystemd;
  return Error::caller(flag + ": \"" + std::string(word) +
                       "\" is none of kubernetes, docker, systemd");
}

Error bad_value(const std::string& flag, std::string_view name, std::string_view text,
                std::string_view example) {
  return Error::caller(flag + ": " + std::string(name) + "=" + std::string(text) + " is no " +
                       std::string(name) + "; an example is " + std::string(example));
}

struct Unit {
  std::string_view suffix;
  double factor;
};

constexpr double kKibi = 1024;
constexpr std::array<Unit, 9> kKubernetesUnits = {{{"Ki", kKibi},
                                                   {"Mi", kKibi* kKibi},
                                                   {"Gi", kKibi* kKibi* kKibi},
                                                   {"Ti", kKibi* kKibi* kKibi* kKibi},
                                                   {"k", 1e3},
                                                   {"M", 1e6},
                                                   {"G", 1e9},
                                                   {"T", 1e12},
                                                   {"", 1}}};

// Digits, and at most one point among them.
std::optional<double> plain_number(std::string_view text) {
  constexpr std::size_t kLongest = 18;
  if (text.empty() || text.size() > kLongest || text.front() == '.') return std::nullopt;
  const bool digits = std::all_of(text.begin(), text.end(), [](char each) {
    return each == '.' || std::isdigit(static_cast<unsigned char>(each)) != 0;
  });
  if (!digits || std::count(text.begin(), text.end(), '.') > 1) return std::nullopt;
  return std::stod(std::string(text));
}

// Kubernetes has M for a million and Mi for 1024 times 1024.
Result<std::uint64_t> kubernetes_memory(const std::string& flag, std::string_view name,
                                        std::string_view text) {
  for (const Unit& unit : kKubernetesUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto number = plain_number(text.substr(0, text.size() - unit.suffix.size()));
    if (!number) break;
    return parse_size(flag, std::to_string(std::llround(std::min(*number * unit.factor, 9e18))));
  }
  return bad_value(flag, name, text, "memory=512Mi");
}

// Docker writes 512m, systemd 512M; both mean powers of 1024.
Result<std::uint64_t> binary_memory(const std::string& flag, std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
  return parse_size(flag, upper);
}

Result<double> parse_share(const std::string& flag, std::string_view name, std::string_view text) {
  const bool percent = text.ends_with('%');
  const bool thousandths = text.ends_with('m');
  if (!percent && !thousandths) return parse_cpus(flag, text);
  const auto number = plain_number(text.substr(0, text.size() - 1));
  if (!number) return bad_value(flag, name, text, percent ? "CPUQuota=50%" : "cpu=500m");
  return parse_cpus(flag, std::to_string(*number / (percent ? 100 : 1000)));
}

Result<void> take_setting(const std::string& flag, Place place, std::string_view setting,
                          Production& production) {
  const std::size_t equals = setting.find('=');
  const std::string_view name = setting.substr(0, equals);
  if (equals == std::string_view::npos) {
    return Error::caller(flag + ": \"" + std::string(setting) + "\" is not NAME=VALUE");
  }
  const std::string_view value = setting.substr(equals + 1);
  if (name == "memory" || name == "MemoryMax") {
    production.memory = TRY(place == Place::kKubernetes ? kubernetes_memory(flag, name, value)
                                                        : binary_memory(flag, value));
  } else if (name == "cpu" || name == "cpus" || name == "CPUQuota") {
    production.cpus = TRY(parse_share(flag, name, value));
  } else {
    return Error::caller(flag + ": \"" + std::string(name) + "\" is neither memory nor cpu");
  }
  return {};
}

}  // namespace

Result<Production> parse_production(const std::string& flag, const std::string& text) {
  const std::size_t colon = text.find(':');
  const Place place = TRY(parse_place(flag, std::string_view(text).substr(0, colon)));
  Production production;
  if (colon == std::string::npos) return production;
  std::string_view rest = std::string_view(text).substr(colon + 1);
  for (;;) {
    const std::size_t comma = rest.find(',');
    TRY(take_setting(flag, place, rest.substr(0, comma), production));
    if (comma == std::string_view::npos) return production;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace gobox::run
