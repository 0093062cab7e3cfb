// SPDX-License-Identifier: Apache-2.0

#pragma once

// One attempt to post one result. Blocks, for kPostSeconds at most. No redirect is followed, no
// proxy and no credentials of the environment are used, and what a receiver answers is not kept.

#include <atomic>
#include <string>

#include "api/callback/callback_rules.h"

namespace gobox::api {

inline constexpr long kPostSeconds = 15;

struct CallbackPost {
  const CallbackTarget& target;
  const std::string& id;  // of the run
  const std::string& key;
  const std::string& body;
};

struct CallbackAnswer {
  enum class Kind {
    kTaken,    // 2xx
    kRefused,  // it would be refused again: 3xx, most of 4xx, an address it may not have
    kAgain,    // no answer, 408, 425, 429, 5xx
    kAborted,  // by us
  };

  Kind kind = Kind::kAgain;
  int status = 0;       // HTTP's; 0 where there was none
  std::string message;  // one sentence; "" where it was taken
};

// `abort` ends it early, within a second.
CallbackAnswer post_callback(const CallbackPost& post, const std::atomic<bool>& abort);

}  // namespace gobox::api
