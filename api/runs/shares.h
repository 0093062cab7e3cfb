// SPDX-License-Identifier: Apache-2.0

#pragma once

// Shares: how many bytes of a bounded store are whose. What has to go, where the whole is full, is
// of whoever holds most: one caller can fill what nobody uses, and never push out what another one
// keeps. Callers without a token are one together, whatever the names under which they take turns.
// Not thread-safe.

#include <cstdint>
#include <map>
#include <string>

namespace gobox::api {

class Shares {
 public:
  void add(const std::string& caller, std::uint64_t bytes);
  void remove(const std::string& caller, std::uint64_t bytes);

  std::uint64_t total() const { return total_; }

  // Of share_of(); "" where nobody holds anything.
  const std::string& largest() const;

  // A name of the tokens file is a share of its own; it has no colon. Of other names it is what
  // stands up to the colon.
  static std::string share_of(const std::string& caller);

 private:
  std::map<std::string, std::uint64_t> bytes_;
  std::uint64_t total_ = 0;
};

}  // namespace gobox::api
