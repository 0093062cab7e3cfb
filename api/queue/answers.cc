// SPDX-License-Identifier: Apache-2.0

#include "api/queue/answers.h"

#include <boost/json.hpp>

#include "api/http/problem.h"
#include "api/queue/order.h"
#include "api/runs/not_run.h"
#include "runner/result/result_json.h"

namespace gobox::api {
namespace {

constexpr std::chrono::seconds kPatience{5};  // before it is looked for
constexpr const char* kLost =
    "the queue lost the run: its message is gone and no worker has left a result";

}  // namespace

std::optional<Parcel> end_if_lost(const Queue& queue, const Queue::Whose& run,
                                  std::uint64_t sequence, const std::string& policy) {
  const auto message = queue.stream().at(queue.subjects().stream("RUNS"), sequence);
  // A stream that is gone has taken the run with it.
  const bool gone = message ? !*message : message.error().errno_value == ENOENT;
  if (!gone) return std::nullopt;
  // A worker writes the result before it acknowledges the run.
  auto result = queue.find_result(run, Queue::Pieces::kFetch);
  if (result && *result) return std::move(**result);
  if (!result && result.error().errno_value != ENOENT) return std::nullopt;
  Parcel verdict;
  if (run.kind == Queue::Kind::kRun) {
    verdict.bytes = runner::to_json(not_run(run.id, policy, runner::Outcome::kSandboxError, kLost));
  } else {
    Response response = render({500, kLost, std::nullopt, std::nullopt});
    verdict.about = about_response(response);
    verdict.bytes = std::move(response.body);
  }
  const auto written = queue.write_result(run, verdict.about, verdict.bytes, "lost",
                                          std::chrono::milliseconds(1000));
  if (written.published.how == Published::How::kOtherWasFirst) {
    result = queue.find_result(run, Queue::Pieces::kFetch);
    if (result && *result) return std::move(**result);
  }
  return verdict;
}

Result<std::unique_ptr<Answers>> Answers::start(const Queue& queue, const std::string& front) {
  std::unique_ptr<Answers> answers(
      new Answers(queue, queue.subjects().plain("done." + token_of(front))));
  Answers* const self = answers.get();
  answers->subscription_ = TRY(queue.wire().subscribe(
      self->subject_, [self](const WireMessage& message) { self->hear(message.data); }));
  answers->thread_ = std::thread([self] { self->work(); });
  return answers;
}

Answers::~Answers() {
  subscription_.reset();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Answers::expect(const Queue::Whose& run, Deliver deliver) {
  const std::lock_guard lock(mutex_);
  expected_[run.id] = {run, std::move(deliver), 0, Clock::now() + kPatience};
}

void Answers::placed(const std::string& id, std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  const auto found = expected_.find(id);
  if (found != expected_.end()) found->second.sequence = sequence;
}

void Answers::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  expected_.erase(id);
}

std::size_t Answers::size() const {
  const std::lock_guard lock(mutex_);
  return expected_.size();
}

std::vector<std::pair<Queue::Whose, Answers::Deliver>> Answers::take_all() {
  std::vector<std::pair<Queue::Whose, Deliver>> list;
  const std::lock_guard lock(mutex_);
  for (auto& [id, expected] : expected_) {
    list.emplace_back(expected.run, std::move(expected.deliver));
  }
  expected_.clear();
  return list;
}

void Answers::hear(const std::string& data) {
  auto result = look_at(data);
  if (!result) return;
  if (result->number("pieces") == 0) return deliver(std::move(*result));
  const std::lock_guard lock(mutex_);
  in_pieces_.push_back(data);
  changed_.notify_all();
}

void Answers::deliver(Parcel result) {
  Deliver deliver;
  {
    const std::lock_guard lock(mutex_);
    const auto found = expected_.find(result.text("id"));
    if (found == expected_.end()) return;
    deliver = std::move(found->second.deliver);
    expected_.erase(found);
  }
  deliver(std::move(result));
}

void Answers::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, std::chrono::seconds(1),
                      [&] { return stopping_ || !in_pieces_.empty(); });
    fetch_pieces(lock);
    look_for_lost(lock);
  }
}

void Answers::fetch_pieces(std::unique_lock<std::mutex>& lock) {
  while (!in_pieces_.empty() && !stopping_) {
    const std::string data = std::move(in_pieces_.front());
    in_pieces_.pop_front();
    lock.unlock();
    // What cannot be had now is looked for again a little later.
    if (auto result = queue_.parcels().unpack(data)) deliver(std::move(*result));
    lock.lock();
  }
}

void Answers::look_for_lost(std::unique_lock<std::mutex>& lock) {
  const auto now = Clock::now();
  std::vector<std::pair<Queue::Whose, std::uint64_t>> late;
  for (auto& [id, expected] : expected_) {
    if (expected.look_at > now) continue;
    expected.look_at = now + kPatience;
    late.emplace_back(expected.run, expected.sequence);
  }
  if (late.empty()) return;
  lock.unlock();
  for (const auto& [run, sequence] : late) look_for(run, sequence);
  lock.lock();
}

void Answers::look_for(const Queue::Whose& run, std::uint64_t sequence) {
  auto result = queue_.find_result(run, Queue::Pieces::kFetch);
  if (result && *result) {
    (*result)->about["id"] = run.id;
    return deliver(std::move(**result));
  }
  if (sequence == 0) return;
  auto ended = end_if_lost(queue_, run, sequence, "");
  if (!ended) return;
  ended->about["id"] = run.id;
  deliver(std::move(*ended));
}

}  // namespace gobox::api
