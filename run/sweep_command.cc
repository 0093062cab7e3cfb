// SPDX-License-Identifier: Apache-2.0

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "base/file.h"
#include "base/json_text.h"
#include "lab/sweep_run.h"
#include "lab/sweep_svg.h"
#include "lab/sweep_text.h"
#include "run/command.h"
#include "run/output.h"
#include "run/report.h"
#include "run/session.h"
#include "run/sweep_job.h"
#include "run/sweep_options.h"

namespace gobox::run {
namespace {

using Clock = std::chrono::steady_clock;
using lab::Measurement;
using lab::Setting;

bool is_stopped(const Session& session) {
  pollfd poll{session.signals.get(), POLLIN, 0};
  return ::poll(&poll, 1, 0) > 0;
}

std::string clock_text(double milliseconds) {
  const auto seconds = std::lround(milliseconds / 1000);
  char text[32];
  std::snprintf(text, sizeof text, "%ld:%02ld", seconds / 60, seconds % 60);
  return text;
}

// On a terminal one line that is rewritten; elsewhere a line now and then.
class ProgressLine {
 public:
  void show(const std::string& text, bool last) {
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    const auto now = Clock::now();
    if (!terminal && !last && now - shown_ < std::chrono::seconds(2)) return;
    shown_ = now;
    const std::string line =
        terminal ? "\r\033[K" + text + (last ? "\n" : "") : "sandbox-run: " + text + "\n";
    static_cast<void>(write_all(STDERR_FILENO, line));
  }

 private:
  Clock::time_point shown_{};
};

Result<std::string> make_directory(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) return Error::caller("--out " + path + ": " + failed.message());
  return path;
}

// One sweep or search from its options to its outputs.
class SweepSession {
 public:
  SweepSession(Session& session, const SweepOptions& options, const Words& words, SweepJob job)
      : session_(session), options_(options), words_(words), job_(std::move(job)) {}

  Result<int> run() {
    // The first cell's job says what is wrong with the flags before anything is measured.
    if (!options_.search) {
      lab::SweepPlan plan = plan_of(0);
      for (std::size_t cell = 0; cell < plan.cells(); ++cell) TRY(job_.with(plan.settings(cell)));
    }
    lab::JournalHead head;
    head.fingerprint = fingerprint();
    head.seed = options_.seed.value_or(std::random_device{}());
    const std::string path = TRY(journal_path(head.fingerprint));
    if (options_.fresh) static_cast<void>(::unlink(path.c_str()));
    auto journal = TRY(lab::Journal::open(path, head));
    if (!journal.measurements().empty()) {
      print_error("going on after " + std::to_string(journal.measurements().size()) +
                  " runs that are in " + path + " already");
    }
    const int status = TRY(options_.search ? search(journal) : sweep(journal, head.seed));
    if (status == 0 && options_.out_directory.empty()) static_cast<void>(::unlink(path.c_str()));
    return status;
  }

 private:
  lab::SweepPlan plan_of(std::uint64_t seed) const {
    return {options_.dimensions, options_.repeat, seed};
  }

  std::string fingerprint() const {
    Words what;
    for (const lab::Dimension& dimension : options_.dimensions) {
      what.push_back(dimension.name);
      what.insert(what.end(), dimension.values.begin(), dimension.values.end());
    }
    if (options_.search) {
      what.push_back("until " + options_.search->name);
    }
    what.push_back(std::to_string(options_.packages));
    return job_.fingerprint(what);
  }

  // Without --out the journal lives with the user's state until the sweep is complete.
  Result<std::string> journal_path(const std::string& fingerprint) const {
    if (!options_.out_directory.empty()) {
      return TRY(make_directory(options_.out_directory)) + "/journal.jsonl";
    }
    const char* state = std::getenv("XDG_STATE_HOME");
    const char* home = std::getenv("HOME");
    std::string root = std::filesystem::temp_directory_path().string() + "/gobox-sweeps-" +
                       std::to_string(::geteuid());
    if (home != nullptr && *home != '\0') root = std::string(home) + "/.local/state/gobox/sweeps";
    if (state != nullptr && *state != '\0') root = std::string(state) + "/gobox/sweeps";
    return TRY(make_directory(root)) + "/" + fingerprint + ".jsonl";
  }

