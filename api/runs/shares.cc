// SPDX-License-Identifier: Apache-2.0

#include "api/runs/shares.h"

#include <algorithm>

namespace gobox::api {

std::string Shares::share_of(const std::string& caller) {
  const std::size_t colon = caller.find(':');
  return colon == std::string::npos ? caller : caller.substr(0, colon + 1);
}

void Shares::add(const std::string& caller, std::uint64_t bytes) {
  bytes_[share_of(caller)] += bytes;
  total_ += bytes;
}

void Shares::remove(const std::string& caller, std::uint64_t bytes) {
  const auto found = bytes_.find(share_of(caller));
  if (found == bytes_.end()) return;
  const std::uint64_t less = std::min(bytes, found->second);
  found->second -= less;
  total_ -= less;
  if (found->second == 0) bytes_.erase(found);
}

const std::string& Shares::largest() const {
  static const std::string kNobody;
  const auto found = std::max_element(
      bytes_.begin(), bytes_.end(),
      [](const auto& left, const auto& right) { return left.second < right.second; });
  return found == bytes_.end() ? kNobody : found->first;
}

}  // namespace gobox::api
