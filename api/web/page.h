// SPDX-License-Identifier: Apache-2.0

#pragma once

// The page: GET / and /play/p/{id} (a shared program), GET /assets/{name}, and POST / for browsers
// without JavaScript, which send the page's form and get the page back with the answer in it.
//
// What a program printed, and what somebody shared, is put into the page as text, never as markup.

#include "api/http/router.h"
#include "api/runs/services.h"
#include "api/web/assets.h"

namespace gobox::api {

// Adds nothing where there are no assets.
void add_page(Router& router, const Services& services, const Assets& assets);

}  // namespace gobox::api
