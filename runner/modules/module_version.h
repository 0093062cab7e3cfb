// SPDX-License-Identifier: Apache-2.0

#pragma once

// ModuleVersion: a module and its version, as go.sum and the module proxy protocol spell them; and
// the patterns by which GOPRIVATE, and our own lists, choose modules. What is refused here never
// becomes part of a path or of a URL. Pure; thread-safe. Facts: `go help goproxy`, golang.org/x/mod
// module.CheckPath, module.EscapePath, module.MatchPrefixPatterns.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gobox::runner {

struct ModuleVersion {
  std::string path;
  std::string version;

  auto operator<=>(const ModuleVersion&) const = default;

  std::string text() const { return path + "@" + version; }
};

// "example.com/A/b": parts of letters, digits and "-._~", none that begins or ends with a dot; the
// first has a dot in it.
bool is_module_path(std::string_view path);

// "v1.2.3", "v0.0.0-20200101000000-0123456789ab", "v2.0.0+incompatible": no branch, no "latest".
bool is_canonical_version(std::string_view version);

// Upper-case letters as '!' and the lower-case one: file systems fold case.
std::string escaped(std::string_view text);
// nullopt where it is no escaped text: a lone '!', an upper-case letter.
std::optional<std::string> unescaped(std::string_view text);

// "github.com/me,*.corp.example": a pattern matches a module whose path begins with as many parts
// as it has, each as path.Match has it.
std::vector<std::string> parse_patterns(std::string_view list);
bool matches_any(const std::vector<std::string>& patterns, std::string_view module_path);

}  // namespace gobox::runner
