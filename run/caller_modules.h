// SPDX-License-Identifier: Apache-2.0

#pragma once

// CallerModules: where the modules of this user's own programs come from: what `go env` says of
// proxies, checksum database and module cache, and what --modules and --module-proxy change. The
// user's module cache is only read. The go command is asked when the first job needs a module.

#include <string>

#include "base/error.h"
#include "runner/job/job_runner.h"

namespace gobox::run {

enum class ModuleChoice { kAuto, kVendor, kCache, kProxy, kOff };

// "auto", "vendor", "cache", "proxy", "off".
Result<ModuleChoice> parse_module_choice(const std::string& name, const std::string& text);

runner::ModuleMode mode_of(ModuleChoice choice);

// `proxies`: --module-proxy; "" is that of `go env GOPROXY`. `go`: asked where there is none on
// PATH.
runner::JobServices::ModuleOpener caller_modules(ModuleChoice choice, std::string proxies,
                                                 std::string go);

}  // namespace gobox::run
