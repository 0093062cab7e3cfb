// SPDX-License-Identifier: Apache-2.0

#pragma once

// Profile: what diagnosis sampled of a program, as a profile that `go tool pprof` and its like
// open: the heap by allocation site, the goroutines by stack. Built from a Diagnosis, so a hint as
// all of it; written as a gzip'd pprof protobuf (github.com/google/pprof, proto/profile.proto).
// Plain data and pure functions; thread-safe. Size is bounded by the diagnosis's own bounds.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "runner/diagnosis/diagnosis.h"

namespace gobox::runner {

struct ProfileType {
  std::string name;  // "inuse_space"
  std::string unit;  // "bytes"
};

struct ProfileSample {
  std::vector<Frame> frames;         // innermost first
  std::vector<std::int64_t> values;  // one for each type
};

struct Profile {
  std::vector<ProfileType> types;  // the last is what is shown first
  std::vector<ProfileSample> samples;
};

// What lived on the heap at the probe's last look; absent where it had none. What no site accounts
// for is a sample of its own, so that the total is the heap's.
std::optional<Profile> heap_profile(const Diagnosis& diagnosis);

// The goroutines of the dump; absent without one.
std::optional<Profile> goroutine_profile(const Diagnosis& diagnosis);

// Uncompressed.
std::string pprof_message(const Profile& profile);

Result<std::string> gzipped(const std::string& bytes);

}  // namespace gobox::runner
