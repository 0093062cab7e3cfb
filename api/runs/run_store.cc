// SPDX-License-Identifier: Apache-2.0

#include "api/runs/run_store.h"

#include <sqlite3.h>
#include <sys/file.h>

#include <filesystem>
#include <set>

#include "api/runs/statement.h"
#include "base/file.h"

namespace gobox::api {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = R"(
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA journal_size_limit = 16777216;
PRAGMA cache_size = -2000;
CREATE TABLE IF NOT EXISTS runs (
  id BLOB PRIMARY KEY, caller BLOB NOT NULL, accepted INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, finished INTEGER,
  bytes INTEGER NOT NULL DEFAULT 0, request BLOB, result BLOB, events BLOB) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_finished ON runs (finished, bytes);
CREATE TABLE IF NOT EXISTS snippets (
  number INTEGER PRIMARY KEY, id BLOB UNIQUE NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS snippet_owners (
  number INTEGER PRIMARY KEY, share BLOB NOT NULL, id BLOB NOT NULL, bytes INTEGER NOT NULL,
  UNIQUE (share, id));
CREATE TABLE IF NOT EXISTS callbacks (
  id BLOB PRIMARY KEY, caller BLOB NOT NULL, url BLOB NOT NULL, state INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0,
  status INTEGER NOT NULL DEFAULT 0, message BLOB NOT NULL DEFAULT x'') WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS callbacks_waiting ON callbacks (caller, due) WHERE state = 0;
CREATE TRIGGER IF NOT EXISTS callbacks_expire AFTER DELETE ON runs BEGIN
  DELETE FROM callbacks WHERE id = OLD.id;
END;
DELETE FROM callbacks WHERE id NOT IN (SELECT id FROM runs);
INSERT INTO snippet_owners (share, id, bytes)
  SELECT x'', id, length(body) FROM snippets
  WHERE id NOT IN (SELECT id FROM snippet_owners) ORDER BY number;
)";

std::int64_t now_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

}  // namespace

void RunStore::Close::operator()(sqlite3* database) const {
  ::sqlite3_close(database);
}

RunStore::~RunStore() = default;

