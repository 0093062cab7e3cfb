#include "api/http/connection_pool.h"

#include <algorithm>
#include <chrono>

#include "api/http/connection.h"
#include "api/http/http_engine.h"

namespace gobox::api {
namespace {

constexpr std::chrono::seconds kPatience{10};  // of a thread without work
constexpr std::size_t kKept = 2;               // threads that stay

}  // namespace

ConnectionPool::ConnectionPool(const Settings& settings, const Application& application,
                               int listening, OnIdle on_idle, OnClosed on_closed)
    : settings_(settings),
      application_(application),
      listening_(listening),
      on_idle_(std::move(on_idle)),
      on_closed_(std::move(on_closed)) {}

ConnectionPool::~ConnectionPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    closing_ = true;
  }
  there_is_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ConnectionPool::close_after_answers() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
}

bool ConnectionPool::closing_soon() {
  const std::lock_guard lock(mutex_);
  return closing_;
}

void ConnectionPool::join_finished() {
  for (const std::thread::id id : finished_) {
    const auto found =
        std::find_if(threads_.begin(), threads_.end(),
                     [&](const std::thread& thread) { return thread.get_id() == id; });
    found->join();
    threads_.erase(found);
  }
  finished_.clear();
}

void ConnectionPool::hand_in(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  join_finished();
  ready_.push_back(std::move(connection));
  if (idle_ >= ready_.size() || running_ >= settings_.threads) {
    there_is_work_.notify_one();
    return;
  }
  ++running_;
  threads_.emplace_back([this] { work(); });
}

// Null: the thread is to end.
std::unique_ptr<Connection> ConnectionPool::take(std::unique_lock<std::mutex>& lock) {
  ++idle_;
  while (ready_.empty() && !stopping_) {
    const auto waited = there_is_work_.wait_for(lock, kPatience);
    if (waited == std::cv_status::timeout && ready_.empty() && running_ > kKept) break;
  }
  --idle_;
  if (ready_.empty()) return nullptr;
  auto connection = std::move(ready_.front());
  ready_.pop_front();
  return connection;
}

void ConnectionPool::work() {
  HttpEngine engine(application_, settings_.limits, listening_);
  std::unique_lock lock(mutex_);
  while (auto connection = take(lock)) {
    lock.unlock();
    bool open = engine.serve(*connection, closing_soon());
    while (open && connection->has_buffered()) open = engine.serve(*connection, closing_soon());
    if (open) {
      on_idle_(std::move(connection));
    } else {
      connection.reset();
      on_closed_();
    }
    lock.lock();
  }
  --running_;
  finished_.push_back(std::this_thread::get_id());
}

}  // namespace gobox::api
