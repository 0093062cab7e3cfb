// SPDX-License-Identifier: Apache-2.0

#pragma once

// Production: --like kubernetes[:memory=512Mi,cpu=500m], docker, systemd: a program's limits in the
// spelling of the place it is deployed in. What else such a place means for a Go program (none of
// our variables, its control group's files) is runner/golang/go_command.h's. Pure.

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace gobox::run {

struct Production {
  std::optional<std::uint64_t> memory;  // bytes
  std::optional<double> cpus;
};

// memory= and cpu= everywhere; docker's cpus=, systemd's MemoryMax= and CPUQuota= too.
Result<Production> parse_production(const std::string& flag, const std::string& text);

}  // namespace gobox::run
