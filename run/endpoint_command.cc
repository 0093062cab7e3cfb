// SPDX-License-Identifier: Apache-2.0

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "base/quantity.h"
#include "lab/endpoint_bench.h"
#include "run/command.h"
#include "run/output.h"
#include "run/report.h"

namespace gobox::run {
namespace {

constexpr const char* kEndpointUsage =
    "usage: sandbox-run bench-endpoint [flags] URL\n\n"
    "Sends ordinary and hostile programs to an endpoint that speaks the public Go Playground's\n"
    "protocol (POST URL/compile) and reports verdicts, latencies and the server's memory. Use it\n"
    "on servers of your own.\n\n"
    "  --rounds N       each program so often (3)\n"
    "  --duration D     for so long instead (1h)\n"
    "  --callers N      at once (2)\n"
    "  --patience D     for one answer (60s)\n"
    "  --ordinary       without the hostile programs\n"
    "  --server-pid PID follow the resident memory of this process, where /metrics is not served\n"
    "  --out DIR        endpoint.json, endpoint.txt and endpoint.svg\n"
    "  --json           the JSON on stdout instead of the table\n\n"
    "Exit status: 0 no wrong verdict, 1 some, 2 a wrong command line, 125 no answer.\n";

struct EndpointRequest {
  lab::EndpointOptions options;
  std::string out_directory;
  bool json = false;
  bool help = false;
};

Result<std::chrono::milliseconds> parse_time(const std::string& name, const std::string& value) {
  const Nanoseconds time = TRY(parse_duration(name, value));
  return std::max(std::chrono::milliseconds(1),
                  std::chrono::duration_cast<std::chrono::milliseconds>(time));
}

Result<void> read_value(EndpointRequest& request, const std::string& name,
                        const std::string& value) {
  if (name == "--rounds") {
    request.options.rounds = TRY(parse_count(name, value, 1, 1'000'000));
  } else if (name == "--duration") {
    request.options.duration = TRY(parse_time(name, value));
  } else if (name == "--callers") {
    request.options.callers = TRY(parse_count(name, value, 1, 1000));
  } else if (name == "--patience") {
    request.options.patience = TRY(parse_time(name, value));
  } else if (name == "--server-pid") {
    request.options.server = static_cast<pid_t>(TRY(parse_count(name, value, 1, 4'194'304)));
  } else if (name == "--out") {
    request.out_directory = value;
  } else {
    return Error::caller("bench-endpoint: unknown flag " + name);
  }
  return {};
}

Result<EndpointRequest> parse_endpoint(const Words& words) {
  EndpointRequest request;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool flag = words[i].rfind("--", 0) == 0;
    const std::string name = flag ? words[i].substr(0, words[i].find('=')) : words[i];
    if (!flag && name != "-h") {
      if (!request.options.url.empty()) return Error::caller("bench-endpoint takes one URL");
      request.options.url = name;
    } else if (name == "--json") {
      request.json = true;
    } else if (name == "--ordinary") {
      request.options.with_hostile = false;
    } else if (name == "--help" || name == "-h") {
      request.help = true;
    } else {
      const bool joined = words[i].size() > name.size();
      if (!joined && i + 1 == words.size()) return Error::caller(name + ": the value is missing");
      const std::string value = joined ? words[i].substr(name.size() + 1) : words[++i];
      TRY(read_value(request, name, value));
    }
  }
  if (!request.help && request.options.url.empty()) {
    return Error::caller("name the endpoint: sandbox-run bench-endpoint http://HOST:PORT");
  }
  return request;
}

Result<int> bench(EndpointRequest& request) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&set, signal);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return Error::system("sigprocmask");
  const UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return Error::system("signalfd");
  request.options.stopped = [&] {
    pollfd poll{signals.get(), POLLIN, 0};
    return ::poll(&poll, 1, 0) > 0;
  };
  const lab::EndpointReport report = TRY(lab::bench_endpoint(request.options));
  const std::string table = lab::endpoint_table(report);
  const std::string data = lab::endpoint_json(report);
  TRY(write_all(STDOUT_FILENO, request.json ? data : table));
  if (!request.out_directory.empty()) {
    std::error_code failed;
    std::filesystem::create_directories(request.out_directory, failed);
    if (failed) return Error::caller("--out " + request.out_directory + ": " + failed.message());
    TRY(write_output(request.out_directory + "/endpoint.json", data));
    TRY(write_output(request.out_directory + "/endpoint.txt", table));
    const std::string picture = lab::endpoint_svg(report);
    if (!picture.empty()) TRY(write_output(request.out_directory + "/endpoint.svg", picture));
  }
  return report.wrong() + report.mixed_up == 0 ? 0 : 1;
}

}  // namespace

int endpoint_command(const Words& words) {
  auto request = parse_endpoint(words);
  if (!request) return fail(request.error());
  if (request->help) {
    static_cast<void>(write_all(STDOUT_FILENO, kEndpointUsage));
    return 0;
  }
  const auto status = bench(*request);
  return status ? *status : fail(status.error());
}

}  // namespace gobox::run
