#include "api/runs/run_store.h"

#include <sqlite3.h>
#include <sys/file.h>

#include <filesystem>

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
  Statement sum = TRY(Statement::prepare(
      database, "SELECT coalesce(sum(bytes), 0) FROM runs WHERE finished IS NOT NULL"));
  TRY(sum.step());
  bytes_ = static_cast<std::uint64_t>(sum.number(0));
  Statement snippets =
      TRY(Statement::prepare(database, "SELECT coalesce(sum(length(body)), 0) FROM snippets"));
  TRY(snippets.step());
  snippet_bytes_ = static_cast<std::uint64_t>(snippets.number(0));
  return expire_locked();
}

Result<void> RunStore::execute(const char* sql) {
  if (::sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return Error::host(std::string("the store: ") + ::sqlite3_errmsg(database_.get()));
}

Result<void> RunStore::accept(const Accepted& run) {
  const std::lock_guard lock(mutex_);
  Statement insert = TRY(Statement::prepare(
      database_.get(), "INSERT INTO runs (id, caller, accepted, request) VALUES (?, ?, ?, ?)"));
  return insert.bind(run.id).bind(run.caller).bind(now_ms()).bind(run.request).run();
}

Result<void> RunStore::withdraw(const std::string& id) {
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
  const std::uint64_t size = run.result.size() + run.events.size();
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
  bytes_ += size;
  return expire_locked();
}

Result<std::vector<RunStore::Accepted>> RunStore::unfinished() {
  const std::lock_guard lock(mutex_);
  Statement select = TRY(Statement::prepare(
      database_.get(),
      "SELECT id, caller, request, attempts FROM runs WHERE finished IS NULL ORDER BY accepted"));
  std::vector<Accepted> runs;
  while (TRY(select.step())) {
    runs.push_back(
        {select.text(0), select.text(1), select.text(2), static_cast<unsigned>(select.number(3))});
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
  return std::optional<Finished>({id, caller, select.text(0), select.text(1)});
}

Result<void> RunStore::put_snippet(const std::string& id, std::string_view body) {
  const std::lock_guard lock(mutex_);
  Statement insert = TRY(Statement::prepare(
      database_.get(), "INSERT OR IGNORE INTO snippets (id, body) VALUES (?, ?)"));
  TRY(insert.bind(id).bind(body).run());
  if (::sqlite3_changes(database_.get()) == 0) return {};
  snippet_bytes_ += body.size();
  while (snippet_bytes_ > settings_.most_snippet_bytes) TRY(drop_oldest_snippet());
  return {};
}

Result<void> RunStore::drop_oldest_snippet() {
  Statement select = TRY(Statement::prepare(
      database_.get(), "SELECT number, length(body) FROM snippets ORDER BY number LIMIT 1"));
  if (!TRY(select.step())) return Error::host("the store: snippets are counted wrongly");
  Statement erase =
      TRY(Statement::prepare(database_.get(), "DELETE FROM snippets WHERE number = ?"));
  TRY(erase.bind(select.number(0)).run());
  snippet_bytes_ -= static_cast<std::uint64_t>(select.number(1));
  return {};
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
  for (;;) {
    Statement select = TRY(Statement::prepare(database_.get(),
                                              "SELECT id, bytes, finished FROM runs WHERE finished "
                                              "IS NOT NULL ORDER BY finished LIMIT 1"));
    if (!TRY(select.step())) break;
    if (select.number(2) >= oldest && bytes_ <= settings_.most_bytes) break;
    const std::string id = select.text(0);
    bytes_ -= static_cast<std::uint64_t>(select.number(1));
    Statement erase = TRY(Statement::prepare(database_.get(), "DELETE FROM runs WHERE id = ?"));
    TRY(erase.bind(id).run());
    removed = true;
  }
  // Freed pages are used again by themselves; this gives back what a burst left.
  return removed ? execute("PRAGMA incremental_vacuum(256)") : Result<void>();
}

std::uint64_t RunStore::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace gobox::api
