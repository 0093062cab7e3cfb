// SPDX-License-Identifier: Apache-2.0

#include "api/runs/backend.h"

#include "api/http/hang_up.h"

namespace gobox::api {
namespace {

constexpr std::chrono::hours kForEver{1000};

}  // namespace

Result<Backend::Waited> Backend::wait_for_end(const std::shared_ptr<Run>& run, int socket) {
  const auto watcher = TRY(Run::watch(run));
  while (run->state() != Run::State::kFinished) {
    if (wait_for_event(watcher.fd(), socket, kForEver) == Woke::kHungUp) return Waited::kHungUp;
    watcher.clear();
  }
  return Waited::kEnded;
}

Backend::Accepted Backend::run_and_wait(Submission submission, int socket) {
  Accepted accepted = submit(std::move(submission));
  const auto* run = std::get_if<std::shared_ptr<Run>>(&accepted);
  if (run == nullptr) return accepted;
  const auto waited = wait_for_end(*run, socket);
  if (waited && *waited == Waited::kEnded) return accepted;
  cancel(*run);
  if (!waited) return Problem{500, waited.error().message, std::nullopt, std::nullopt};
  return std::shared_ptr<Run>();
}

std::vector<runner::Toolchain> Backend::toolchains() {
  std::vector<runner::Toolchain> list;
  for (Offer& offer : offers()) list.push_back(std::move(offer.toolchain));
  return list;
}

}  // namespace gobox::api
