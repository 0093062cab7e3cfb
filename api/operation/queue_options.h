// SPDX-License-Identifier: Apache-2.0

#pragma once

// QueueOptions: which queue a process works with, for every binary that can. Plain data.

#include <string>

namespace gobox::api {

struct QueueOptions {
  std::string urls;  // nats://HOST:PORT[,...]; "" for none
  std::string credentials;
  std::string prefix = "gobox";
  std::string authorities;
  std::string certificate;
  std::string key;

  bool wanted() const { return !urls.empty(); }
};

}  // namespace gobox::api
