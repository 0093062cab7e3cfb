#include "api/runs/run_events.h"

#include <charconv>

#include "api/http/hang_up.h"
#include "api/runs/runs.h"

namespace gobox::api {
namespace {

// A comment now and then keeps proxies from closing a silent stream.
constexpr std::chrono::seconds kHeartbeat{15};

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

Response event_stream(std::function<void(const Write&)> stream) {
  Response response;
  response.type = "text/event-stream";
  response.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  response.stream = std::move(stream);
  return response;
}

Response replay(const RunStore::Finished& stored, std::uint64_t after) {
  auto events = parse_events(stored.events, 0);
  events.push_back({events.size() + 1, "result", stored.result});
  std::string text;
  for (const RunEvent& event : events) {
    if (event.id > after) text += frame(event);
  }
  return event_stream([text = std::move(text)](const Write& write) { write(text); });
}

// Until the result, or until the caller goes away.
void follow(const std::shared_ptr<Run>& run, std::uint64_t after, int socket, const Write& write) {
  const auto watcher = Run::watch(run);
  if (!watcher) return;
  for (;;) {
    watcher->clear();
    const bool finished = run->state() == Run::State::kFinished;
    std::string text;
    for (const RunEvent& event : run->events_after(after)) {
      text += frame(event);
      after = event.id;
    }
    if (!text.empty() && !write(text)) return;
    if (finished) return;
    const Woke woke = wait_for_event(watcher->fd(), socket, kHeartbeat);
    if (woke == Woke::kHungUp) return;
    if (woke == Woke::kTimeout && !write(": still running\n\n")) return;
  }
}

Response events(const Services& services, const Request& request) {
  const auto after = resume_after(request);
  if (!after) return render({422, after.error().message, "/Last-Event-ID", std::nullopt});
  const std::string& id = request.parameter;
  const auto run = services.runs.find_active(id, request.caller);
  if (run) {
    return event_stream([run, after = *after, socket = request.socket](const Write& write) {
      follow(run, after, socket, write);
    });
  }
  auto stored = services.store.find(id, request.caller);
  if (!stored) return render({500, stored.error().message, std::nullopt, std::nullopt});
  if (!*stored) return no_such_run(id);
  return replay(**stored, *after);
}

}  // namespace

void add_run_events(Router& router, const Services& services) {
  router.add({"GET", "/v1/runs/{}/events",
              [&](const Request& request) { return events(services, request); }});
}

}  // namespace gobox::api
