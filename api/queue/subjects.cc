// SPDX-License-Identifier: Apache-2.0

#include "api/queue/subjects.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/sha256.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMaxToken = 120;
constexpr std::size_t kMaxPrefix = 32;
constexpr char kHex[] = "0123456789ABCDEF";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

int digit_of(char c) {
  const char* const found = std::find(kHex, kHex + 16, c);
  return found == kHex + 16 ? -1 : static_cast<int>(found - kHex);
}

std::vector<std::string_view> tokens_of(std::string_view subject) {
  std::vector<std::string_view> tokens;
  for (;;) {
    const std::size_t dot = subject.find('.');
    tokens.push_back(subject.substr(0, dot));
    if (dot == std::string_view::npos) return tokens;
    subject.remove_prefix(dot + 1);
  }
}

std::string flags_of(const Need& need) {
  std::string flags;
  if (need.race) flags += 'r';
  if (need.modules) flags += 'm';
  if (need.fake_clock) flags += 'f';
  if (need.playground) flags += 'p';
  return flags.empty() ? "-" : flags;
}

}  // namespace

std::string token_of(std::string_view text) {
  if (text.empty()) return "_";
  std::string token;
  for (const char c : text) {
    if (is_plain(c)) {
      token += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      token += {'_', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  if (token.size() > kMaxToken) return "_-" + hex(sha256(text)).substr(0, 32);
  return token;
}

std::optional<std::string> text_of_token(std::string_view token) {
  std::string text;
  if (token == "_") return text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '_') {
      text += token[i];
      continue;
    }
    if (i + 2 >= token.size()) return std::nullopt;
    const int high = digit_of(token[i + 1]);
    const int low = digit_of(token[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    text += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return text;
}

Result<Subjects> Subjects::make(const std::string& prefix) {
  const bool plain =
      std::all_of(prefix.begin(), prefix.end(), [](char c) { return is_plain(c) || c == '_'; });
  if (prefix.empty() || prefix.size() > kMaxPrefix || !plain) {
    return Error::caller("--queue-prefix: up to " + std::to_string(kMaxPrefix) +
                         " letters, digits, \"-\" and \"_\"");
  }
  return Subjects(prefix);
}

Subjects::Subjects(std::string prefix) : prefix_(std::move(prefix)), upper_(prefix_) {
  for (char& c : upper_) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
}

std::string Subjects::runs(const Need& need, const std::string& caller) const {
  return prefix_ + ".runs." + token_of(need.toolchain) + "." + token_of(need.policy) + "." +
         flags_of(need) + "." + std::to_string(need.megabytes) + "." + token_of(caller);
}

std::optional<Need> Subjects::need_of(std::string_view subject) const {
  const auto tokens = tokens_of(subject);
  if (tokens.size() != 7 || tokens[0] != prefix_ || tokens[1] != "runs") return std::nullopt;
  const auto toolchain = text_of_token(tokens[2]);
  const auto policy = text_of_token(tokens[3]);
  if (!toolchain || !policy) return std::nullopt;
  Need need{*toolchain, *policy};
  const std::string_view flags = tokens[4];
  need.race = flags.find('r') != std::string_view::npos;
  need.modules = flags.find('m') != std::string_view::npos;
  need.fake_clock = flags.find('f') != std::string_view::npos;
  need.playground = flags.find('p') != std::string_view::npos;
  const std::string_view size = tokens[5];
  const auto [end, failure] =
      std::from_chars(size.data(), size.data() + size.size(), need.megabytes);
  if (failure != std::errc() || end != size.data() + size.size()) return std::nullopt;
  return need;
}

std::string Subjects::caller_token(std::string_view subject) {
  const std::size_t dot = subject.rfind('.');
  return dot == std::string_view::npos ? "" : std::string(subject.substr(dot + 1));
}

std::string Subjects::consumer(std::string_view subject) const {
  return "c-" + hex(sha256(subject)).substr(0, 32);
}

}  // namespace gobox::api
