// SPDX-License-Identifier: Apache-2.0

#include "lab/dimension.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/quantity.h"

namespace gobox::lab {
namespace {

struct Kind {
  std::string_view name;
  std::string_view flag;  // "" where there is none
  Unit unit = Unit::kPlain;
};

constexpr std::array kKinds = {Kind{"memory", "--memory", Unit::kBytes},
                               Kind{"compile-memory", "--compile-memory", Unit::kBytes},
                               Kind{"cpus", "--cpus"},
                               Kind{"pids", "--pids"},
                               Kind{"gogc", "--gogc"},
                               Kind{"gomemlimit", "--gomemlimit", Unit::kBytes},
                               Kind{"p", "-p"},
                               Kind{"race", "--race"},
                               Kind{"toolchain", "--toolchain"},
                               Kind{"arg", ""},
                               Kind{"packages", ""},
                               Kind{"disk", "--disk", Unit::kBytes},
                               Kind{"output", "--output", Unit::kBytes},
                               Kind{"run-timeout", "--run-timeout", Unit::kMilliseconds},
                               Kind{"compile-timeout", "--compile-timeout", Unit::kMilliseconds},
                               Kind{"total-timeout", "--total-timeout", Unit::kMilliseconds},
                               Kind{"cpu-time", "--cpu-time", Unit::kMilliseconds},
                               Kind{"policy", "--policy"}};

constexpr std::string_view kEnvironment = "env.";

const Kind* find_kind(std::string_view name) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const Kind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : &*found;
}

std::optional<double> plain_number(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0') return std::nullopt;
  return value;
}

// "1..8" of whole numbers, written out.
Result<std::vector<std::string>> expand(const std::string& name, const std::string& value) {
  const std::size_t dots = value.find("..");
  if (dots == std::string::npos) return std::vector<std::string>{value};
  constexpr std::uint64_t kMost = 1'000'000;
  const std::uint64_t from = TRY(parse_count("--vary " + name, value.substr(0, dots), 0, kMost));
  const std::uint64_t to = TRY(parse_count("--vary " + name, value.substr(dots + 2), 0, kMost));
  if (to < from || to - from >= kMaxValues) {
    return Error::caller("--vary " + name + ": the range " + value + " is empty or too long");
  }
  std::vector<std::string> all;
  for (std::uint64_t each = from; each <= to; ++each) all.push_back(std::to_string(each));
  return all;
}

Result<void> check_value(const std::string& name, const std::string& value) {
  if (name == "race" && value != "on" && value != "off") {
    return Error::caller("--vary race: \"" + value + "\" is neither on nor off");
  }
  if (name == "packages") TRY(parse_count("--vary packages", value, 1, 100'000));
  return {};
}

}  // namespace

Result<Dimension> parse_dimension(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return Error::caller("--vary: \"" + std::string(text) + "\" is not NAME=V1,V2,...");
  }
  Dimension dimension;
  dimension.name = text.substr(0, equals);
  if (!is_dimension_name(dimension.name)) {
    return Error::caller("--vary: \"" + dimension.name +
                         "\" cannot be varied; these can: " + dimension_names());
  }
  std::string_view rest = text.substr(equals + 1);
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    more = comma != std::string_view::npos;
    const std::string value(rest.substr(0, comma));
    if (more) rest.remove_prefix(comma + 1);
    if (value.empty()) return Error::caller("--vary " + dimension.name + ": a value is empty");
    const bool range = !environment_name(dimension.name) && dimension.name != "arg";
    for (std::string& each :
         range ? TRY(expand(dimension.name, value)) : std::vector<std::string>{value}) {
      TRY(check_value(dimension.name, each));
      if (std::count(dimension.values.begin(), dimension.values.end(), each) > 0) {
        return Error::caller("--vary " + dimension.name + ": " + each + " is there twice");
      }
      dimension.values.push_back(std::move(each));
    }
  }
  if (dimension.values.size() > kMaxValues) {
    return Error::caller("--vary " + dimension.name + ": more than " + std::to_string(kMaxValues) +
                         " values");
  }
  return dimension;
}

std::string dimension_names() {
  std::string names;
  for (const Kind& kind : kKinds) names += std::string(kind.name) + ", ";
  return names + "env.NAME";
}

bool is_dimension_name(std::string_view name) {
  return find_kind(name) != nullptr || environment_name(name).has_value();
}

std::optional<std::string> environment_name(std::string_view name) {
  if (!name.starts_with(kEnvironment) || name.size() == kEnvironment.size() ||
      name.find('=') != std::string_view::npos) {
    return std::nullopt;
  }
  return std::string(name.substr(kEnvironment.size()));
}

Unit unit_of(std::string_view name) {
  const Kind* kind = find_kind(name);
  return kind == nullptr ? Unit::kPlain : kind->unit;
}

std::optional<double> number_of(std::string_view name, std::string_view value) {
  switch (unit_of(name)) {
    case Unit::kBytes: {
      const auto bytes = parse_size(name, value);
      return bytes ? std::optional<double>(static_cast<double>(*bytes)) : std::nullopt;
    }
    case Unit::kMilliseconds: {
      const auto time = parse_duration(name, value);
      return time ? std::optional<double>(static_cast<double>(time->count()) / 1e6) : std::nullopt;
    }
    case Unit::kPlain:
      break;
  }
  return plain_number(value);
}

std::vector<std::string> flags_of(const Setting& setting) {
  if (const auto variable = environment_name(setting.name)) {
    return {"--env", *variable + "=" + setting.value};
  }
  const Kind* kind = find_kind(setting.name);
  if (kind == nullptr || kind->flag.empty()) return {};
  if (setting.name == "race") {
    return setting.value == "on" ? std::vector<std::string>{"--race"} : std::vector<std::string>{};
  }
  return {std::string(kind->flag), setting.value};
}

std::string describe(const std::vector<Setting>& settings) {
  std::string text;
  for (const Setting& setting : settings) {
    text += (text.empty() ? "" : " ") + setting.name + "=" + setting.value;
  }
  return text;
}

}  // namespace gobox::lab
