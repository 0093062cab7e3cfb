// SPDX-License-Identifier: Apache-2.0

#include "api/queue/worker.h"

#include <sys/utsname.h>

#include <boost/json.hpp>

#include "api/queue/performance.h"

namespace gobox::api {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kAnnounceEvery{2};
constexpr milliseconds kAnnounceAtMost{50};  // between two
constexpr std::chrono::seconds kClockEvery{30};

std::string architecture() {
  utsname names{};
  return ::uname(&names) == 0 ? names.machine : "";
}

std::int64_t local_ns() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

}  // namespace

Worker::Worker(const Queue& queue, const Services& services, const Router& calls, Settings settings)
    : queue_(queue),
      services_(services),
      calls_(calls),
      settings_(std::move(settings)),
      still_at_it_(queue.wire()),
      taker_(queue,
             {settings_.memory_budget, [this](const Need& need) { return ability().can(need); }}) {}

Result<std::unique_ptr<Worker>> Worker::start(const Queue& queue, const Services& services,
                                              const Router& calls, Settings settings) {
  std::unique_ptr<Worker> worker(new Worker(queue, services, calls, std::move(settings)));
  worker->measure_clock();
  TRY(worker->listen());
  worker->announcing_ = std::thread([self = worker.get()] { self->announce_for_ever(); });
  for (unsigned i = 0; i < worker->settings_.slots; ++i) {
    worker->threads_.emplace_back([self = worker.get()] { self->work(); });
  }
  return worker;
}

Worker::~Worker() {
  stop_taking();
  join();
  subscriptions_.clear();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (announcing_.joinable()) announcing_.join();
}

Result<void> Worker::listen() {
  const Subjects& subjects = queue_.subjects();
  subscriptions_.push_back(
      TRY(queue_.wire().subscribe(subjects.of_worker(settings_.name, "bell"),
                                  [this](const WireMessage& bell) { hear_bell(bell); })));
  subscriptions_.push_back(TRY(queue_.wire().subscribe(
      subjects.plain("hello"), [this](const WireMessage&) { announce_soon(); })));
  subscriptions_.push_back(TRY(queue_.wire().subscribe(
      subjects.of_worker(settings_.name, "modules"), [this](const WireMessage& question) {
        queue_.wire().publish(question.reply, services_.runs.modules());
      })));
  return {};
}

Announcement Worker::ability() const {
  Announcement now;
  now.name = settings_.name;
  now.version = settings_.version;
  now.architecture = architecture();
  now.offers = services_.runs.offers();
  now.policies = services_.policies.job_names();
  now.playground_policy = services_.options.playground_policy;
  now.fake_clock = services_.options.fake_clock;
  now.modules = settings_.modules;
  now.ready = settings_.ready();
  now.slots = settings_.slots;
  now.memory_budget = settings_.memory_budget;
  return now;
}

Announcement Worker::announcement() const {
  Announcement now = ability();
  now.draining = draining_;
  now.running = running_;
  now.memory_free = taker_.memory_free();
  return now;
}

void Worker::announce_soon() {
  const std::lock_guard lock(mutex_);
  news_ = true;
  changed_.notify_all();
}

void Worker::announce_for_ever() {
  const std::string subject = queue_.subjects().plain("workers." + token_of(settings_.name));
  auto measured = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    news_ = false;
    lock.unlock();
    queue_.wire().publish(subject, json::serialize(to_json(announcement())));
    if (std::chrono::steady_clock::now() - measured > kClockEvery) {
      measure_clock();
      measured = std::chrono::steady_clock::now();
    }
    lock.lock();
    changed_.wait_for(lock, kAnnounceAtMost, [&] { return stopping_; });
    changed_.wait_for(lock, kAnnounceEvery, [&] { return stopping_ || news_; });
  }
}

// A run's time in the queue is told by the NATS server's clock: this machine's own may be an hour
// off.
void Worker::measure_clock() {
  const std::string subject = queue_.subjects().plain("state._clock." + token_of(settings_.name));
  JetStream::Publication how;
  how.patience = milliseconds(1000);
  const std::int64_t before = local_ns();
  const Published published = queue_.stream().publish(subject, "\n", how);
  const std::int64_t after = local_ns();
  if (!published) return;
  const auto stored = queue_.stream().last_of(queue_.subjects().stream("STATE"), subject);
  if (!stored || !*stored) return;
  clock_offset_ns_ = (*stored)->time_ns - (before + (after - before) / 2);
}

std::int64_t Worker::now_ns() const {
  return local_ns() + clock_offset_ns_;
}

void Worker::hear_bell(const WireMessage& message) {
  json::error_code failure;
  json::value bell = json::parse(message.data, failure);
  if (failure || !bell.is_object()) return;
  const Parcel fields{bell.get_object(), ""};
  if (taker_.ring(fields.text("subject"))) return;
  const json::value* const next = fields.about.if_contains("next");
  if (next == nullptr || !next->is_array() || next->get_array().empty()) return;
  const json::array& names = next->get_array();
  if (!names[0].is_string()) return;
  const json::array rest(names.begin() + 1, names.end());
  queue_.wire().publish(
      queue_.subjects().of_worker(std::string(names[0].get_string()), "bell"),
      json::serialize(json::object{{"subject", fields.text("subject")}, {"next", rest}}));
}

void Worker::work() {
  while (const auto taken = taker_.take()) {
    ++running_;
    announce_soon();
    still_at_it_.begin(taken->delivery.reply);
    perform(*taken);
    still_at_it_.end(taken->delivery.reply);
    taker_.give_back(taken->need);
    --running_;
    announce_soon();
  }
}

// The border to code that throws: a delivery that fails so is somebody else's next.
void Worker::perform(const Taker::Taken& taken) {
  try {
    const Performance::Worker worker{queue_,
                                     services_,
                                     calls_,
                                     settings_.name,
                                     [this] { return now_ns(); },
                                     [this] { return settings_.interrupted(); }};
    Performance(worker, taken.delivery).perform();
  } catch (const std::exception& failure) {
    services_.log.error("a run failed", {{"reason", std::string(failure.what())}});
  }
}

void Worker::stop_taking() {
  draining_ = true;
  announce_soon();
  taker_.stop();
}

void Worker::join() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  queue_.wire().flush(milliseconds(2000));
}

std::vector<Gauge> Worker::gauges() const {
  return {{"sandbox_queue_connected", "Whether NATS can be reached",
           queue_.wire().connected() ? 1.0 : 0.0},
          {"sandbox_queue_reconnects_total", "Connections to NATS made anew since the start",
           static_cast<double>(queue_.wire().reconnects())}};
}

}  // namespace gobox::api
