// SPDX-License-Identifier: Apache-2.0

#pragma once

// The signature of a posted result, as Standard Webhooks has it (standardwebhooks.com), so that
// receivers can check it with a library: HMAC-SHA256 (RFC 2104) over "ID.TIMESTAMP.BODY". No state.

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/sha256.h"

namespace gobox::api {

Sha256Digest hmac_sha256(std::string_view key, std::string_view message);

// The key in `file`: a line whsec_BASE64, or any other line as it stands, of 16 bytes at least.
// Where `make` says so and there is no such file, it is made, for its owner alone.
enum class MissingKey { kIsAnError, kIsMade };
Result<std::string> load_callback_key(const std::string& file, MissingKey missing);

// The value of the header webhook-signature: "v1,BASE64".
std::string callback_signature(std::string_view key, const std::string& id,
                               const std::string& timestamp, std::string_view body);

}  // namespace gobox::api
