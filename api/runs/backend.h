// SPDX-License-Identifier: Apache-2.0

#pragma once

// Backend: who runs a job and where its state lives, as the server's resources see it. The single
// server's is RunService: this process runs it, and SQLite keeps it. A front end's is FrontDesk
// (api/queue): some worker runs it, and NATS JetStream keeps it.
//
// An Error of a call that only looks means that it cannot be known now, never that there is
// nothing. Thread-safe.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/callback/callbacks.h"
#include "api/http/problem.h"
#include "api/operation/metrics.h"
#include "api/runs/run.h"
#include "base/error.h"
#include "base/spool.h"
#include "base/unique_fd.h"
#include "runner/golang/toolchain.h"
#include "runner/job/job.h"

namespace gobox::api {

struct Submission {
  // What is left of a run when nobody waits for it any more.
  enum class Keep {
    kNothing,
    kHandedOn,  // its text, for whoever holds the Run, and its events where `events` says so
    kResult,    // for as long as the store keeps results
    kDurably,   // the request too, so that a restart can take it up again
  };

  runner::Job job;
  std::string caller;
  unsigned caller_most = 0;  // of this caller's at the same time; 0: no bound of its own
  std::uint64_t memory_bytes = 0;
  Keep keep = Keep::kNothing;
  bool events = false;              // kHandedOn: log them
  Nanoseconds queued_elsewhere{0};  // before it came here
  // The body it was read from, to be read again by another process; of an upload its Content-Type,
  // and then the body itself is `upload`.
  std::string request;
  Spooled upload;
  std::string callback;  // where to post the result; "": nowhere
};

class Backend {
 public:
  using Accepted = std::variant<std::shared_ptr<Run>, Problem>;

  struct Offer {
    runner::Toolchain toolchain;
    bool prepared = false;
  };

  struct Finished {
    std::string result;  // JSON
    std::string events;  // as Run::serialized_events() writes them
  };

  // kResult: `events` may be left out.
  enum class Wanted { kResult, kEverything };

  struct Fed {
    std::size_t taken = 0;
    bool open = true;
  };

  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  virtual Accepted submit(Submission submission) = 0;

  // Submits, waits for the end, cancels when `socket` hangs up. Null: the caller is gone.
  Accepted run_and_wait(Submission submission, int socket);

  virtual void cancel(const std::shared_ptr<Run>& run) = 0;

  // Queued or running, and the caller's own; null: no such run, or it has ended.
  virtual Result<std::shared_ptr<Run>> find_active(const std::string& id,
                                                   const std::string& caller) = 0;

  // The same, for one whose events are wanted as they come.
  virtual Result<std::shared_ptr<Run>> follow(const std::string& id, const std::string& caller) {
    return find_active(id, caller);
  }

  // The caller's, queued, running or just ending, in no particular order.
  virtual Result<std::vector<std::shared_ptr<Run>>> active_of(const std::string& caller) = 0;

  // Place in the order of starting, from 1, as it looks now; 0: not waiting.
  virtual std::size_t position(const Run& run) = 0;

  // Standard input of a run that was asked for with stdin_open. A caller's Error: it takes none.
  virtual Result<Fed> feed(const std::shared_ptr<Run>& run, std::string_view bytes, bool last) = 0;

  // nullopt: not there, not finished, or another caller's.
  virtual Result<std::optional<Finished>> find(const std::string& id, const std::string& caller,
                                               Wanted wanted) = 0;

  // What became of posting the result of the caller's run; nullopt: it is not to be posted.
  virtual Result<std::optional<CallbackState>> callback_of(const std::string& /*id*/,
                                                           const std::string& /*caller*/) {
    return std::optional<CallbackState>();
  }

  // Ids of the caller's finished runs, at most so many, the oldest first where that is known.
  virtual Result<std::vector<std::string>> finished_of(const std::string& caller,
                                                       std::size_t most) = 0;

  // A file that the caller's finished run left, to be read from its beginning; nullopt: there is
  // none of that name.
  virtual Result<std::optional<UniqueFd>> artifact(const std::string& id, const std::string& caller,
                                                   const std::string& name) = 0;

  // What a run that was handed on has left may go.
  virtual void drop_artifacts(const std::string&) {}

  virtual Result<void> put_snippet(const std::string& caller, const std::string& id,
                                   std::string_view body) = 0;
  virtual Result<std::optional<std::string>> find_snippet(const std::string& id) = 0;

  // The default first.
  virtual std::vector<Offer> offers() = 0;
  std::vector<runner::Toolchain> toolchains();

  // What is kept of other people's modules, as GET /v1/modules answers.
  virtual std::string modules() = 0;

  // Who runs what is submitted, where that is not this process, as GET /v1/workers answers.
  virtual std::string workers() { return R"({"workers":[]})"; }

  virtual bool draining() const = 0;

  // The state of the moment, for a scrape.
  virtual std::vector<Gauge> gauges() = 0;

 protected:
  enum class Waited { kEnded, kHungUp };

  static Result<Waited> wait_for_end(const std::shared_ptr<Run>& run, int socket);
};

}  // namespace gobox::api
