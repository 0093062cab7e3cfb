// SPDX-License-Identifier: Apache-2.0

#include "api/operation/visitors.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace gobox::api {
namespace {

constexpr const char* kVisitor = "visitor:";  // no name in a tokens file has a colon

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// In one spelling, so that equal addresses are equal text; IPv4 inside IPv6 is IPv4. "": none.
std::string canonical(std::string_view word) {
  const std::string text(trimmed(word));
  char shown[INET6_ADDRSTRLEN] = "";
  in_addr four{};
  in6_addr six{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) {
    ::inet_ntop(AF_INET, &four, shown, sizeof shown);
  } else if (::inet_pton(AF_INET6, text.c_str(), &six) == 1) {
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&six);
    if (mapped) std::memcpy(&four, &six.s6_addr[12], sizeof four);
    ::inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? static_cast<void*>(&four) : &six, shown,
                sizeof shown);
  }
  return shown;
}

// Whom an address belongs to: itself, or an IPv6 network of 64 bits.
std::string household_of(const std::string& address) {
  in6_addr six{};
  if (::inet_pton(AF_INET6, address.c_str(), &six) != 1) return address;
  std::fill(six.s6_addr + 8, six.s6_addr + 16, std::uint8_t{0});
  char shown[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, &six, shown, sizeof shown);
  return std::string(shown) + "/64";
}

}  // namespace

Result<Visitors> Visitors::parse(const std::optional<std::string>& anonymous,
                                 const std::string& proxies) {
  Visitors visitors;
  if (anonymous) {
    auto caller = parse_settings(kVisitor, *anonymous);
    if (!caller) return std::move(caller).error().within("--anonymous");
    visitors.caller_ = std::move(*caller);
  }
  std::string_view rest = proxies;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    const std::string address = canonical(word);
    if (address.empty()) {
      return Error::caller("--trusted-proxy: " + std::string(word) + " is not an IP address");
    }
    visitors.proxies_.insert(address);
  }
  return visitors;
}

std::optional<std::string> Visitors::name_of(const std::string& remote,
                                             const std::string& forwarded_for) const {
  if (!caller_) return std::nullopt;
  std::string address = canonical(remote);
  std::string_view rest = forwarded_for;
  // From the end: what a proxy of ours appended is true, what stands before it anybody can write.
  while (proxies_.contains(address) && !rest.empty()) {
    const std::size_t comma = rest.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const std::string before = canonical(rest.substr(begin));
    rest = rest.substr(0, begin == 0 ? 0 : begin - 1);
    if (before.empty()) break;
    address = before;
  }
  return kVisitor + household_of(address);
}

bool Visitors::is_visitor(const std::string& caller) {
  return caller.starts_with(kVisitor);
}

}  // namespace gobox::api
