// SPDX-License-Identifier: Apache-2.0

#include "api/runs/run_events.h"

#include <charconv>

#include "api/runs/omission.h"
#include "api/runs/runs.h"

namespace gobox::api {
namespace {

std::string frame(const RunEvent& event) {
  return "id: " + std::to_string(event.id) + "\nevent: " + event.kind + "\ndata: " + event.data +
         "\n\n";
}

Result<std::uint64_t> resume_after(const Request& request) {
  const std::string text = request.header("Last-Event-ID");
  std::uint64_t id = 0;
  if (text.empty()) return id;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failure != std::errc() || end != text.data() + text.size()) {
    return Error::caller("Last-Event-ID is not a number this server gave out");
  }
  return id;
}

Response event_stream() {
  Response response;
  response.type = "text/event-stream";
  response.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  return response;
}

Response replay(Backend::Finished stored, std::uint64_t after, Omitted omitted) {
  auto events = parse_events(stored.events, 0);
  events.push_back({events.size() + 1, "result", without(std::move(stored.result), omitted)});
  std::string text;
  for (const RunEvent& event : events) {
    if (event.id > after) text += frame(event);
  }
  Response response = event_stream();
  response.body = std::move(text);
  return response;
}

// The events of a run that has not ended, until its result.
class LiveEvents final : public BodySource {
 public:
  LiveEvents(std::shared_ptr<Run> run, Run::Watcher watcher, std::uint64_t after, Omitted omitted)
      : run_(std::move(run)), watcher_(std::move(watcher)), after_(after), omitted_(omitted) {}

  int news() const override { return watcher_.fd(); }

  State pull(std::string& out, std::size_t most) override {
    watcher_.clear();
    const bool finished = run_->state() == Run::State::kFinished;
    for (RunEvent& event : run_->events_after(after_, most)) {
      if (event.kind == "result") event.data = without(std::move(event.data), omitted_);
      out += frame(event);
      after_ = event.id;
    }
    return finished && out.empty() ? State::kEnd : State::kMore;
  }

  std::string_view heartbeat() const override { return ": still running\n\n"; }

 private:
  std::shared_ptr<Run> run_;
  Run::Watcher watcher_;
  std::uint64_t after_;
  Omitted omitted_;
};

Response events(const Services& services, const Request& request) {
  const auto after = resume_after(request);
  if (!after) return render({422, after.error().message, "/Last-Event-ID", std::nullopt});
  const auto omitted = read_omitted(request);
  if (!omitted) return render({422, omitted.error().message, "/omit", std::nullopt});
  const std::string& id = request.parameter;
  const auto active = services.runs.follow(id, request.caller);
  if (!active) return unknown(active.error());
  if (const auto& run = *active) {
    auto watcher = Run::watch(run);
    if (!watcher) return render({500, watcher.error().message, std::nullopt, std::nullopt});
    Response response = event_stream();
    response.source = std::make_shared<LiveEvents>(run, std::move(*watcher), *after, *omitted);
    return response;
  }
  auto stored = services.runs.find(id, request.caller, Backend::Wanted::kEverything);
  if (!stored) return unknown(stored.error());
  if (!*stored) return no_such_run(id);
  return replay(std::move(**stored), *after, *omitted);
}

}  // namespace

void add_run_events(Router& router, const Services& services) {
  router.add({"GET", "/v1/runs/{}/events",
              [&](const Request& request) { return events(services, request); }});
}

}  // namespace gobox::api
