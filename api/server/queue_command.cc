// SPDX-License-Identifier: Apache-2.0

#include "api/server/queue_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "api/operation/queue_options.h"
#include "api/queue/queue.h"
#include "api/queue/roster.h"
#include "api/queue/streams.h"
#include "base/quantity.h"

namespace gobox::api {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRollCall{700};  // for workers to answer

struct Asked {
  bool init = false;
  QueueOptions queue;
  StreamBounds bounds;
  std::string bytes = "4G";
  std::string age = "24h";
};

void declare(CLI::App& app, Asked& asked) {
  const auto text = [&](CLI::App* to, const char* flag, const char* variable, std::string& value,
                        const char* help) { to->add_option(flag, value, help)->envname(variable); };
  CLI::App* const init = app.add_subcommand("init", "make the streams, or give them new bounds");
  CLI::App* const status = app.add_subcommand("status", "show the streams and the workers");
  app.require_subcommand(1);
  QueueOptions& queue = asked.queue;
  for (CLI::App* each : {init, status}) {
    text(each, "--queue", "SANDBOX_API_QUEUE", queue.urls, "nats://HOST:PORT[,...]");
    text(each, "--queue-credentials", "SANDBOX_API_QUEUE_CREDENTIALS", queue.credentials,
         "NATS credentials file (none)");
    text(each, "--queue-prefix", "SANDBOX_API_QUEUE_PREFIX", queue.prefix,
         "first part of every subject and stream (gobox)");
    text(each, "--queue-ca", "SANDBOX_API_QUEUE_CA", queue.authorities, "PEM file of CAs for TLS");
    text(each, "--queue-cert", "SANDBOX_API_QUEUE_CERT", queue.certificate,
         "PEM file of our own certificate");
    text(each, "--queue-key", "SANDBOX_API_QUEUE_KEY", queue.key, "PEM file of its key");
  }
  init->add_option("--size", asked.bytes, "bytes that all streams may take together (4G)");
  init->add_option("--age", asked.age, "how long runs and results are kept (24h)");
  init->add_option("--replicas", asked.bounds.replicas, "copies of each stream in a cluster (1)")
      ->check(CLI::Range(1, 5));
  init->add_option("--runs", asked.bounds.runs, "runs that may wait and run, in all (100000)")
      ->check(CLI::Range(1, 10'000'000));
  init->add_option("--runs-per-caller", asked.bounds.runs_of_one,
                   "of these, one caller's of one kind (1000)")
      ->check(CLI::Range(1, 1'000'000));
}

void print_streams(const std::vector<StreamState>& streams) {
  std::printf("%-20s %10s %12s %12s %10s\n", "stream", "messages", "bytes", "at most", "consumers");
  for (const StreamState& stream : streams) {
    if (stream.missing) {
      std::printf("%-20s missing; sandbox-api queue init makes it\n", stream.name.c_str());
      continue;
    }
    std::printf("%-20s %10llu %12s %12s %10llu\n", stream.name.c_str(),
                static_cast<unsigned long long>(stream.messages), format_size(stream.bytes).c_str(),
                format_size(stream.most_bytes).c_str(),
                static_cast<unsigned long long>(stream.consumers));
  }
}

std::string names_of(const Announcement& worker) {
  std::string names;
  for (const Backend::Offer& offer : worker.offers) {
    names += (names.empty() ? "" : " ") + offer.toolchain.name;
  }
  return names;
}

Result<void> print_workers(const Queue& queue) {
  Roster roster;
  {
    const auto heard =
        TRY(queue.wire().subscribe(queue.subjects().plain("workers.*"),
                                   [&](const WireMessage& message) { roster.hear(message.data); }));
    queue.wire().publish(queue.subjects().plain("hello"), "");
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, kRollCall);
  }
  const auto workers = roster.all();
  std::printf("\n%-32s %8s %8s %-10s %s\n", "worker", "running", "places", "state", "toolchains");
  for (const Announcement& worker : workers) {
    const char* const state = worker.draining ? "draining" : worker.ready ? "ready" : "preparing";
    std::printf("%-32s %8llu %8llu %-10s %s\n", worker.name.c_str(),
                static_cast<unsigned long long>(worker.running),
                static_cast<unsigned long long>(worker.slots), state, names_of(worker).c_str());
  }
  if (workers.empty()) std::printf("none\n");
  return {};
}

Result<int> show(const Queue& queue) {
  const auto streams = TRY(Streams(queue.stream(), queue.subjects()).state());
  print_streams(streams);
  TRY(print_workers(queue));
  const bool missing = std::any_of(streams.begin(), streams.end(),
                                   [](const StreamState& stream) { return stream.missing; });
  return missing ? 1 : 0;
}

}  // namespace

Result<int> run_queue_command(std::vector<std::string> words) {
  Asked asked;
  CLI::App app("Makes the streams of a queue on NATS JetStream, or shows how they are.",
               "sandbox-api queue");
  declare(app, asked);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help("", CLI::AppFormatMode::All).c_str(), stdout);
    return 0;
  } catch (const CLI::ParseError& error) {
    return Error::caller(error.what());
  }
  if (!asked.queue.wanted()) return Error::caller("--queue nats://HOST:PORT: which queue?");
  asked.init = app.got_subcommand("init");
  asked.bounds.bytes = TRY(parse_size("--size", asked.bytes));
  asked.bounds.age =
      std::chrono::duration_cast<std::chrono::seconds>(TRY(parse_duration("--age", asked.age)));
  if (asked.bounds.age < std::chrono::minutes(1)) return Error::caller("--age: at least 1m");
  Subjects subjects = TRY(Subjects::make(asked.queue.prefix));
  auto wire = TRY(open_wire(wire_settings(asked.queue, "sandbox-api queue")));
  const Queue queue(std::move(wire), std::move(subjects));
  if (asked.init) TRY(Streams(queue.stream(), queue.subjects()).init(asked.bounds));
  return show(queue);
}

}  // namespace gobox::api
