// SPDX-License-Identifier: Apache-2.0

// sandbox-api: compiles and runs Go programs in a sandbox, over HTTP; or takes them for workers to
// run, with --queue.

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "api/operation/options.h"
#include "api/operation/tokens.h"
#include "api/server/daemon.h"
#include "api/server/front.h"
#include "api/server/queue_command.h"
#include "base/file.h"

namespace {

using gobox::Error;

constexpr int kUsageStatus = 2;
constexpr int kFailedStatus = 1;

int fail(const Error& error) {
  std::fprintf(stderr, "sandbox-api: %s\n", error.message.c_str());
  return error.kind == Error::Kind::kCaller ? kUsageStatus : kFailedStatus;
}

int print_token_hash(const std::vector<std::string>& words) {
  if (words.size() > 1)
    return fail(Error::caller("hash-token reads the secret from standard input"));
  const auto secret = gobox::read_fd(STDIN_FILENO, 4096);
  if (!secret) return fail(secret.error());
  const auto hash = gobox::api::hash_token(*secret);
  if (!hash) return fail(hash.error());
  std::printf("%s\n", hash->c_str());
  return 0;
}

int work_on_queue(const std::vector<std::string>& words) {
  const auto status = gobox::api::run_queue_command({words.begin() + 1, words.end()});
  return status ? *status : fail(status.error());
}

int serve(const gobox::api::Options& options) {
  if (options.queue.wanted()) {
    const auto front = gobox::api::Front::start(options);
    return front ? (*front)->run() : fail(front.error());
  }
  const auto daemon = gobox::api::Daemon::start(options);
  if (!daemon) return fail(daemon.error());
  return (*daemon)->run();
}

int run(const std::vector<std::string>& words) {
  if (!words.empty() && words.front() == "hash-token") return print_token_hash(words);
  if (!words.empty() && words.front() == "queue") return work_on_queue(words);
  const auto options = gobox::api::parse_options(words);
  if (!options) return fail(options.error());
  if (options->help) {
    std::fputs(options->help->c_str(), stdout);
    return 0;
  }
  if (options->version) {
    std::printf("sandbox-api %s%s\n", GOBOX_VERSION, GOBOX_COMMIT);
    return 0;
  }
  return serve(*options);
}

}  // namespace

// Ours are values; a library's exception that nobody met before ends here.
int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "sandbox-api: %s\n", failure.what());
    return kFailedStatus;
  }
}
