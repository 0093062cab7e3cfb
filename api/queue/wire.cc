// SPDX-License-Identifier: Apache-2.0

#include "api/queue/wire.h"

#include <dlfcn.h>

#include <filesystem>

namespace gobox::api {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModule = "libgobox-nats.so";

// Seen from the binary's own file: as installed, and in the build tree.
fs::path find_module() {
  std::error_code failure;
  const fs::path binary = fs::read_symlink("/proc/self/exe", failure);
  const fs::path root = binary.parent_path().parent_path();
  for (const char* folder : {GOBOX_LIBDIR "/gobox", "lib/gobox"}) {
    fs::path module = root / folder / kModule;
    if (fs::exists(module, failure)) return module;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Wire>> open_wire(const WireSettings& settings) {
  const fs::path module = find_module();
  if (module.empty()) {
    return Error::host(std::string("--queue needs the module ") + kModule +
                       ", which is installed beside the programs, in " GOBOX_LIBDIR "/gobox");
  }
  // Never closed: the library's threads run its code until the process ends.
  void* const handle = ::dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return Error::host(std::string("--queue: ") + ::dlerror() +
                       " (Debian's package libnats3.4 has the library of NATS)");
  }
  void* const symbol = ::dlsym(handle, kOpenWire);
  if (symbol == nullptr) return Error::host(std::string("--queue: ") + ::dlerror());
  Error error;
  std::unique_ptr<Wire> wire(reinterpret_cast<OpenWire>(symbol)(settings, error));
  if (!wire) return error;
  return wire;
}

}  // namespace gobox::api
