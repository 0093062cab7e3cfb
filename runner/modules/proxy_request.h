// SPDX-License-Identifier: Apache-2.0

#pragma once

// ProxyRequest: one question of the module proxy protocol, understood. Whatever is not exactly one
// of these is no question of ours: the relay asks nobody. Pure; thread-safe. Facts: `go help
// goproxy`; the checksum database's part is cmd/go/internal/modfetch/sumdb.go.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runner/modules/module_version.h"

namespace gobox::runner {

struct ProxyRequest {
  enum class Kind { kList, kLatest, kInfo, kMod, kZip, kSumDatabase };

  Kind kind = Kind::kList;
  std::string path;      // as it goes on to a proxy: relative, escaped, checked
  ModuleVersion module;  // version: "" where none is named; a branch for some kInfo

  // Its answer is the same for ever.
  bool is_fixed() const;

  // The largest answer there is, in bytes.
  std::uint64_t most_bytes() const;
};

// `target`: of the request line, percent-encoded, with its leading '/'.
std::optional<ProxyRequest> parse_proxy_request(std::string_view target);

// Where a module's files lie below a proxy, with this ending: "info", "mod", "zip".
std::string proxy_path(const ModuleVersion& module, std::string_view ending);

}  // namespace gobox::runner
