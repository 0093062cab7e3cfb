// SPDX-License-Identifier: Apache-2.0

#include "api/http/form.h"

#include <algorithm>

#include "api/http/percent.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMaxFields = 64;

}  // namespace

std::optional<std::map<std::string, std::string>> parse_form(std::string_view text) {
  std::map<std::string, std::string> fields;
  while (!text.empty() && fields.size() < kMaxFields) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), Plus::kIsSpace);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), Plus::kIsSpace);
    if (!name || !value) return std::nullopt;
    fields.emplace(std::move(*name), std::move(*value));
  }
  return fields;
}

std::optional<std::map<std::string, std::string>> form_of(const Request& request) {
  std::map<std::string, std::string> fields = request.parts;
  if (request.header("Content-Type").rfind("application/x-www-form-urlencoded", 0) == 0) {
    auto parsed = parse_form(request.body);
    if (!parsed) return std::nullopt;
    fields.merge(*parsed);
  }
  for (const auto& [name, value] : request.query) fields.emplace(name, value);
  return fields;
}

}  // namespace gobox::api
