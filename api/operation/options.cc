// SPDX-License-Identifier: Apache-2.0

#include "api/operation/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>

#include "base/file.h"
#include "runner/modules/proxy_source.h"

namespace gobox::api {
namespace {

// Text, before our own parsers look at it.
struct RawOptions {
  std::string workers, queue_length, memory_budget, body_cap, upload_cap, drain_timeout,
      results_cap, results_age, pool, compile_cache, module_cache_size;
  std::vector<std::string> anonymous;
};

const char* variables_of(Role role) {
  return role == Role::kServer ? "SANDBOX_API_" : "SANDBOX_WORKER_";
}

// "--queue-length" has the variable SANDBOX_API_QUEUE_LENGTH.
std::string variable_of(std::string flag, Role role) {
  flag.erase(0, 2);
  for (char& c : flag)
    c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variables_of(role) + flag;
}

class Declaration {
 public:
  Declaration(CLI::App& app, Role role) : app_(app), role_(role) {}

  void text(const std::string& flag, std::string& value, const std::string& help) {
    app_.add_option(flag, value, help)->envname(variable_of(flag, role_));
  }

  void texts(const std::string& flag, std::vector<std::string>& values, const std::string& help) {
    app_.add_option(flag, values, help)->envname(variable_of(flag, role_));
  }

  void flag(const std::string& name, bool& value, const std::string& help) {
    app_.add_flag(name, value, help)->envname(variable_of(name, role_));
  }

