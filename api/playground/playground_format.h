// SPDX-License-Identifier: Apache-2.0

#pragma once

// POST /fmt: formats the Go files of a program, as the public Go Playground does. The formatter is
// a Go program (api/playground/format/formatter.go) that runs in a sandbox like any other, because
// what it parses is a stranger's. No state of its own.

#include <string_view>

#include "api/http/router.h"
#include "api/runs/services.h"

namespace gobox::api {

void add_playground_format(Router& router, const Services& services);

// The formatter's source.
std::string_view formatter_source();

}  // namespace gobox::api
