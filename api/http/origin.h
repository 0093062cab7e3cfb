// SPDX-License-Identifier: Apache-2.0

#pragma once

// Whether a request can have been made by a web page of somebody else's. A server that asks for no
// tokens trusts whoever can reach its loopback address, and every page open in a browser on that
// host can: by a name that resolves to it (DNS rebinding: the Host header then holds that name), or
// by a form or fetch() that needs no permission (Origin then names the page). Pure functions.

#include <string_view>

#include "api/http/exchange.h"

namespace gobox::api {

// "localhost", an address in 127.0.0.0/8 or "[::1]", with a port or without.
bool is_loopback_host(std::string_view host);

// Host is such a name. A request without one, which only HTTP/1.0 may be, comes from no browser.
bool has_loopback_host(const Request& request);

// A browser says that another site than this one made it: by Origin, or, where there is none, by
// Sec-Fetch-Site. Pages on the loopback interface are this user's own.
bool is_from_foreign_page(const Request& request);

}  // namespace gobox::api
