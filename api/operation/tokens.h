// SPDX-License-Identifier: Apache-2.0

#pragma once

// Tokens: who may call. A file of lines "NAME:SHA256-HEX", each followed by settings for that
// caller where wanted: "concurrency=N" (runs at the same time) and "policies=A,B" (the job policies
// it may use). Only digests are kept; secrets are neither stored nor logged, and every line is
// compared in constant time.
//
// Read once at start-up, then immutable: thread-safe.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/operation/hash.h"
#include "base/error.h"

namespace gobox::api {

struct Caller {
  std::string name;
  Sha256Digest digest{};
  unsigned concurrency = 0;           // 0: the server's own bound
  std::vector<std::string> policies;  // empty: any
};

class Tokens {
 public:
  // No callers: nobody is asked for a token.
  Tokens() = default;

  static Result<Tokens> parse(std::string_view text, const std::string& file);
  static Result<Tokens> load(const std::string& file);

  bool wanted() const { return !callers_.empty(); }

  // Of the value of an Authorization header, "Bearer SECRET".
  const Caller* find(std::string_view authorization) const;
  const Caller* by_name(std::string_view name) const;

  // The bounds of a caller whose name begins with that of `visitor`, which is in no tokens file.
  void let_in(Caller visitor) { visitor_ = std::move(visitor); }

  const std::vector<Caller>& callers() const { return callers_; }

 private:
  std::vector<Caller> callers_;
  std::optional<Caller> visitor_;
};

// "concurrency=N policies=A,B", as behind the digest of a caller's line.
Result<Caller> parse_settings(std::string name, std::string_view settings);

// What the file holds for a secret: 64 hexadecimal digits. White space at its end is not part of
// it.
Result<std::string> hash_token(std::string_view secret);

}  // namespace gobox::api