Result<std::unique_ptr<RunStore>> RunStore::open(Settings settings) {
  std::unique_ptr<RunStore> store(new RunStore(std::move(settings)));
  const fs::path directory = store->settings_.directory;
  std::error_code failure;
  fs::create_directories(directory, failure);
  if (failure) {
    return Error::host("--data-dir " + directory.string() + ": " + failure.message());
  }
  // Requests are the callers' own: nobody else on this host reads them.
  fs::permissions(directory, fs::perms::owner_all, failure);
  store->lock_ = TRY(open_at(AT_FDCWD, directory / "lock", O_RDWR | O_CREAT, 0600));
  if (::flock(store->lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error::host("--data-dir " + directory.string() + " is in use by another server");
  }
  TRY(store->open_database());
  TRY(store->sweep_files());
  return store;
}

Result<void> RunStore::open_database() {
  const std::string path = fs::path(settings_.directory) / "runs.sqlite";
  sqlite3* database = nullptr;
  const int status = ::sqlite3_open(path.c_str(), &database);
  database_.reset(database);
  if (status != SQLITE_OK) return Error::host("open " + path + ": " + ::sqlite3_errstr(status));
  ::sqlite3_busy_timeout(database, 5000);
  TRY(execute(kSchema));
  TRY(count_shares());
  return expire_locked();
}

Result<void> RunStore::sweep_files() {
  std::set<std::string> known;
  Statement select = TRY(Statement::prepare(database_.get(), "SELECT id FROM runs"));
  while (TRY(select.step())) known.insert(select.text(0));
  return files_.sweep([&](const std::string& id) { return known.contains(id); });
}

Result<void> RunStore::count_shares() {
  Statement runs = TRY(Statement::prepare(
      database_.get(),
      "SELECT caller, sum(bytes) FROM runs WHERE finished IS NOT NULL GROUP BY caller"));
  while (TRY(runs.step())) runs_.add(runs.text(0), static_cast<std::uint64_t>(runs.number(1)));
  Statement snippets = TRY(Statement::prepare(
      database_.get(), "SELECT share, sum(bytes) FROM snippet_owners GROUP BY share"));
  while (TRY(snippets.step())) {
    snippets_.add(snippets.text(0), static_cast<std::uint64_t>(snippets.number(1)));
  }
  return {};
}

Result<void> RunStore::execute(const char* sql) {
  if (::sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return Error::host(std::string("the store: ") + ::sqlite3_errmsg(database_.get()));
}

Result<void> RunStore::accept(const Accepted& run) {
  if (!run.tree.empty()) TRY(files_.put_tree(run.id, run.tree));
  const std::lock_guard lock(mutex_);
  // Before the run: it is not posted without one, and a run that is there has it.
  if (!run.callback.empty()) TRY(put_callback(run.id, run.caller, run.callback));
  Statement insert = TRY(Statement::prepare(
      database_.get(), "INSERT INTO runs (id, caller, accepted, request) VALUES (?, ?, ?, ?)"));
  auto written = insert.bind(run.id).bind(run.caller).bind(now_ms()).bind(run.request).run();
  if (!written) files_.drop(run.id);
  return written;
}

Result<void> RunStore::withdraw(const std::string& id) {
  files_.drop(id);
  const std::lock_guard lock(mutex_);
  Statement erase = TRY(
      Statement::prepare(database_.get(), "DELETE FROM runs WHERE id = ? AND finished IS NULL"));
  return erase.bind(id).run();
}

Result<void> RunStore::mark_started(const std::string& id) {
  const std::lock_guard lock(mutex_);
  Statement update = TRY(
      Statement::prepare(database_.get(), "UPDATE runs SET attempts = attempts + 1 WHERE id = ?"));
  return update.bind(id).run();
}

Result<void> RunStore::finish(const Finished& run) {
  const std::lock_guard lock(mutex_);
  if (!run.callback.empty()) TRY(put_callback(run.id, run.caller, run.callback));
  TRY(release_callback(run.id));
  const std::uint64_t size = run.result.size() + run.events.size() + run.artifact_bytes;
  Statement insert = TRY(Statement::prepare(
      database_.get(),
      "INSERT INTO runs (id, caller, accepted, finished, bytes, result, events) "
      "VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET finished = ?3, "
      "bytes = ?4, result = ?5, events = ?6, request = NULL"));
  TRY(insert.bind(run.id)
          .bind(run.caller)
          .bind(now_ms())
          .bind(static_cast<std::int64_t>(size))
          .bind(run.result)
          .bind(run.events)
          .run());
  files_.drop_tree(run.id);
  runs_.add(run.caller, size);
  return expire_locked();
}

Result<std::vector<RunStore::Accepted>> RunStore::unfinished() {
  const std::lock_guard lock(mutex_);
  Statement select = TRY(Statement::prepare(
      database_.get(),
      "SELECT id, caller, request, attempts FROM runs WHERE finished IS NULL ORDER BY accepted"));
  std::vector<Accepted> runs;
  while (TRY(select.step())) {
    runs.push_back({select.text(0),
                    select.text(1),
                    select.text(2),
                    static_cast<unsigned>(select.number(3)),
                    {}});
  }
  return runs;
}

Result<std::optional<RunStore::Finished>> RunStore::find(const std::string& id,
                                                         const std::string& caller) {
  const std::lock_guard lock(mutex_);
  Statement select = TRY(Statement::prepare(
      database_.get(),
      "SELECT result, events FROM runs WHERE id = ? AND caller = ? AND finished IS NOT NULL"));
  if (!TRY(select.bind(id).bind(caller).step())) return std::optional<Finished>();
  return std::optional<Finished>({id, caller, select.text(0), select.text(1), 0});
}

Result<std::vector<std::string>> RunStore::finished_of(const std::string& caller,
                                                       std::size_t most) {
  const std::lock_guard lock(mutex_);
  Statement select = TRY(Statement::prepare(database_.get(),
                                            "SELECT id FROM runs WHERE caller = ? AND finished IS "
                                            "NOT NULL ORDER BY finished DESC LIMIT ?"));
  select.bind(caller).bind(static_cast<std::int64_t>(most));
  std::vector<std::string> ids;
  while (TRY(select.step())) ids.push_back(select.text(0));
  std::reverse(ids.begin(), ids.end());
  return ids;
}

Result<void> RunStore::put_snippet(const std::string& caller, const std::string& id,
                                   std::string_view body) {
  const std::lock_guard lock(mutex_);
  Statement insert = TRY(Statement::prepare(
      database_.get(), "INSERT OR IGNORE INTO snippets (id, body) VALUES (?, ?)"));
  TRY(insert.bind(id).bind(body).run());
  const std::string share = Shares::share_of(caller);
  Statement own = TRY(Statement::prepare(
      database_.get(), "INSERT OR IGNORE INTO snippet_owners (share, id, bytes) VALUES (?, ?, ?)"));
  TRY(own.bind(share).bind(id).bind(static_cast<std::int64_t>(body.size())).run());
  if (::sqlite3_changes(database_.get()) == 0) return {};
  snippets_.add(share, body.size());
  while (snippets_.total() > settings_.most_snippet_bytes && TRY(drop_snippet_of_largest())) {
  }
  return {};
}

// False: there is none.
Result<bool> RunStore::drop_snippet_of_largest() {
  const std::string share = snippets_.largest();
  Statement select = TRY(Statement::prepare(
      database_.get(),
      "SELECT number, id, bytes FROM snippet_owners WHERE share = ? ORDER BY number LIMIT 1"));
  if (!TRY(select.bind(share).step())) return false;
  const std::string id = select.text(1);
  Statement disown =
      TRY(Statement::prepare(database_.get(), "DELETE FROM snippet_owners WHERE number = ?"));
  TRY(disown.bind(select.number(0)).run());
  snippets_.remove(share, static_cast<std::uint64_t>(select.number(2)));
  Statement erase = TRY(Statement::prepare(database_.get(),
                                           "DELETE FROM snippets WHERE id = ?1 AND NOT EXISTS "
                                           "(SELECT 1 FROM snippet_owners WHERE id = ?1)"));
  TRY(erase.bind(id).run());
  return true;
}

Result<std::optional<std::string>> RunStore::find_snippet(const std::string& id) {
  const std::lock_guard lock(mutex_);
  Statement select =
      TRY(Statement::prepare(database_.get(), "SELECT body FROM snippets WHERE id = ?"));
  if (!TRY(select.bind(id).step())) return std::optional<std::string>();
  return std::optional(select.text(0));
}

Result<void> RunStore::expire() {
  const std::lock_guard lock(mutex_);
  return expire_locked();
}

Result<void> RunStore::expire_locked() {
  const std::int64_t oldest = now_ms() - std::chrono::milliseconds(settings_.most_age).count();
  bool removed = false;
  while (TRY(drop_aged_run(oldest))) removed = true;
  while (runs_.total() > settings_.most_bytes && TRY(drop_run_of_largest())) removed = true;
  // Freed pages are used again by themselves; this gives back what a burst left.
  return removed ? execute("PRAGMA incremental_vacuum(256)") : Result<void>();
}

Result<void> RunStore::remove_run(std::string_view id, const std::string& caller,
                                  std::uint64_t bytes) {
  Statement erase = TRY(Statement::prepare(database_.get(), "DELETE FROM runs WHERE id = ?"));
  TRY(erase.bind(id).run());
  files_.drop(std::string(id));
  runs_.remove(caller, bytes);
  return {};
}

// False: none is older.
Result<bool> RunStore::drop_aged_run(std::int64_t before_ms) {
  Statement select = TRY(Statement::prepare(
      database_.get(),
      "SELECT id, caller, bytes FROM runs WHERE finished IS NOT NULL AND finished < ? "
      "ORDER BY finished LIMIT 1"));
  if (!TRY(select.bind(before_ms).step())) return false;
  const std::string id = select.text(0);
  TRY(remove_run(id, select.text(1), static_cast<std::uint64_t>(select.number(2))));
  return true;
}

// False: there is none.
Result<bool> RunStore::drop_run_of_largest() {
  const std::string share = runs_.largest();
  // Shares::share_of() in SQL; 3a is a colon.
  Statement select =
      TRY(Statement::prepare(database_.get(),
                             "SELECT id, bytes FROM runs WHERE finished IS NOT NULL AND CASE WHEN "
                             "instr(caller, x'3a') = 0 "
                             "THEN caller ELSE substr(caller, 1, instr(caller, x'3a')) END = ? "
                             "ORDER BY finished LIMIT 1"));
  if (!TRY(select.bind(share).step())) return false;
  const std::string id = select.text(0);
  TRY(remove_run(id, share, static_cast<std::uint64_t>(select.number(1))));
  return true;
}

std::uint64_t RunStore::bytes() const {
  const std::lock_guard lock(mutex_);
  return runs_.total();
}

}  // namespace gobox::api
