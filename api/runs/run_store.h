// SPDX-License-Identifier: Apache-2.0

#pragma once

// RunStore: runs and snippets that outlive the process, in one SQLite database (WAL) in the data
// directory. A run that was accepted asynchronously is written before it is answered, so that a
// kill -9 and a restart find it. Results go by age, and where there are too many bytes of them, or
// of snippets, the oldest of the caller who holds most (api/runs/shares.h).
//
// synchronous=NORMAL: a killed process loses nothing; a machine that loses power may lose the last
// moments. The directory is locked: one server each. Thread-safe, one statement at a time.

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/callback/callbacks.h"
#include "api/runs/run_files.h"
#include "api/runs/shares.h"
#include "base/error.h"
#include "base/unique_fd.h"

struct sqlite3;

namespace gobox::api {

class RunStore final : public Outbox {
 public:
  struct Settings {
    std::string directory;
    std::uint64_t most_bytes = 256ULL << 20;          // of finished runs
    std::uint64_t most_snippet_bytes = 256ULL << 20;  // of shared programs
    std::chrono::seconds most_age{24 * 3600};         // of finished runs
    std::uint64_t most_tree_bytes = 4ULL << 30;       // of trees that wait to be run
  };

  struct Accepted {
    std::string id;
    std::string caller;
    std::string request;  // the body, as it came; of an upload its Content-Type
    unsigned attempts = 0;
    std::string_view tree;      // for accept(): an upload's body
    std::string callback = "";  // for accept(): where to post the result; "": nowhere
  };

  struct Finished {
    std::string id;
    std::string caller;
    std::string result;  // JSON
    std::string events;
    std::uint64_t artifact_bytes = 0;  // they count as the result does
    std::string callback = "";         // for finish(), of a run that was not accept()ed
  };

  static Result<std::unique_ptr<RunStore>> open(Settings settings);
  ~RunStore() override;

  Result<void> accept(const Accepted& run);
  // It was not accepted after all.
  Result<void> withdraw(const std::string& id);
  Result<void> mark_started(const std::string& id);
  Result<void> finish(const Finished& run);
  // Accepted and without a result: what an interrupted server leaves.
  Result<std::vector<Accepted>> unfinished();

  // nullopt: not there, not finished, or another caller's.
  Result<std::optional<Finished>> find(const std::string& id, const std::string& caller);

  // Ids of the caller's finished runs, the newest `most` of them, oldest first.
  Result<std::vector<std::string>> finished_of(const std::string& caller, std::size_t most);

  // It stays as long as it is within the share of one of those who put it.
  Result<void> put_snippet(const std::string& caller, const std::string& id, std::string_view body);
  Result<std::optional<std::string>> find_snippet(const std::string& id);

  // The posting of results (run_store_callbacks.cc). It ends when the result expires.
  Result<std::vector<Outbox::Letter>> next_letters() override;
  Result<std::optional<std::string>> body_of(const Letter& letter) override;
  Result<void> note(const Letter& letter) override;
  // nullopt: nobody wants the run's result posted, or it is another caller's.
  Result<std::optional<CallbackState>> callback_of(const std::string& id,
                                                   const std::string& caller);
  // The caller's that wait, those of unfinished runs included; everybody's.
  Result<std::uint64_t> callbacks_waiting(const std::string& caller);
  Result<std::uint64_t> callbacks_waiting();

  // Removes what is too old or too much. Also done at every finish().
  Result<void> expire();

  std::uint64_t bytes() const;

  RunFiles& files() { return files_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  explicit RunStore(Settings settings)
      : settings_(std::move(settings)),
        files_(std::filesystem::path(settings_.directory) / "files", settings_.most_tree_bytes) {}

  Result<void> open_database();
  Result<void> execute(const char* sql);
  Result<void> count_shares();
  Result<void> put_callback(const std::string& id, const std::string& caller,
                            const std::string& url);
  Result<void> release_callback(const std::string& id);
  Result<void> expire_locked();
  Result<void> remove_run(std::string_view id, const std::string& caller, std::uint64_t bytes);
  Result<bool> drop_aged_run(std::int64_t before_ms);
  Result<bool> drop_run_of_largest();
  Result<bool> drop_snippet_of_largest();

  Result<void> sweep_files();

  const Settings settings_;
  RunFiles files_;
  UniqueFd lock_;
  mutable std::mutex mutex_;
  std::unique_ptr<sqlite3, Close> database_;
  Shares runs_;
  Shares snippets_;
};

}  // namespace gobox::api