 private:
  CLI::App& app_;
  const Role role_;
};

// Of whoever answers callers.
void declare_service(Declaration& to, Options& options, RawOptions& raw) {
  to.text("--address", options.address, "HOST:PORT to listen on; port 0 picks one");
  to.text("--tokens-file", options.tokens_file, "a line NAME:SHA256-HEX per caller");
  to.text("--queue-length", raw.queue_length, "runs that may wait (64)");
  to.text("--data-dir", options.data_dir, "where runs, results and shared programs are kept");
  to.text("--results-cap", raw.results_cap, "bytes of results kept, the oldest go first (256M)");
  to.text("--results-age", raw.results_age, "how long results are kept (24h)");
  to.texts("--anonymous", raw.anonymous,
           "let callers without a token in, each address with these bounds: concurrency=N "
           "policies=A,B");
  to.text("--trusted-proxy", options.trusted_proxy,
          "addresses, separated by commas, whose X-Forwarded-For tells a caller's address");
  to.text("--allow-callbacks", options.allow_callbacks,
          "HOST[:PORT],...: where callers may have results posted to (nowhere)");
  to.text("--callback-secret", options.callback_secret,
          "file of the secret that signs what is posted (made in the data directory)");
  to.flag("--no-web", options.no_web, "do not serve the page");
  to.text("--web-dir", options.web_dir, "serve the page from here, for who works on it");
  to.text("--frame-ancestors", options.frame_ancestors,
          "who may show the page in a frame, as Content-Security-Policy writes it ('none')");
}

// Of whoever runs jobs.
void declare_host(Declaration& to, Options& options, RawOptions& raw) {
  to.text("--workers", raw.workers, "runs at the same time (as many as there are processors)");
  to.text("--memory-budget", raw.memory_budget,
          "a run starts when its memory limits fit what is left of this (80 % of this host's)");
  to.text("--body-cap", raw.body_cap, "largest request body (4M)");
  to.text("--upload-cap", raw.upload_cap,
          "largest request with a tree of files, which lies on disk (1040M)");
  to.text("--policy-dir", options.policy_dir, "where the policies are");
  to.text("--drain-timeout", raw.drain_timeout, "how long SIGTERM waits for runs (30s)");
  to.text("--pool", raw.pool, "sandboxes kept ready, 0 for none (two for each worker)");
  to.text("--compile-cache", raw.compile_cache, "bytes of compiled programs kept in memory (256M)");
  to.flag("--share-compiles", options.share_compiles,
          "one caller's compile may serve another who sends the same sources");
  to.text("--module-proxy", options.module_proxy,
          "URL[,URL] of module proxies that programs' imports are fetched from (none)");
  to.text("--module-cache-size", raw.module_cache_size,
          "bytes of fetched modules kept on disk, and of their compiled packages (4G)");
  to.text("--allow-modules", options.allow_modules,
          "PATTERN[,PATTERN] as GOPRIVATE has them: only these modules (all)");
  to.text("--deny-modules", options.deny_modules, "PATTERN[,PATTERN]: never these modules (none)");
  to.text("--playground-policy", options.playground_policy,
          "policy of the playground's calls (default)");
  to.flag("--fake-clock", options.fake_clock,
          "the playground's programs start at 2009-11-10 23:00 UTC, and sleeping takes no time");
  to.flag("--allow-degraded", options.allow_degraded,
          "serve even where a limit cannot be enforced; results say which");
}

void declare_queue(Declaration& to, QueueOptions& queue, Role role) {
  to.text("--queue", queue.urls,
          role == Role::kServer
              ? "nats://HOST:PORT[,...]: be a front end of this queue, and let workers run (none)"
              : "nats://HOST:PORT[,...]: the queue to take runs from");
  to.text("--queue-credentials", queue.credentials, "NATS credentials file (none)");
  to.text("--queue-prefix", queue.prefix, "first part of every subject and stream (gobox)");
  to.text("--queue-ca", queue.authorities, "PEM file of CAs for TLS (the system's)");
  to.text("--queue-cert", queue.certificate, "PEM file of our own certificate for TLS (none)");
  to.text("--queue-key", queue.key, "PEM file of its key");
}

void declare(CLI::App& app, Options& options, RawOptions& raw, Role role) {
  Declaration to(app, role);
  if (role == Role::kServer) {
    declare_service(to, options, raw);
  } else {
    to.text("--address", options.address, "HOST:PORT for health and metrics; port 0 picks one");
    to.text("--data-dir", options.data_dir, "where it works with files of runs");
    to.text("--name", options.name, "what front ends call it (the host's name and the process)");
  }
  declare_host(to, options, raw);
  declare_queue(to, options.queue, role);
  to.flag("--quiet", options.quiet, "log warnings and errors only");
  app.add_flag("--version", options.version, "print the version");
}

std::uint64_t memory_of_host() {
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  const auto size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::uint64_t bytes = pages * size;
  // In a container the group's limit is what there is: the v2 file, then v1's.
  for (const char* path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    const auto text = read_file(path);
    const auto limit = text ? lone_number(*text) : std::nullopt;
    if (limit) bytes = std::min(bytes, *limit);
  }
  return bytes;
}

Result<void> read_page(const RawOptions& raw, Options& options) {
  for (const std::string& word : raw.anonymous) {
    options.anonymous = options.anonymous.value_or("") + " " + word;
  }
  // It becomes part of a header's value, and of a policy whose parts a semicolon ends.
  const std::string& frames = options.frame_ancestors;
  const bool plain = std::all_of(frames.begin(), frames.end(), [](char c) {
    return c >= ' ' && c < 127 && c != ';' && c != ',';
  });
  if (!plain || frames.empty()) {
    return Error::caller("--frame-ancestors: sources separated by spaces, or 'none'");
  }
  if (options.no_web && !options.web_dir.empty()) {
    return Error::caller("--no-web and --web-dir: give one of them");
  }
  return {};
}

Result<void> read_numbers(const RawOptions& raw, Options& options) {
  options.workers = static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  if (!raw.workers.empty()) {
    options.workers = static_cast<unsigned>(TRY(parse_count("--workers", raw.workers, 1, 1024)));
  }
  if (!raw.queue_length.empty()) {
    options.queue_length = TRY(parse_count("--queue-length", raw.queue_length, 1, 100'000));
  }
  options.memory_budget = memory_of_host() / 5 * 4;
  if (!raw.memory_budget.empty()) {
    options.memory_budget = TRY(parse_size("--memory-budget", raw.memory_budget));
  }
  if (!raw.upload_cap.empty()) {
    options.upload_cap = TRY(parse_size("--upload-cap", raw.upload_cap));
  }
  if (!raw.body_cap.empty()) {
    options.body_cap = TRY(parse_size("--body-cap", raw.body_cap));
    if (options.body_cap > (std::size_t{256} << 20)) {
      return Error::caller("--body-cap: at most 256M; bodies are held in memory");
    }
  }
  if (!raw.drain_timeout.empty()) {
    options.drain_timeout = TRY(parse_grace("--drain-timeout", raw.drain_timeout));
  }
  if (!raw.results_cap.empty()) {
    options.results_cap = TRY(parse_size("--results-cap", raw.results_cap));
  }
  options.pool = std::size_t{2} * options.workers;
  if (!raw.pool.empty()) options.pool = TRY(parse_count("--pool", raw.pool, 0, 4096));
  if (!raw.compile_cache.empty()) {
    options.compile_cache = TRY(parse_size("--compile-cache", raw.compile_cache));
  }
  if (!raw.module_cache_size.empty()) {
    options.module_cache_size = TRY(parse_size("--module-cache-size", raw.module_cache_size));
  }
  if (const auto proxies = runner::parse_proxies(options.module_proxy); !proxies) {
    return Error(proxies.error()).within("--module-proxy");
  }
  if (!raw.results_age.empty()) {
    options.results_age = TRY(parse_duration("--results-age", raw.results_age));
  }
  return {};
}

std::string default_data_dir() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (::geteuid() == 0) return "/var/lib/gobox";
  const std::string state = variable("XDG_STATE_HOME");
  return (state.empty() ? variable("HOME") + "/.local/state" : state) + "/gobox";
}

Result<void> refuse_empty_values(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.empty()) return Error::caller("an argument is empty");
    if (word.size() > 3 && word.rfind("--", 0) == 0 && word.back() == '=') {
      return Error::caller(word.substr(0, word.size() - 1) + ": the value is empty");
    }
  }
  return {};
}

// Kubernetes gives every container such variables of each service: one called sandbox-api, as ours
// may well be, has these.
bool is_of_a_service(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  return name == "PORT" || name.starts_with("PORT_") || name.starts_with("SERVICE_");
}

// A misspelt variable would leave a limit at its default without a word.
Result<void> refuse_unknown_variables(const CLI::App& app, Role role) {
  std::set<std::string, std::less<>> known;
  for (const CLI::Option* option : app.get_options()) known.insert(option->get_envname());
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view entry = *each;
    const std::string_view name = entry.substr(0, entry.find('='));
    if (!name.starts_with(variables_of(role)) || known.contains(name) ||
        is_of_a_service(name, variables_of(role))) {
      continue;
    }
    return Error::caller("the environment sets " + std::string(name) +
                         ", and there is no such setting");
  }
  return {};
}

