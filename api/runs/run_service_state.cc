// SPDX-License-Identifier: Apache-2.0

// RunService, what is asked of it beside running: the state of runs, what is kept, what it offers.

#include <boost/json.hpp>

#include "api/runs/run_service.h"
#include "base/json_text.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

}  // namespace

Result<std::shared_ptr<Run>> RunService::find_active(const std::string& id,
                                                     const std::string& caller) {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(id);
  if (found == active_.end() || found->second.run->caller() != caller) {
    return std::shared_ptr<Run>();
  }
  return found->second.run;
}

Result<std::vector<std::shared_ptr<Run>>> RunService::active_of(const std::string& caller) {
  std::vector<std::shared_ptr<Run>> runs;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, active] : active_) {
    if (active.run->caller() == caller) runs.push_back(active.run);
  }
  return runs;
}

std::size_t RunService::position(const Run& run) {
  return admission_->position(run.id());
}

Result<Backend::Fed> RunService::feed(const std::shared_ptr<Run>& run, std::string_view bytes,
                                      bool last) {
  if (run->input() == nullptr) return Error::caller("the run was not asked for with stdin_open");
  const auto taken = run->input()->send(bytes);
  if (!taken) return Error::caller(taken.error().message);
  // What was not taken is still to come, so the end cannot be here.
  const bool ends = last && *taken == bytes.size();
  if (ends) run->input()->close();
  return Fed{*taken, !ends};
}

Result<std::optional<Backend::Finished>> RunService::find(const std::string& id,
                                                          const std::string& caller, Wanted) {
  auto stored = TRY(store_.find(id, caller));
  if (!stored) return std::optional<Finished>();
  return std::optional<Finished>({std::move(stored->result), std::move(stored->events)});
}

Result<std::vector<std::string>> RunService::finished_of(const std::string& caller,
                                                         std::size_t most) {
  return store_.finished_of(caller, most);
}

Result<std::optional<UniqueFd>> RunService::artifact(const std::string& id, const std::string&,
                                                     const std::string& name) {
  return store_.files().open_artifact(id, name);
}

void RunService::drop_artifacts(const std::string& id) {
  store_.files().drop_artifacts(id);
}

Result<void> RunService::put_snippet(const std::string& caller, const std::string& id,
                                     std::string_view body) {
  return store_.put_snippet(caller, id, body);
}

Result<std::optional<std::string>> RunService::find_snippet(const std::string& id) {
  return store_.find_snippet(id);
}

Result<std::optional<CallbackState>> RunService::callback_of(const std::string& id,
                                                             const std::string& caller) {
  {
    // Of a run in progress that asked for none the store, which may be busy, need not be asked.
    const std::lock_guard lock(mutex_);
    const auto found = active_.find(id);
    if (found != active_.end() && found->second.callback.empty()) {
      return std::optional<CallbackState>();
    }
  }
  return store_.callback_of(id, caller);
}

std::vector<Backend::Offer> RunService::offers() {
  std::vector<Offer> list;
  for (const runner::Toolchain& each : runner_.toolchains()) {
    list.push_back({each, runner_.caches().find(each, runner::CacheVariant::kPlain).has_value()});
  }
  return list;
}

// What is kept of other people's modules; nothing where this server fetches none.
std::string RunService::modules() {
  json::array list;
  std::uint64_t bytes = 0;
  const auto service = runner_.modules();
  const bool fetches = service && *service != nullptr;
  if (fetches) {
    for (const runner::StoredModule& each : (*service)->store().list()) {
      bytes += each.bytes;
      const auto used = each.used.time_since_epoch();
      list.push_back(
          {{"path", each.module.path},
           {"version", each.module.version},
           {"sum", each.sum},
           {"bytes", each.bytes},
           {"used_unix_ms", std::chrono::duration_cast<std::chrono::milliseconds>(used).count()}});
    }
  }
  return runner::json_text(
      json::object{{"enabled", fetches},
                   {"bytes", bytes},
                   {"limit_bytes",
                    fetches ? json::value((*service)->store().most_bytes()) : json::value(nullptr)},
                   {"modules", std::move(list)}});
}

std::vector<Gauge> RunService::gauges() {
  const auto callbacks = store_.callbacks_waiting();
  return {
      {"sandbox_queue_length", "Runs that wait", static_cast<double>(admission_->waiting())},
      {"sandbox_runs_running", "Runs in progress", static_cast<double>(admission_->running())},
      {"sandbox_cgroups", "Control groups of sandboxes alive",
       static_cast<double>(runner_.launcher().groups().groups_alive())},
      {"sandbox_pool_parked", "Sandboxes made ahead of need",
       static_cast<double>(runner_.pool().state().parked)},
      {"sandbox_callbacks_waiting", "Results that are to be posted and are not yet",
       callbacks ? static_cast<double>(*callbacks) : 0},
      {"sandbox_store_bytes", "Results kept on disk", static_cast<double>(store_.bytes())},
  };
}

}  // namespace gobox::api
