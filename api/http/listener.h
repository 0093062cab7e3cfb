// SPDX-License-Identifier: Apache-2.0

#pragma once

// A listening TCP socket for an address a user wrote. No state.

#include <sys/socket.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox::api {

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

// HOST:PORT, [IPV6]:PORT or :PORT (every address). Names are resolved; an Error of the caller's
// where it is none.
Result<std::vector<Endpoint>> resolve(const std::string& address);

bool is_loopback(const Endpoint& endpoint);

// Bound and listening, non-blocking.
Result<UniqueFd> listen_on(const Endpoint& endpoint, const std::string& name);

// "127.0.0.1:40123", "[::1]:80".
std::string name_of(const Endpoint& endpoint);
// Only the host part.
std::string host_of(const Endpoint& endpoint);

Result<Endpoint> local_endpoint(int socket);

}  // namespace gobox::api
