// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/module_version.h"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxPath = 1024;
constexpr std::size_t kMaxVersion = 256;

bool is_letter_or_digit(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) != 0 &&
         static_cast<unsigned char>(byte) < 128;
}

bool is_path_part(std::string_view part) {
  if (part.empty() || part.front() == '.' || part.back() == '.') return false;
  return std::all_of(part.begin(), part.end(), [](char byte) {
    return is_letter_or_digit(byte) || byte == '-' || byte == '.' || byte == '_' || byte == '~';
  });
}

// Digits without a leading zero, taken off `text`.
bool take_number(std::string_view& text) {
  const std::size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
  if (size == 0 || (size > 1 && text[0] == '0')) return false;
  text.remove_prefix(size);
  return true;
}

// The part of `path` before its (count+1)th slash; nullopt where it has fewer parts than that.
std::optional<std::string_view> first_parts(std::string_view path, std::size_t slashes) {
  std::size_t at = 0;
  for (std::size_t seen = 0;; ++seen) {
    at = path.find('/', at);
    if (at == std::string_view::npos) {
      return seen == slashes ? std::optional(path) : std::nullopt;
    }
    if (seen == slashes) return path.substr(0, at);
    ++at;
  }
}

}  // namespace

bool is_module_path(std::string_view path) {
  if (path.empty() || path.size() > kMaxPath || path.front() == '-') return false;
  const std::string_view first = path.substr(0, path.find('/'));
  if (first.find('.') == std::string_view::npos) return false;
  for (;;) {
    const std::size_t slash = path.find('/');
    if (!is_path_part(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool is_canonical_version(std::string_view version) {
  if (version.size() > kMaxVersion || !version.starts_with('v')) return false;
  version.remove_prefix(1);
  for (int number = 0; number < 3; ++number) {
    if (number > 0) {
      if (!version.starts_with('.')) return false;
      version.remove_prefix(1);
    }
    if (!take_number(version)) return false;
  }
  if (version.empty()) return true;
  if (version.front() != '-' && version.front() != '+') return false;
  return std::all_of(version.begin() + 1, version.end(), [](char byte) {
    return is_letter_or_digit(byte) || byte == '-' || byte == '.' || byte == '+';
  });
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char byte : text) {
    if (byte >= 'A' && byte <= 'Z') {
      result += '!';
      result += static_cast<char>(byte - 'A' + 'a');
    } else {
      result += byte;
    }
  }
  return result;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] >= 'A' && text[at] <= 'Z') return std::nullopt;
    if (text[at] != '!') {
      result += text[at];
      continue;
    }
    ++at;
    if (at == text.size() || text[at] < 'a' || text[at] > 'z') return std::nullopt;
    result += static_cast<char>(text[at] - 'a' + 'A');
  }
  return result;
}

std::vector<std::string> parse_patterns(std::string_view list) {
  std::vector<std::string> patterns;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view pattern = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    while (pattern.starts_with(' ')) pattern.remove_prefix(1);
    while (pattern.ends_with(' ') || pattern.ends_with('/')) pattern.remove_suffix(1);
    if (!pattern.empty()) patterns.emplace_back(pattern);
  }
  return patterns;
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view module_path) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    const auto slashes = static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '/'));
    const auto prefix = first_parts(module_path, slashes);
    return prefix && ::fnmatch(pattern.c_str(), std::string(*prefix).c_str(), FNM_PATHNAME) == 0;
  });
}

}  // namespace gobox::runner
