// SPDX-License-Identifier: Apache-2.0

#include "api/runs/run.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "base/json_text.h"
#include "base/milliseconds.h"
#include "runner/outcome/outcome.h"
#include "runner/result/result_json.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxEventBytes = std::size_t{16} << 20;  // of one run's log
constexpr std::size_t kMaxPiece = std::size_t{16} << 10;       // of output in one event
// Behind so many events output waits until there is more of it, or until something else happens: a
// program that writes single bytes would make an event of each for whoever follows.
constexpr std::size_t kFineEvents = 1000;
constexpr std::size_t kCoarsePiece = std::size_t{4} << 10;

void signal(int eventfd) {
  const std::uint64_t one = 1;
  // Full means readable already.
  static_cast<void>(!::write(eventfd, &one, sizeof one));
}

}  // namespace

Result<std::shared_ptr<Run>> Run::create(Identity identity, Log log) {
  UniqueFd cancel(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!cancel) return Error::system("eventfd");
  return std::shared_ptr<Run>(new Run(std::move(identity), log, std::move(cancel)));
}

void Run::cancel() {
  signal(cancel_.get());
}

void Run::interrupt() {
  interrupted_ = true;
  cancel();
}

Result<void> Run::open_input(std::string_view first) {
  input_ = TRY(RunInput::open(first));
  return {};
}

bool Run::is_watched() const {
  const std::lock_guard lock(mutex_);
  return !watchers_.empty();
}

bool Run::canceled() const {
  pollfd entry{cancel_.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

void Run::started() {
  const std::lock_guard lock(mutex_);
  state_ = State::kRunning;
  wake();
}

Run::State Run::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::string Run::stage() const {
  const std::lock_guard lock(mutex_);
  return stage_;
}

void Run::wake() {
  for (const int watcher : watchers_) signal(watcher);
}

void Run::add(std::string kind, std::string data) {
  const std::size_t size = data.size() + sizeof(RunEvent);
  if (event_bytes_ + size > kMaxEventBytes) {
    events_full_ = true;
    return;
  }
  event_bytes_ += size;
  events_.push_back({events_.size() + 1, std::move(kind), std::move(data)});
}

void Run::add_usage(runner::StageKind kind, const policies::Limits& limits,
                    const runner::StageUsage& used) {
  json::object data{{"stage", runner::name_of(kind)},
                    {"wall_ms", as_milliseconds(used.wall)},
                    {"cpu_ms", as_milliseconds(used.cpu)},
                    {"throttled_ms", as_milliseconds(used.throttled)},
                    {"memory_peak_bytes", used.memory_peak_bytes},
                    {"memory_limit_bytes", limits.memory_bytes},
                    {"pids_limit", limits.pids}};
  const auto now = [&](const char* key, std::uint64_t sandbox::MemorySample::*part) {
    data[key] = used.now ? json::value(used.now->memory.*part) : json::value(nullptr);
  };
  now("memory_bytes", &sandbox::MemorySample::total_bytes);
  now("heap_bytes", &sandbox::MemorySample::anonymous_bytes);
  now("cache_bytes", &sandbox::MemorySample::file_bytes);
  now("files_bytes", &sandbox::MemorySample::shared_bytes);
  data["processes"] = used.now ? json::value(used.now->processes) : json::value(nullptr);
  add("usage", runner::json_text(data));
}

bool Run::is_coarse() const {
  return events_.size() >= kFineEvents;
}

void Run::seal_output() {
  seal(false);
  seal(true);
}

void Run::seal(bool is_stderr) {
  Pending& pending = pending_[is_stderr];
  if (pending.bytes.empty()) return;
  const bool plain = runner::is_utf8(pending.bytes);
  json::object data{{"stage", runner::name_of(pending.kind)},
                    {"text", plain ? pending.bytes : runner::to_base64(pending.bytes)},
                    {"encoding", plain ? "utf-8" : "base64"}};
  pending.bytes.clear();
  add(is_stderr ? "stderr" : "stdout", runner::json_text(data));
}

void Run::stage_started(runner::StageKind kind) {
  const std::lock_guard lock(mutex_);
  stage_ = runner::name_of(kind);
  if (!wants_events()) return;
  seal_output();
  add("stage", runner::json_text(json::object{{"stage", stage_}, {"state", "started"}}));
  wake();
}

void Run::stage_ended(const runner::StageResult& stage) {
  if (!wants_events()) return;
  const std::lock_guard lock(mutex_);
  seal_output();
  const auto& used = stage.ending.usage;
  add_usage(stage.kind, stage.limits,
            {.wall = stage.ending.wall,
             .cpu = used.cpu_total,
             .throttled = used.cpu_throttled,
             .memory_peak_bytes = used.memory_peak_bytes,
             .now = std::nullopt});
  add("stage", runner::json_text(json::object{{"stage", runner::name_of(stage.kind)},
                                              {"state", "ended"},
                                              {"outcome", runner::name_of(stage.outcome)}}));
  wake();
}

void Run::output(runner::StageKind kind, bool is_stderr, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (events_full_) return;
  // The streams keep their order, as long as that costs few events.
  if (!is_coarse()) seal(!is_stderr);
  Pending& pending = pending_[is_stderr];
  if (pending.bytes.size() + bytes.size() > kMaxPiece) seal(is_stderr);
  pending.kind = kind;
  pending.bytes.append(bytes);
  if (!is_coarse() || pending.bytes.size() >= kCoarsePiece) wake();
}

// What a test prints comes as output of the stage.
void Run::test(const runner::TestEvent& event) {
  if (event.action == "output" || event.action == "build-output") return;
  const std::string& package = event.package.empty() ? event.import_path : event.package;
  json::object data{{"action", event.action}, {"package", runner::to_utf8(package)}};
  data["test"] =
      event.test.empty() ? json::value(nullptr) : json::value(runner::to_utf8(event.test));
  data["elapsed_ms"] = event.elapsed ? json::value(*event.elapsed * 1000) : json::value(nullptr);
  const std::lock_guard lock(mutex_);
  seal_output();
  add("test", runner::json_text(data));
  wake();
}

void Run::usage(runner::StageKind kind, const policies::Limits& limits,
                const runner::StageUsage& used) {
  const std::lock_guard lock(mutex_);
  seal_output();
  add_usage(kind, limits, used);
  wake();
}

void Run::finish(runner::JobResult result, std::string text) {
  const std::lock_guard lock(mutex_);
  seal_output();
  result_ = std::move(result);
  json_ = std::move(text);
  state_ = State::kFinished;
  if (input_) input_->close();
  wake();
}

void Run::fail(Error error) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(error);
  state_ = State::kFinished;
  if (input_) input_->close();
  wake();
}

void Run::hear_state(State state, std::string stage) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::kFinished) return;
  state_ = state;
  stage_ = std::move(stage);
  wake();
}

