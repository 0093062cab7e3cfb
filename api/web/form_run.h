// SPDX-License-Identifier: Apache-2.0

#pragma once

// A run asked for by the page's form, without JavaScript: the fields source, stdin, kind ("run" or
// "test") and token. The same rules, limits and queue as POST /v1/runs.

#include "api/runs/services.h"
#include "api/web/page_text.h"

namespace gobox::api {

// Another site's page sent it, as the browser says (Sec-Fetch-Site, or else Origin and Host).
bool is_from_elsewhere(const Request& request);

// Runs it and puts program, input and answer into `text`. Returns the HTTP status.
int run_form(const Services& services, const Request& request, PageText& text);

}  // namespace gobox::api
