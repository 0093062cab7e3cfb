// SPDX-License-Identifier: Apache-2.0

// sandbox-worker: takes runs out of a queue, and compiles and runs them in sandboxes.

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "api/operation/options.h"
#include "api/server/worker_daemon.h"

namespace {

constexpr int kUsageStatus = 2;
constexpr int kFailedStatus = 1;

int fail(const gobox::Error& error) {
  std::fprintf(stderr, "sandbox-worker: %s\n", error.message.c_str());
  return error.kind == gobox::Error::Kind::kCaller ? kUsageStatus : kFailedStatus;
}

int run(const std::vector<std::string>& words) {
  const auto options = gobox::api::parse_options(words, gobox::api::Role::kWorker);
  if (!options) return fail(options.error());
  if (options->help) {
    std::fputs(options->help->c_str(), stdout);
    return 0;
  }
  if (options->version) {
    std::printf("sandbox-worker %s\n", GOBOX_VERSION);
    return 0;
  }
  const auto daemon = gobox::api::WorkerDaemon::start(*options, GOBOX_VERSION);
  if (!daemon) return fail(daemon.error());
  return (*daemon)->run();
}

}  // namespace

// Ours are values; a library's exception that nobody met before ends here.
int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "sandbox-worker: %s\n", failure.what());
    return kFailedStatus;
  }
}
