// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/proxy_request.h"

#include <algorithm>
#include <cctype>

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxTarget = 4096;

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[at + 1]);
    const int low = hex_value(text[at + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return result;
}

// What may stand in any path we pass on; a '?' or '#', a blank or a control character may not.
bool is_plain(std::string_view path) {
  const bool characters = std::all_of(path.begin(), path.end(), [](char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return code < 128 && (std::isalnum(code) != 0 ||
                          std::string_view("-._~+!@/").find(byte) != std::string_view::npos);
  });
  return characters && path.find("//") == std::string_view::npos &&
         ("/" + std::string(path) + "/").find("/../") == std::string::npos &&
         ("/" + std::string(path) + "/").find("/./") == std::string::npos;
}

std::optional<ProxyRequest> sum_database(std::string path) {
  const std::string_view rest = std::string_view(path).substr(std::string_view("sumdb/").size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || rest.substr(0, slash).find('.') == std::string_view::npos)
    return std::nullopt;
  const std::string_view asked = rest.substr(slash + 1);
  constexpr std::string_view kLookup = "lookup/";
  ProxyRequest request;
  request.kind = ProxyRequest::Kind::kSumDatabase;
  if (asked.starts_with(kLookup)) {
    const std::string_view named = asked.substr(kLookup.size());
    const std::size_t at = named.rfind('@');
    if (at == std::string_view::npos) return std::nullopt;
    const auto module = unescaped(named.substr(0, at));
    const auto version = unescaped(named.substr(at + 1));
    if (!module || !version || !is_module_path(*module)) return std::nullopt;
    request.module = {*module, *version};
  } else if (asked != "supported" && asked != "latest" && !asked.starts_with("tile/")) {
    return std::nullopt;
  }
  request.path = std::move(path);
  return request;
}

std::optional<ProxyRequest::Kind> kind_of(std::string_view ending) {
  if (ending == "info") return ProxyRequest::Kind::kInfo;
  if (ending == "mod") return ProxyRequest::Kind::kMod;
  if (ending == "zip") return ProxyRequest::Kind::kZip;
  return std::nullopt;
}

// "list", or "VERSION.ENDING".
std::optional<ProxyRequest> versioned(std::string path, std::string module, std::string_view name) {
  ProxyRequest request;
  request.module.path = std::move(module);
  if (name != "list") {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return std::nullopt;
    const auto kind = kind_of(name.substr(dot + 1));
    const auto version = unescaped(name.substr(0, dot));
    if (!kind || !version || version->find_first_of("/@") != std::string::npos) return std::nullopt;
    // Only a question for information may name a branch.
    if (*kind != ProxyRequest::Kind::kInfo && !is_canonical_version(*version)) return std::nullopt;
    request.kind = *kind;
    request.module.version = *version;
  }
  request.path = std::move(path);
  return request;
}

}  // namespace

bool ProxyRequest::is_fixed() const {
  return (kind == Kind::kInfo || kind == Kind::kMod || kind == Kind::kZip) &&
         is_canonical_version(module.version);
}

std::uint64_t ProxyRequest::most_bytes() const {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  switch (kind) {
    case Kind::kZip:
      return 500 * kMiB;  // golang.org/x/mod/zip.MaxZipFile
    case Kind::kMod:
      return 16 * kMiB;  // zip.MaxGoMod
    case Kind::kList:
      return 8 * kMiB;
    case Kind::kLatest:
    case Kind::kInfo:
    case Kind::kSumDatabase:
      break;
  }
  return kMiB;
}

std::optional<ProxyRequest> parse_proxy_request(std::string_view target) {
  if (target.size() > kMaxTarget || !target.starts_with('/')) return std::nullopt;
  auto path = percent_decoded(target.substr(1));
  if (!path || !is_plain(*path)) return std::nullopt;
  if (path->starts_with("sumdb/")) return sum_database(std::move(*path));
  constexpr std::string_view kLatest = "/@latest";
  constexpr std::string_view kVersions = "/@v/";
  if (path->ends_with(kLatest)) {
    const auto module = unescaped(path->substr(0, path->size() - kLatest.size()));
    if (!module || !is_module_path(*module)) return std::nullopt;
    ProxyRequest request;
    request.kind = ProxyRequest::Kind::kLatest;
    request.module.path = *module;
    request.path = std::move(*path);
    return request;
  }
  const std::size_t at = path->rfind(kVersions);
  if (at == std::string::npos) return std::nullopt;
  auto module = unescaped(path->substr(0, at));
  if (!module || !is_module_path(*module)) return std::nullopt;
  const std::string name = path->substr(at + kVersions.size());
  return versioned(std::move(*path), std::move(*module), name);
}

std::string proxy_path(const ModuleVersion& module, std::string_view ending) {
  return escaped(module.path) + "/@v/" + escaped(module.version) + "." + std::string(ending);
}

}  // namespace gobox::runner
