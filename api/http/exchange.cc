// SPDX-License-Identifier: Apache-2.0

#include "api/http/exchange.h"

#include <strings.h>

namespace gobox::api {

bool IgnoreCase::operator()(const std::string& left, const std::string& right) const {
  return ::strcasecmp(left.c_str(), right.c_str()) < 0;
}

std::string Request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::optional<std::string> Request::query_value(const std::string& name) const {
  const auto found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

}  // namespace gobox::api
