// SPDX-License-Identifier: Apache-2.0

#pragma once

// ModuleProxy: a module proxy of files in a directory of the test's own: what GOPROXY=file:///...
// reads. Modules are put into it as the test says, honest ones and others. Test support; a file
// that cannot be written fails the test.

#include <string>
#include <utility>
#include <vector>

namespace gobox::tests {

class ModuleProxy {
 public:
  using Files = std::vector<std::pair<std::string, std::string>>;

  explicit ModuleProxy(std::string directory) : directory_(std::move(directory)) {}

  // `files` by name within the module; "go.mod" is made where it is not among them.
  void add(const std::string& path, const std::string& version, Files files) const;

  // The zip as it is said: whole names, in this order.
  void add_raw(const std::string& path, const std::string& version, const std::string& go_mod,
               const std::string& zip) const;

  std::string url() const { return "file://" + directory_; }

  std::string file(const std::string& path, const std::string& version,
                   const std::string& ending) const;

 private:
  std::string directory_;
};

// A zip of these entries. A name that ends in " -> X" is a symbolic link to X.
std::string zip_of(const ModuleProxy::Files& entries);

// A zip of one entry of so many zero bytes.
std::string zip_of_zeros(const std::string& name, std::uint64_t size);

}  // namespace gobox::tests