  Result<std::optional<Measurement>> measure(const std::vector<Setting>& settings) {
    runner::Job job = TRY(job_.with(settings));
    const runner::JobResult result = TRY(session_.runner->run(std::move(job)));
    if (result.outcome == runner::Outcome::kCanceled || is_stopped(session_)) {
      return std::optional<Measurement>();
    }
    if (result.outcome == runner::Outcome::kSandboxError) {
      return Error::host(lab::describe(settings) + ": " + result.message);
    }
    toolchain_ = result.toolchain;
    return std::optional(lab::measure(result));
  }

  Result<int> sweep(lab::Journal& journal, std::uint64_t seed) {
    const lab::SweepPlan plan = plan_of(seed);
    ProgressLine line;
    lab::SweepHooks hooks;
    hooks.measure = [&](const lab::Turn& turn) { return measure(plan.settings(turn.cell)); };
    hooks.stopped = [&] { return is_stopped(session_); };
    hooks.progress = [&](const lab::SweepProgress& progress) {
      line.show("[" + std::to_string(progress.done) + "/" + std::to_string(progress.all) + "] " +
                    lab::describe(plan.settings(progress.last->cell)) + ": " +
                    progress.last->outcome + "; about " + clock_text(progress.remaining_ms) +
                    " left",
                progress.done == progress.all);
    };
    const lab::SweepEnd end = TRY(lab::run_sweep(plan, journal, hooks));
    const auto result = described(lab::assemble(plan, within(plan, journal)));
    if (end == lab::SweepEnd::kInterrupted) {
      return interrupted(journal.measurements().size(), plan.cells() * plan.rounds);
    }
    TRY(put_out(result, lab::sweep_json(result), lab::sweep_table(result), title()));
    return 0;
  }

  // A journal may hold more rounds than are asked for now.
  static std::vector<Measurement> within(const lab::SweepPlan& plan, const lab::Journal& journal) {
    std::vector<Measurement> kept;
    for (const Measurement& each : journal.measurements()) {
      if (each.round < plan.rounds) kept.push_back(each);
    }
    return kept;
  }

  Result<int> search(lab::Journal& journal) {
    const lab::SearchPlan& plan = *options_.search;
    ProgressLine line;
    const auto run = [&](std::uint64_t value,
                         std::size_t round) -> Result<std::optional<std::string>> {
      for (const Measurement& done : journal.measurements()) {
        if (done.cell == value && done.round == round) return std::optional(done.outcome);
      }
      if (is_stopped(session_)) return std::optional<std::string>();
      std::optional<Measurement> measured = TRY(measure({{plan.name, plan.text(value)}}));
      if (!measured) return std::optional<std::string>();
      measured->cell = value;
      measured->round = round;
      TRY(journal.append(*measured));
      line.show(plan.name + "=" + plan.shown(value) + ", run " + std::to_string(round + 1) + ": " +
                    measured->outcome,
                false);
      return std::optional(measured->outcome);
    };
    const lab::SearchResult found = TRY(lab::search(plan, run));
    const std::string sentence = lab::explain(plan, found);
    if (found.end == lab::SearchEnd::kInterrupted) {
      return interrupted(journal.measurements().size(), std::nullopt);
    }
    const lab::SweepResult result = described(as_sweep(plan, journal));
    TRY(put_out(result, search_json(plan, found, result), lab::sweep_table(result) + sentence,
                title()));
    return found.end == lab::SearchEnd::kNowhere ? 1 : 0;
  }

