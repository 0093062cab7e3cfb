// SPDX-License-Identifier: Apache-2.0

#include "api/operation/tokens.h"

#include <algorithm>

#include "base/file.h"
#include "base/quantity.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20;
constexpr std::size_t kMaxSecret = 1024;
constexpr std::string_view kSpace = " \t\r\n";

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '@';
  };
  return !name.empty() && name.size() <= 100 && std::all_of(name.begin(), name.end(), fits);
}

Result<void> read_setting(std::string_view word, Caller& caller) {
  const std::string_view name = take_until(word, '=');
  if (name == "concurrency") {
    caller.concurrency = static_cast<unsigned>(TRY(parse_count("concurrency", word, 1, 100'000)));
    return {};
  }
  if (name != "policies") return Error::caller("unknown setting \"" + std::string(name) + "\"");
  while (!word.empty()) caller.policies.emplace_back(take_until(word, ','));
  if (caller.policies.empty()) return Error::caller("policies= names none");
  return {};
}

Result<void> read_settings(std::string_view line, Caller& caller) {
  for (line = trim(line); !line.empty(); line = trim(line))
    TRY(read_setting(take_until(line, ' '), caller));
  return {};
}

Result<Caller> read_line(std::string_view line) {
  Caller caller;
  caller.name = take_until(line, ':');
  if (!is_name(caller.name)) {
    return Error::caller("a line is NAME:SHA256-HEX, the name of letters, digits and - _ . @");
  }
  if (!from_hex(take_until(line, ' '), caller.digest)) {
    return Error::caller(
        "behind the colon stand 64 hexadecimal digits, as sandbox-api hash-token prints");
  }
  TRY(read_settings(line, caller));
  return caller;
}

}  // namespace

Result<Tokens> Tokens::parse(std::string_view text, const std::string& file) {
  Tokens tokens;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::string_view line = trim(take_until(text, '\n'));
    if (line.empty() || line.front() == '#') continue;
    const std::string where = file + ":" + std::to_string(number);
    auto caller = read_line(line);
    if (!caller) return std::move(caller).error().within(where);
    if (tokens.by_name(caller->name) != nullptr) {
      return Error::caller(where + ": " + caller->name + " is there twice");
    }
    tokens.callers_.push_back(std::move(*caller));
  }
  if (tokens.callers_.empty()) return Error::caller(file + ": names no caller");
  return tokens;
}

Result<Tokens> Tokens::load(const std::string& file) {
  auto text = read_file(file, kMaxFile);
  if (!text) return Error::caller("--tokens-file " + file + ": " + text.error().message);
  return parse(*text, file);
}

const Caller* Tokens::find(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.size() < kScheme.size() || authorization.size() > kMaxSecret) return nullptr;
  // The scheme is not a secret, and its case does not matter (RFC 9110 section 11.1).
  const std::string_view scheme = authorization.substr(0, kScheme.size());
  const auto same = [](char a, char b) { return (a | 32) == (b | 32); };
  if (!std::equal(scheme.begin(), scheme.end(), kScheme.begin(), same)) return nullptr;
  const Sha256Digest digest = sha256(trim(authorization.substr(kScheme.size())));
  const Caller* found = nullptr;
  for (const Caller& caller : callers_) {
    if (equal_in_constant_time(caller.digest, digest)) found = &caller;  // and go on: same time
  }
  return found;
}

const Caller* Tokens::by_name(std::string_view name) const {
  for (const Caller& caller : callers_) {
    if (caller.name == name) return &caller;
  }
  if (visitor_ && name.starts_with(visitor_->name)) return &*visitor_;
  return nullptr;
}

Result<Caller> parse_settings(std::string name, std::string_view settings) {
  Caller caller;
  caller.name = std::move(name);
  TRY(read_settings(settings, caller));
  return caller;
}

Result<std::string> hash_token(std::string_view secret) {
  const std::size_t end = secret.find_last_not_of(kSpace);
  if (end == std::string_view::npos)
    return Error::caller("hash-token: no secret on standard input");
  if (end >= kMaxSecret - 100) return Error::caller("hash-token: the secret is too long");
  return hex(sha256(trim(secret)));
}

}  // namespace gobox::api
