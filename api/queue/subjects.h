// SPDX-License-Identifier: Apache-2.0

#pragma once

// Subjects: what the queue's streams and subjects are called, below one prefix, and what of a run
// stands in its subject. docs/scaling.md lists them. Values; thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gobox::api {

// What a run needs of the worker that takes it.
struct Need {
  std::string toolchain;
  std::string policy;
  bool race = false;
  bool modules = false;
  bool fake_clock = false;
  bool playground = false;      // a call of the playground's: under the worker's policy for those
  std::uint64_t megabytes = 0;  // of memory, rounded up

  std::uint64_t memory_bytes() const { return megabytes << 20; }
};

// Any bytes as one token of a subject: letters, digits and "-" are themselves, "" is "_", and
// another byte is "_" and two hexadecimal digits. Very long ones become a digest.
std::string token_of(std::string_view text);
std::optional<std::string> text_of_token(std::string_view token);

class Subjects {
 public:
  // A caller's Error: it cannot be the beginning of a subject.
  static Result<Subjects> make(const std::string& prefix);

  const std::string& prefix() const { return prefix_; }

  // "RUNS" is the stream GOBOX_RUNS.
  std::string stream(const char* name) const { return upper_ + "_" + name; }

  std::string runs(const Need& need, const std::string& caller) const;
  // nullopt: not a subject of runs().
  std::optional<Need> need_of(std::string_view subject) const;
  // The caller's token of a subject of runs(); "" where it is none.
  static std::string caller_token(std::string_view subject);
  // The durable consumer that gives out a subject of runs().
  std::string consumer(std::string_view subject) const;

  std::string result(const std::string& caller, const std::string& id) const {
    return of("results", caller, id);
  }

  std::string events(const std::string& caller, const std::string& id) const {
    return of("events", caller, id);
  }

  std::string state(const std::string& caller, const std::string& id) const {
    return of("state", caller, id);
  }

  // Core NATS, kept by no stream.
  std::string of_run(const std::string& id, const char* what) const {
    return prefix_ + ".run." + id + "." + what;
  }

  std::string of_worker(const std::string& worker, const char* what) const {
    return prefix_ + ".worker." + token_of(worker) + "." + what;
  }

  std::string plain(const std::string& rest) const { return prefix_ + "." + rest; }

 private:
  explicit Subjects(std::string prefix);

  std::string of(const char* kind, const std::string& caller, const std::string& id) const {
    return prefix_ + "." + kind + "." + token_of(caller) + "." + id;
  }

  std::string prefix_;
  std::string upper_;
};

}  // namespace gobox::api
