// SPDX-License-Identifier: Apache-2.0

#include "api/runs/artifacts.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "api/http/percent.h"
#include "api/http/problem.h"
#include "api/runs/runs.h"

namespace gobox::api {
namespace {

// A file, piece by piece. It is all there from the beginning, so there is never news.
class FileBody : public BodySource {
 public:
  FileBody(UniqueFd file, UniqueFd news) : file_(std::move(file)), news_(std::move(news)) {}

  int news() const override { return news_.get(); }

  State pull(std::string& out, std::size_t most) override {
    const std::size_t before = out.size();
    out.resize(before + most);
    ssize_t count = -1;
    do {
      count = ::read(file_.get(), out.data() + before, most);
    } while (count < 0 && errno == EINTR);
    out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return count > 0 ? State::kMore : State::kEnd;
  }

 private:
  const UniqueFd file_;
  const UniqueFd news_;
};

// Of "ID/artifacts/PATH".
std::pair<std::string, std::string> split_parameter(const std::string& parameter) {
  const std::size_t slash = parameter.find('/');
  constexpr std::string_view kBetween = "artifacts/";
  return {parameter.substr(0, slash), parameter.substr(slash + 1 + kBetween.size())};
}

Response get_artifact(const Services& services, const Request& request) {
  const auto [id, name] = split_parameter(request.parameter);
  const auto active = services.runs.find_active(id, request.caller);
  if (!active) return unknown(active.error());
  const auto& run = *active;
  // Once it has ended its result is in the store.
  if (run && run->state() != Run::State::kFinished) {
    return render({409, "the run has not ended yet", std::nullopt, std::nullopt});
  }
  const auto stored = services.runs.find(id, request.caller, Backend::Wanted::kResult);
  if (!stored) return unknown(stored.error());
  if (!*stored) return no_such_run(id);
  auto found = services.runs.artifact(id, request.caller, name);
  if (!found) return unknown(found.error());
  auto& file = *found;
  if (!file) {
    return render({404, "the run has no artifact of that name", std::nullopt, std::nullopt});
  }
  UniqueFd news(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!news) return render({500, "eventfd: no descriptor", std::nullopt, std::nullopt});
  Response response;
  response.type = "application/octet-stream";
  response.headers = {{"Content-Disposition", "attachment"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Content-Security-Policy", "default-src 'none'; sandbox"}};
  response.source = std::make_shared<FileBody>(std::move(*file), std::move(news));
  return response;
}

}  // namespace

void add_artifacts(Router& router, const Services& services) {
  router.add({"GET", "/v1/runs/{}/artifacts/{...}",
              [&](const Request& request) { return get_artifact(services, request); }});
}

void link_artifacts(runner::JobResult& result) {
  for (runner::Artifact& each : result.artifacts) {
    each.href = "/v1/runs/" + result.id + "/artifacts/" + percent_encode_path(each.name);
  }
}

}  // namespace gobox::api