void Run::hear_place(std::size_t place) {
  const std::lock_guard lock(mutex_);
  place_ = place;
}

std::size_t Run::place() const {
  const std::lock_guard lock(mutex_);
  return place_;
}

void Run::hear_event(RunEvent event) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::kFinished || event.id != events_.size() + 1) return;
  add(std::move(event.kind), std::move(event.data));
  wake();
}

void Run::hear_result(std::string text) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::kFinished) return;
  json_ = std::move(text);
  state_ = State::kFinished;
  wake();
}

std::uint64_t Run::last_event() const {
  const std::lock_guard lock(mutex_);
  return events_.size();
}

std::vector<RunEvent> Run::events_after(std::uint64_t id, std::size_t most) {
  const std::lock_guard lock(mutex_);
  for (const bool is_stderr : {false, true}) {
    if (!is_coarse() || pending_[is_stderr].bytes.size() >= kCoarsePiece) seal(is_stderr);
  }
  std::vector<RunEvent> events;
  std::size_t bytes = 0;
  for (std::uint64_t i = id; i < events_.size() && bytes < most; ++i) {
    events.push_back(events_[i]);
    bytes += events_[i].data.size();
  }
  const bool all = id + events.size() == events_.size();
  if (state_ == State::kFinished && !failure_ && all)
    events.push_back({events_.size() + 1, "result", json_});
  return events;
}

// One event a line: "KIND DATA". JSON text has no raw line ends.
std::string Run::serialized_events() {
  const std::lock_guard lock(mutex_);
  seal_output();
  std::string text;
  for (const RunEvent& event : events_) {
    text += event.kind + " " + event.data + "\n";
  }
  return text;
}

std::vector<RunEvent> parse_events(std::string_view serialized, std::uint64_t after) {
  std::vector<RunEvent> events;
  for (std::uint64_t id = 1; !serialized.empty(); ++id) {
    const std::size_t end = std::min(serialized.find('\n'), serialized.size());
    const std::string_view line = serialized.substr(0, end);
    serialized.remove_prefix(std::min(end + 1, serialized.size()));
    const std::size_t space = std::min(line.find(' '), line.size() - 1);
    if (id > after) {
      events.push_back(
          {id, std::string(line.substr(0, space)), std::string(line.substr(space + 1))});
    }
  }
  return events;
}

Result<Run::Watcher> Run::watch(const std::shared_ptr<Run>& run) {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return Error::system("eventfd");
  const std::lock_guard lock(run->mutex_);
  run->watchers_.push_back(fd.get());
  signal(fd.get());  // look once before waiting
  return Watcher(run, std::move(fd));
}

Run::Watcher::Watcher(std::shared_ptr<Run> run, UniqueFd fd)
    : run_(std::move(run)), fd_(std::move(fd)) {}

Run::Watcher::~Watcher() {
  if (!run_) return;
  const std::lock_guard lock(run_->mutex_);
  std::erase(run_->watchers_, fd_.get());
}

void Run::Watcher::clear() const {
  std::uint64_t count = 0;
  static_cast<void>(!::read(fd_.get(), &count, sizeof count));
}

}  // namespace gobox::api
