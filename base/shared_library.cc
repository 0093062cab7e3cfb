// SPDX-License-Identifier: Apache-2.0

#include "base/shared_library.h"

#include <dlfcn.h>

namespace gobox {
namespace {

std::string last_trouble() {
  const char* const said = ::dlerror();
  return said != nullptr ? said : "unknown trouble with a shared library";
}

}  // namespace

SharedLibrary::SharedLibrary(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) trouble_ = last_trouble();
}

void* SharedLibrary::address_of(const char* name) {
  void* const address = handle_ != nullptr ? ::dlsym(handle_, name) : nullptr;
  if (address == nullptr && trouble_.empty()) trouble_ = last_trouble();
  return address;
}

}  // namespace gobox
