// SPDX-License-Identifier: Apache-2.0

#pragma once

// SharedLibrary: one that is loaded when something of it is first needed, and then for good. For
// libraries that few commands use and that bring many others along: each command would otherwise
// spend more time on loading them than on its work. dlopen(3). Thread-safe once it is open.

#include <string>

namespace gobox {

class SharedLibrary {
 public:
  // `name`: as the linker would write it down, "libcurl.so.4".
  explicit SharedLibrary(const char* name);

  // What dlopen(3) or the first failed dlsym(3) said; "" while all went well.
  const std::string& trouble() const { return trouble_; }

  // Fills `function` with what the library calls `name`.
  template <typename Function>
  void find(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(address_of(name));
  }

 private:
  void* address_of(const char* name);

  void* handle_ = nullptr;
  std::string trouble_;
};

}  // namespace gobox
