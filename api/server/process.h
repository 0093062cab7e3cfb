// SPDX-License-Identifier: Apache-2.0

#pragma once

// What any process of ours does with its signals, its descriptors and its listening socket,
// whatever its role. No state.

#include <cstddef>

#include "api/http/http_server.h"
#include "api/operation/options.h"
#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox::api {

// SIGINT and SIGTERM, to be read instead of handled. Before any thread is made: all inherit it.
Result<UniqueFd> take_signals();

// True: one of them has come.
bool read_signal(const UniqueFd& signals);

void raise_file_limit();

// `waiting`: how many requests wait for a run at the same time; `kept`: descriptors that are not
// for connections.
HttpSettings http_settings(const Options& options, std::size_t waiting, std::size_t kept);

// Descriptors that running jobs takes.
std::size_t files_of_sandboxes(const Options& options);

}  // namespace gobox::api
