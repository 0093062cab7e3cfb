// SPDX-License-Identifier: Apache-2.0

// RunStore, the posting of results: what waits, and what came of it.

#include <chrono>

#include "api/runs/run_store.h"
#include "api/runs/statement.h"

namespace gobox::api {
namespace {

// As the column `state` has them; 0 is in the schema's index too.
CallbackState::Kind kind_of(std::int64_t number) {
  if (number == 1) return CallbackState::Kind::kDelivered;
  return number == 2 ? CallbackState::Kind::kFailed : CallbackState::Kind::kWaiting;
}

std::int64_t number_of(CallbackState::Kind kind) {
  if (kind == CallbackState::Kind::kDelivered) return 1;
  return kind == CallbackState::Kind::kFailed ? 2 : 0;
}

// Of a row whose columns from `first` on are url, state, attempts, due, status, message.
CallbackState read_state(const Statement& row, int first) {
  CallbackState state;
  state.url = row.text(first);
  state.kind = kind_of(row.number(first + 1));
  state.attempts = static_cast<unsigned>(row.number(first + 2));
  state.due_ms = row.number(first + 3);
  state.status = static_cast<int>(row.number(first + 4));
  state.message = row.text(first + 5);
  return state;
}

}  // namespace

Result<void> RunStore::put_callback(const std::string& id, const std::string& caller,
                                    const std::string& url) {
  Statement insert = TRY(Statement::prepare(
      database_.get(), "INSERT OR REPLACE INTO callbacks (id, caller, url) VALUES (?, ?, ?)"));
  return insert.bind(id).bind(caller).bind(url).run();
}

// Now is its turn, as much as that of those who have waited since before.
Result<void> RunStore::release_callback(const std::string& id) {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  Statement update =
      TRY(Statement::prepare(database_.get(), "UPDATE callbacks SET due = ? WHERE id = ?"));
  return update.bind(std::chrono::duration_cast<std::chrono::milliseconds>(since).count())
      .bind(id)
      .run();
}

// min() chooses the row that the other columns are of (SQLite, "bare columns in an aggregate").
Result<std::vector<Outbox::Letter>> RunStore::next_letters() {
  const std::lock_guard lock(mutex_);
  Statement select = TRY(Statement::prepare(
      database_.get(),
      "SELECT c.id, c.caller, min(c.due), c.url, c.state, c.attempts, c.due, c.status, c.message "
      "FROM callbacks c JOIN runs r ON r.id = c.id "
      "WHERE c.state = 0 AND r.finished IS NOT NULL GROUP BY c.caller"));
  std::vector<Letter> letters;
  while (TRY(select.step())) {
    letters.push_back({select.text(0), select.text(1), read_state(select, 3)});
  }
  return letters;
}

Result<std::optional<std::string>> RunStore::body_of(const Letter& letter) {
  auto found = TRY(find(letter.id, letter.caller));
  if (!found) return std::optional<std::string>();
  return std::optional(std::move(found->result));
}

Result<void> RunStore::note(const Letter& letter) {
  const std::lock_guard lock(mutex_);
  const CallbackState& state = letter.state;
  Statement update = TRY(Statement::prepare(
      database_.get(),
      "UPDATE callbacks SET state = ?, attempts = ?, due = ?, status = ?, message = ? "
      "WHERE id = ?"));
  return update.bind(number_of(state.kind))
      .bind(static_cast<std::int64_t>(state.attempts))
      .bind(state.due_ms)
      .bind(static_cast<std::int64_t>(state.status))
      .bind(state.message)
      .bind(letter.id)
      .run();
}

Result<std::optional<CallbackState>> RunStore::callback_of(const std::string& id,
                                                           const std::string& caller) {
  const std::lock_guard lock(mutex_);
  Statement select =
      TRY(Statement::prepare(database_.get(),
                             "SELECT url, state, attempts, due, status, message FROM callbacks "
                             "WHERE id = ? AND caller = ?"));
  if (!TRY(select.bind(id).bind(caller).step())) return std::optional<CallbackState>();
  return std::optional(read_state(select, 0));
}

Result<std::uint64_t> RunStore::callbacks_waiting(const std::string& caller) {
  const std::lock_guard lock(mutex_);
  Statement count = TRY(Statement::prepare(
      database_.get(), "SELECT count(*) FROM callbacks WHERE state = 0 AND caller = ?"));
  TRY(count.bind(caller).step());
  return static_cast<std::uint64_t>(count.number(0));
}

Result<std::uint64_t> RunStore::callbacks_waiting() {
  const std::lock_guard lock(mutex_);
  Statement count =
      TRY(Statement::prepare(database_.get(), "SELECT count(*) FROM callbacks WHERE state = 0"));
  TRY(count.step());
  return static_cast<std::uint64_t>(count.number(0));
}

}  // namespace gobox::api