Result<void> check_queue(const CLI::App& app, const QueueOptions& queue, Role role) {
  if (queue.certificate.empty() != queue.key.empty()) {
    return Error::caller("--queue-cert and --queue-key: give both of them, or none");
  }
  if (role == Role::kWorker && !queue.wanted()) {
    return Error::caller("--queue nats://HOST:PORT: a worker needs a queue to take runs from");
  }
  if (role == Role::kWorker || !queue.wanted()) return {};
  // Settings that would have no effect, and whose absence elsewhere would be a surprise.
  for (const char* flag :
       {"--workers", "--memory-budget", "--pool", "--compile-cache", "--module-proxy",
        "--module-cache-size", "--allow-modules", "--deny-modules", "--allow-degraded",
        "--data-dir", "--results-cap", "--results-age", "--allow-callbacks", "--callback-secret"}) {
    if (app.get_option(flag)->count() == 0) continue;
    return Error::caller(
        std::string(flag) +
        ": a front end runs and keeps nothing itself; with --queue this belongs to "
        "sandbox-worker, or to sandbox-api queue init");
  }
  return {};
}

}  // namespace

Result<Options> parse_options(std::vector<std::string> words, Role role) {
  TRY(refuse_empty_values(words));
  Options options;
  RawOptions raw;
  const bool server = role == Role::kServer;
  if (!server) options.address = "127.0.0.1:8081";
  CLI::App app(server ? "HTTP server that compiles and runs Go code nobody trusts."
                      : "Takes runs out of a queue, and compiles and runs them.",
               server ? "sandbox-api" : "sandbox-worker");
  app.footer(
      server ? "Every flag can come from the environment: --queue-length is "
               "SANDBOX_API_QUEUE_LENGTH.\n"
               "sandbox-api hash-token < SECRET prints what the tokens file holds for a secret.\n"
               "sandbox-api queue init|status --queue URL makes a queue's streams, or shows them."
             : "Every flag can come from the environment: --workers is SANDBOX_WORKER_WORKERS.");
  declare(app, options, raw, role);
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    options.help = app.help();
    return options;
  } catch (const CLI::ParseError& error) {
    return Error::caller(error.what());
  }
  if (options.version) return options;
  TRY(refuse_unknown_variables(app, role));
  TRY(check_queue(app, options.queue, role));
  TRY(read_numbers(raw, options));
  TRY(read_page(raw, options));
  if (options.data_dir.empty()) options.data_dir = default_data_dir();
  return options;
}

}  // namespace gobox::api
