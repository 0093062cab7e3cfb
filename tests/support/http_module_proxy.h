// SPDX-License-Identifier: Apache-2.0

#pragma once

// HttpModuleProxy: the files of a ModuleProxy's directory over HTTP on loopback, given out honestly
// or with the manners of a bad one. Counts what it is asked for. Test support; its destructor ends
// the connections that are left.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace gobox::tests {

class HttpModuleProxy {
 public:
  enum class Manners {
    kHonest,
    kDrips,      // a zip comes a byte at a time, and never ends
    kBreaksOff,  // in the middle of a zip
    kRefuses,    // 503 to everything
    kElsewhere,  // redirects to another host
  };

  explicit HttpModuleProxy(std::string directory);
  HttpModuleProxy(const HttpModuleProxy&) = delete;
  HttpModuleProxy& operator=(const HttpModuleProxy&) = delete;
  ~HttpModuleProxy();

  std::string url() const;

  void behave(Manners manners) { manners_ = manners; }

  unsigned zips_asked() const { return zips_asked_; }

 private:
  void serve();
  void answer(int connection);
  void send_zip(int connection, const std::string& bytes);

  const std::string directory_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::atomic<Manners> manners_ = Manners::kHonest;
  std::atomic<unsigned> zips_asked_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::vector<std::thread> answering_;
  std::thread thread_;
};

}  // namespace gobox::tests
