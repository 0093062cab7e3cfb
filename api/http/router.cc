// SPDX-License-Identifier: Apache-2.0

#include "api/http/router.h"

#include <optional>
#include <string_view>

namespace gobox::api {
namespace {

// What "{}" stands for; "" where the pattern has none. nullopt: no match. With "{...}" at the end,
// which stands for the rest of a path and its slashes, all from "{}" to the end.
std::optional<std::string> match_pattern(std::string_view pattern, std::string_view path) {
  constexpr std::string_view kRest = "{...}";
  if (pattern.ends_with(kRest)) {
    pattern.remove_suffix(kRest.size());
    const std::size_t hole = pattern.find("{}");
    const std::string_view between = pattern.substr(hole + 2);
    if (!path.starts_with(pattern.substr(0, hole))) return std::nullopt;
    path.remove_prefix(hole);
    const std::size_t slash = path.find('/');
    if (slash == 0 || slash == std::string_view::npos) return std::nullopt;
    if (!path.substr(slash).starts_with(between) || path.size() == slash + between.size()) {
      return std::nullopt;
    }
    return std::string(path);
  }
  const std::size_t hole = pattern.find("{}");
  if (hole == std::string_view::npos) {
    if (pattern != path) return std::nullopt;
    return "";
  }
  const std::string_view before = pattern.substr(0, hole);
  const std::string_view after = pattern.substr(hole + 2);
  if (path.size() <= before.size() + after.size()) return std::nullopt;
  if (!path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
  const std::string_view part =
      path.substr(before.size(), path.size() - before.size() - after.size());
  if (part.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(part);
}

}  // namespace

Match Router::match(const std::string& method, const std::string& path) const {
  Match match;
  for (const Route& route : routes_) {
    const auto parameter = match_pattern(route.pattern, path);
    if (!parameter) continue;
    if (route.method == method && match.route == nullptr) {
      match.route = &route;
      match.parameter = *parameter;
    } else {
      match.others.push_back(&route);
    }
  }
  return match;
}

}  // namespace gobox::api
