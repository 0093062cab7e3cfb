// SPDX-License-Identifier: Apache-2.0

#pragma once

// The one Error that is nobody's fault: what was asked for is no longer wanted.

#include <cerrno>

#include "base/error.h"

namespace gobox {

inline Error canceled(const std::string& step) {
  return {Error::Kind::kHost, ECANCELED, "canceled while " + step};
}

inline bool is_canceled(const Error& error) {
  return error.errno_value == ECANCELED;
}

}  // namespace gobox
