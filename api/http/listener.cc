// SPDX-License-Identifier: Apache-2.0

#include "api/http/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>

#include "base/quantity.h"

namespace gobox::api {
namespace {

// accept(2) takes from this queue; thousands may knock in one moment.
constexpr int kBacklog = 4096;

struct HostPort {
  std::string host;
  std::string port;
};

Result<HostPort> split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return Error::caller("--address: \"" + address + "\" is not HOST:PORT");
  }
  HostPort parts{address.substr(0, colon), address.substr(colon + 1)};
  const bool bracketed =
      parts.host.size() >= 2 && parts.host.front() == '[' && parts.host.back() == ']';
  if (bracketed) {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  } else if (parts.host.find(':') != std::string::npos) {
    return Error::caller("--address: write an IPv6 address in brackets: [" + parts.host +
                         "]:" + parts.port);
  }
  TRY(parse_count("--address: the port", parts.port, 0, 65535));
  return parts;
}

struct FreeList {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

}  // namespace

Result<std::vector<Endpoint>> resolve(const std::string& address) {
  const HostPort parts = TRY(split(address));
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(parts.host.empty() ? nullptr : parts.host.c_str(),
                                    parts.port.c_str(), &hints, &found);
  if (failure != 0) {
    return Error::caller("--address: \"" + address + "\": " + ::gai_strerror(failure));
  }
  const std::unique_ptr<addrinfo, FreeList> list(found);
  std::vector<Endpoint> endpoints;
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    Endpoint endpoint;
    std::memcpy(&endpoint.address, each->ai_addr, each->ai_addrlen);
    endpoint.size = each->ai_addrlen;
    endpoints.push_back(endpoint);
  }
  return endpoints;
}

bool is_loopback(const Endpoint& endpoint) {
  if (endpoint.address.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&endpoint.address);
    return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&endpoint.address);
  return endpoint.address.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

Result<UniqueFd> listen_on(const Endpoint& endpoint, const std::string& name) {
  UniqueFd socket(
      ::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return Error::system("socket");
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto* address = reinterpret_cast<const sockaddr*>(&endpoint.address);
  if (::bind(socket.get(), address, endpoint.size) != 0) {
    return Error::system("listen on " + name);
  }
  if (::listen(socket.get(), kBacklog) != 0) return Error::system("listen on " + name);
  return socket;
}

std::string host_of(const Endpoint& endpoint) {
  char text[INET6_ADDRSTRLEN] = "";
  const void* bytes = endpoint.address.ss_family == AF_INET
                          ? static_cast<const void*>(
                                &reinterpret_cast<const sockaddr_in*>(&endpoint.address)->sin_addr)
                          : &reinterpret_cast<const sockaddr_in6*>(&endpoint.address)->sin6_addr;
  ::inet_ntop(endpoint.address.ss_family, bytes, text, sizeof text);
  return text;
}

std::string name_of(const Endpoint& endpoint) {
  const bool v4 = endpoint.address.ss_family == AF_INET;
  const in_port_t port = v4 ? reinterpret_cast<const sockaddr_in*>(&endpoint.address)->sin_port
                            : reinterpret_cast<const sockaddr_in6*>(&endpoint.address)->sin6_port;
  const std::string host = v4 ? host_of(endpoint) : "[" + host_of(endpoint) + "]";
  return host + ":" + std::to_string(ntohs(port));
}

Result<Endpoint> local_endpoint(int socket) {
  Endpoint endpoint;
  endpoint.size = sizeof endpoint.address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&endpoint.address), &endpoint.size) != 0) {
    return Error::system("getsockname");
  }
  return endpoint;
}

}  // namespace gobox::api