  // The values tried, in order, as a sweep of one dimension.
  static lab::SweepResult as_sweep(const lab::SearchPlan& plan, const lab::Journal& journal) {
    std::map<std::uint64_t, std::size_t> cells;
    std::size_t rounds = 1;
    for (const Measurement& each : journal.measurements()) {
      cells[each.cell] = 0;
      rounds = std::max(rounds, each.round + 1);
    }
    lab::SweepPlan tried;
    tried.rounds = rounds;
    tried.dimensions.push_back({plan.name, {}});
    for (auto& [value, cell] : cells) {
      cell = tried.dimensions[0].values.size();
      tried.dimensions[0].values.push_back(plan.text(value));
    }
    std::vector<Measurement> measurements = journal.measurements();
    for (Measurement& each : measurements) each.cell = cells[each.cell];
    lab::SweepResult result = lab::assemble(tried, measurements);
    result.knee.reset();  // of the probes, not of a curve
    return result;
  }

  static std::string search_json(const lab::SearchPlan& plan, const lab::SearchResult& found,
                                 const lab::SweepResult& result) {
    boost::json::object object;
    object["name"] = plan.name;
    object["goal"] = plan.goal == lab::Goal::kSmallest ? "smallest" : "largest";
    const bool holds = found.end != lab::SearchEnd::kNowhere;
    object["found"] = holds;
    object["value"] = holds ? boost::json::value(plan.text(found.value)) : nullptr;
    object["beyond"] = found.beyond ? boost::json::value(plan.text(*found.beyond)) : nullptr;
    const auto tries = found.tries.find(found.value);
    object["runs"] = tries == found.tries.end() ? 0 : tries->second.count;
    object["runs_ok"] = tries == found.tries.end() ? 0 : tries->second.ok;
    object["success_at_least"] =
        tries == found.tries.end()
            ? 0.0
            : lab::success_bound(tries->second.ok, tries->second.count, 0.95);
    object["sentence"] = lab::explain(plan, found);
    const std::string sweep = lab::sweep_json(result);
    return "{\"until\":" + runner::json_text(object) + "," + sweep.substr(1);
  }

  lab::SweepResult described(lab::SweepResult result) const {
    result.form = name_of(options_.form);
    result.toolchain = toolchain_;
    result.command = {"sandbox-run", "sweep"};
    result.command.insert(result.command.end(), words_.begin(), words_.end());
    return result;
  }

  std::string title() const {
    if (!options_.title.empty()) return options_.title;
    std::string words;
    for (const std::string& word : words_) words += " " + word;
    constexpr std::size_t kLongest = 90;
    return "sandbox-run sweep" +
           (words.size() > kLongest ? words.substr(0, kLongest) + "…" : words);
  }

  Result<void> put_out(const lab::SweepResult& result, const std::string& json,
                       const std::string& table, const std::string& heading) const {
    static_cast<void>(write_all(STDOUT_FILENO, options_.json ? json : table));
    if (options_.out_directory.empty()) return {};
    const std::string base = options_.out_directory + "/";
    TRY(write_output(base + "sweep.json", json));
    TRY(write_output(base + "sweep.csv", lab::sweep_csv(result)));
    TRY(write_output(base + "sweep.txt", table));
    for (const auto& [name, svg] : lab::sweep_pictures(result, heading)) {
      TRY(write_output(base + name + ".svg", svg));
    }
    return {};
  }

  int interrupted(std::size_t done, std::optional<std::size_t> all) const {
    print_error("interrupted after " + std::to_string(done) +
                (all ? " of " + std::to_string(*all) : std::string()) +
                " runs; the same command goes on from here");
    return 128 + session_.stop_signal().value_or(2);
  }

  Session& session_;
  const SweepOptions& options_;
  const Words& words_;
  SweepJob job_;
  std::string toolchain_;
};

}  // namespace

int sweep_command(const Words& words) {
  const auto options = parse_sweep_options(words);
  if (!options) return fail(options.error());
  if (options->help) {
    static_cast<void>(write_all(STDOUT_FILENO, sweep_usage()));
    return 0;
  }
  auto session = Session::open(sandbox::CgroupTree::Degraded::kRefuse);
  if (!session) return fail(session.error());
  auto job = SweepJob::make(*session, *options);
  if (!job) return fail(job.error());
  const auto status = SweepSession(*session, *options, words, std::move(*job)).run();
  return status ? *status : fail(status.error());
}

}  // namespace gobox::run
