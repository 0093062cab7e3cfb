// SPDX-License-Identifier: Apache-2.0

#include "api/http/origin.h"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>
#include <string>

namespace gobox::api {
namespace {

bool is_port(std::string_view text) {
  return text.empty() || (text.front() == ':' && text.size() <= 6 &&
                          text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  if (host.starts_with("[::1]")) return is_port(host.substr(5));
  const std::size_t colon = std::min(host.find(':'), host.size());
  if (!is_port(host.substr(colon))) return false;
  const std::string name(host.substr(0, colon));
  if (::strcasecmp(name.c_str(), "localhost") == 0) return true;
  in_addr address{};  // four decimal numbers, nothing shorter: inet_pton(3)
  return ::inet_pton(AF_INET, name.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

bool has_loopback_host(const Request& request) {
  return request.headers.count("Host") == 0 || is_loopback_host(request.header("Host"));
}

bool is_from_foreign_page(const Request& request) {
  if (request.headers.count("Origin") == 0) {
    return request.header("Sec-Fetch-Site") == "cross-site";
  }
  const std::string origin = request.header("Origin");
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return !is_loopback_host(origin.substr(scheme.size()));
  }
  return true;  // "null" too: a sandboxed frame, a file
}

}  // namespace gobox::api
