// SPDX-License-Identifier: Apache-2.0

#pragma once

// The two halves of a path inside a workspace ("a/b/main.go"), as views into the caller's bytes. No
// state.

#include <string_view>

namespace gobox::runner {

// "a/b"; "" for a file at the top.
inline std::string_view directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

// "main.go".
inline std::string_view base_name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0: all of it
}

}  // namespace gobox::runner
