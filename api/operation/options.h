// SPDX-License-Identifier: Apache-2.0

#pragma once

// Options: how sandbox-api or sandbox-worker was started. Each flag can come from the environment
// instead ("--queue-length 64" is SANDBOX_API_QUEUE_LENGTH=64; a flag wins). Values are checked; a
// refusal is a caller's Error whose sentence names the flag (exit status 2).

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/operation/queue_options.h"
#include "base/error.h"
#include "base/quantity.h"

namespace gobox::api {

struct Options {
  std::string address = "127.0.0.1:8080";
  std::string tokens_file;
  unsigned workers = 0;  // 0: as many as there are processors
  std::size_t queue_length = 64;
  std::uint64_t memory_budget = 0;  // 0: four fifths of what this host has
  std::size_t body_cap = std::size_t{4} << 20;
  std::size_t upload_cap = (std::size_t{1} << 30) + (std::size_t{16} << 20);  // on disk
  std::string policy_dir;
  std::string data_dir;
  Nanoseconds drain_timeout = std::chrono::seconds(30);
  std::uint64_t results_cap = 256ULL << 20;
  Nanoseconds results_age = std::chrono::hours(24);
  std::size_t pool = 0;  // sandboxes kept ready; by default two for each worker
  std::uint64_t compile_cache = 256ULL << 20;
  bool share_compiles = false;  // between callers
  std::string module_proxy;     // URL[,URL]; "" fetches no modules
  std::uint64_t module_cache_size = 4ULL << 30;
  std::string allow_modules;  // patterns as GOPRIVATE has them; "" is all
  std::string deny_modules;
  std::string playground_policy = "default";
  bool fake_clock = false;
  bool allow_degraded = false;
  std::optional<std::string> anonymous;  // bounds of callers without a token; absent: none come in
  std::string trusted_proxy;             // addresses, separated by commas
  std::string allow_callbacks;           // hosts that results may be posted to; "" is none
  std::string callback_secret;  // file; "" is one of the server's own in the data directory
  bool no_web = false;          // leave the page out
  std::string web_dir;          // the page's files, read anew each time
  std::string frame_ancestors = "'none'";  // who may show the page in a frame, as CSP writes it
  bool quiet = false;                      // log warnings and errors only
  QueueOptions queue;                      // whose front end this is, or whose worker
  std::string name;                        // of a worker

  std::optional<std::string> help;  // asked for: print and exit
  bool version = false;
};

enum class Role { kServer, kWorker };

// `words`: without the program's name.
Result<Options> parse_options(std::vector<std::string> words, Role role = Role::kServer);

}  // namespace gobox::api
