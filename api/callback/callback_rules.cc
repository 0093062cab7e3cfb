// SPDX-License-Identifier: Apache-2.0

#include "api/callback/callback_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "base/quantity.h"
#include "runner/modules/curl_library.h"

namespace gobox::api {
namespace {

using runner::CurlLibrary;
using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::uint8_t*>(data);
  return {first, first + size};
}

// IPv4 that came as IPv6 (RFC 4291, 2.5.5.2; RFC 6052) is what it stands for.
Bytes unwrapped(Bytes address) {
  static constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  static constexpr std::array<std::uint8_t, 12> kNat64{0, 0x64, 0xff, 0x9b};
  if (address.size() != 16) return address;
  for (const auto& prefix : {kMapped, kNat64}) {
    if (!std::equal(prefix.begin(), prefix.end(), address.begin())) continue;
    return {address.begin() + 12, address.end()};
  }
  return address;
}

std::optional<Bytes> literal(const std::string& host) {
  in_addr four{};
  in6_addr six{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return bytes_of(&four, sizeof four);
  if (::inet_pton(AF_INET6, host.c_str(), &six) == 1) return unwrapped(bytes_of(&six, sizeof six));
  return std::nullopt;
}

std::optional<Bytes> bytes_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    return bytes_of(&four.sin_addr, sizeof four.sin_addr);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    return unwrapped(bytes_of(&six.sin6_addr, sizeof six.sin6_addr));
  }
  return std::nullopt;
}

bool is_loopback(const Bytes& address) {
  if (address.size() == 4) return address[0] == 127;
  return std::all_of(address.begin(), address.end() - 1, [](auto byte) { return byte == 0; }) &&
         address.back() == 1;
}

// 0/8, link-local, multicast and what is reserved: RFC 6890.
bool is_nobodys(const Bytes& address) {
  if (address.size() == 4) {
    return address[0] == 0 || address[0] >= 224 || (address[0] == 169 && address[1] == 254);
  }
  const bool zero =
      std::all_of(address.begin(), address.end(), [](auto byte) { return byte == 0; });
  return zero || address[0] == 0xff || (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string plain_host(std::string host) {
  host = lower(std::move(host));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.ends_with('.')) host.pop_back();
  return host;
}

bool is_host(const std::string& host) {
  if (literal(host)) return true;
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

// Taken apart by the same library that will connect: what is checked is what is asked.
class Parsed {
 public:
  Parsed(const CurlLibrary& library, const std::string& url)
      : library_(library), url_(library.url(), library.url_cleanup) {
    if (url_ && library.url_set(url_.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
      url_.reset();
    }
  }

  bool is_url() const { return url_ != nullptr; }

  std::optional<std::string> part(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    if (library_.url_get(url_.get(), part, &text, flags) != CURLUE_OK) return std::nullopt;
    std::string copy = text;
    library_.free(text);
    return copy;
  }

 private:
  const CurlLibrary& library_;
  std::unique_ptr<CURLU, decltype(::curl_url_cleanup)*> url_;
};

}  // namespace

Result<CallbackRules> CallbackRules::parse(std::string_view list) {
  CallbackRules rules;
  while (!list.empty()) {
    const std::string entry(list.substr(0, list.find(',')));
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
    if (entry.empty()) continue;
    Host host{plain_host(entry), 0};
    const std::size_t colon = entry.rfind(':');
    const bool has_port =
        colon != std::string::npos && !literal(host.name) && !entry.ends_with(']');
    if (has_port) {
      host.name = plain_host(entry.substr(0, colon));
      host.port = static_cast<std::uint16_t>(TRY(parse_count(
          "--allow-callbacks: the port of " + entry, entry.substr(colon + 1), 1, 65535)));
    }
    if (!is_host(host.name)) {
      return Error::caller("--allow-callbacks: \"" + entry +
                           "\" is no host: give HOST or HOST:PORT");
    }
    rules.hosts_.push_back(std::move(host));
  }
  return rules;
}

Result<CallbackTarget> CallbackRules::check(const std::string& url) const {
  if (!allow_any()) return Error::caller("this server posts no results");
  if (url.size() > kMaxUrl) {
    return Error::caller("is longer than " + std::to_string(kMaxUrl) + " bytes");
  }
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 127; });
  const Parsed parsed(*TRY(runner::curl_library()), plain ? url : "");
  const auto scheme = parsed.is_url() ? parsed.part(CURLUPART_SCHEME) : std::nullopt;
  if (!scheme || (*scheme != "https" && *scheme != "http")) {
    return Error::caller("is no http or https address");
  }
  if (parsed.part(CURLUPART_USER) || parsed.part(CURLUPART_PASSWORD) ||
      parsed.part(CURLUPART_FRAGMENT)) {
    return Error::caller("must hold neither a user nor a fragment");
  }
  const std::string host = plain_host(parsed.part(CURLUPART_HOST).value_or(""));
  const std::string port = parsed.part(CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("");
  const std::string usual = *scheme == "https" ? "443" : "80";
  const auto address = literal(host);
  for (const Host& each : hosts_) {
    const auto allowed = literal(each.name);
    const bool same = address ? allowed == address : each.name == host;
    const std::string wanted = each.port == 0 ? usual : std::to_string(each.port);
    if (same && wanted == port) return CallbackTarget{url, host};
  }
  return Error::caller("is at " + host + ":" + port + ", which this server does not post to");
}

bool may_be_at(const std::string& host, const sockaddr& address) {
  const auto found = bytes_of(address);
  if (!found) return false;
  if (const auto named = literal(host)) return *named == *found;
  if (host == "localhost") return is_loopback(*found);
  return !is_loopback(*found) && !is_nobodys(*found);
}

}  // namespace gobox::api
