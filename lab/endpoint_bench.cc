// SPDX-License-Identifier: Apache-2.0

#include "lab/endpoint_bench.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>

#include "base/file.h"
#include "lab/http_caller.h"

namespace gobox::lab {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxMemoryPoints = 2000;
constexpr int kMaxTries = 50;

struct Address {
  std::string origin;  // http://host:port
  std::string prefix;
};

Result<Address> parse_address(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) {
    return Error::caller("bench-endpoint: \"" + url + "\" does not begin with http://");
  }
  const std::size_t slash = url.find('/', kScheme.size());
  Address address{url.substr(0, slash), slash == std::string::npos ? "" : url.substr(slash)};
  while (address.prefix.ends_with('/')) address.prefix.pop_back();
  if (address.origin.size() == kScheme.size()) {
    return Error::caller("bench-endpoint: \"" + url + "\" names no host");
  }
  return address;
}

std::string new_token() {
  std::random_device random;
  std::string token = "tok";
  for (int i = 0; i < 12; ++i) token += static_cast<char>('a' + random() % 26);
  return token;
}

// A token in `text` that is not `own`.
bool has_foreign_token(const std::string& text, const std::string& own) {
  for (std::size_t at = text.find("tok"); at != std::string::npos; at = text.find("tok", at + 3)) {
    const std::string found = text.substr(at, own.size());
    const bool shaped =
        found.size() == own.size() &&
        std::all_of(found.begin(), found.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (shaped && found != own) return true;
  }
  return false;
}

class Bench {
 public:
  Bench(const EndpointOptions& options, Address address)
      : options_(options), address_(std::move(address)), start_(Clock::now()) {
    for (const EndpointCase& each : endpoint_cases()) {
      if (options_.with_hostile || !each.hostile) cases_.push_back(&each);
    }
  }

  Result<EndpointReport> run() {
    TRY(greet());
    std::thread watcher([this] { watch_memory(); });
    std::vector<std::thread> callers;
    for (std::size_t i = 0; i < options_.callers; ++i) callers.emplace_back([this] { call(); });
    for (std::thread& each : callers) each.join();
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    changed_.notify_all();
    watcher.join();
    report_.url = options_.url;
    report_.callers = options_.callers;
    report_.seconds = elapsed();
    fit_memory();
    return report_;
  }

 private:
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  Result<HttpCaller> client() const {
    return HttpCaller::open(
        address_.origin, std::chrono::duration_cast<std::chrono::milliseconds>(options_.patience));
  }

  Result<void> greet() {
    HttpCaller probe = TRY(client());
    const auto answer = probe.get(address_.prefix + "/version");
    if (!answer) {
      return Error::host("bench-endpoint: " + address_.origin +
                         " does not answer: " + answer.error().message);
    }
    if (answer->status == 200) report_.server = answer->body.substr(0, 200);
    return {};
  }

  bool is_over(std::size_t turn) const {
    if (options_.stopped && options_.stopped()) return true;
    if (options_.duration) return Clock::now() - start_ >= *options_.duration;
    return turn >= options_.rounds * cases_.size();
  }

  void call() {
    auto mine = client();
    for (;;) {
      const std::size_t turn = next_++;
      if (!mine || is_over(turn)) return;
      ask(*mine, *cases_[turn % cases_.size()]);
    }
  }

  void ask(HttpCaller& mine, const EndpointCase& one) {
    const std::string token = new_token();
    const std::map<std::string, std::string> form{
        {"version", "2"}, {"body", source_of(one, token)}, {"withVet", "true"}};
    for (int attempt = 0; attempt < kMaxTries; ++attempt) {
      const auto start = Clock::now();
      const auto answer = mine.post_form(address_.prefix + "/compile", form);
      const double latency =
          std::chrono::duration<double, std::milli>(Clock::now() - start).count();
      const bool busy = answer && (answer->status == 429 || answer->status == 503);
      if (busy && attempt + 1 < kMaxTries) {
        if (!wait_for_room(answer->retry_after)) return;
        continue;
      }
      record(one, token, answer, latency);
      return;
    }
  }

  // False when the bench is over before there is room.
  bool wait_for_room(long retry_after) {
    const long seconds = std::clamp(retry_after, 1L, 30L);
    std::unique_lock lock(mutex_);
    ++report_.refused;
    changed_.wait_for(lock, std::chrono::seconds(seconds));
    return !(options_.stopped && options_.stopped());
  }

  void record(const EndpointCase& one, const std::string& token, const Result<HttpAnswer>& answer,
              double latency) {
    Judgement judgement;
    std::string failure;
    bool mixed_up = false;
    if (!answer) {
      failure = answer.error().message;
    } else if (answer->status != 200) {
      failure = "HTTP " + std::to_string(answer->status);
    } else {
      boost::system::error_code failed;
      const json::value value = json::parse(answer->body, failed);
      if (failed || !value.is_object()) {
        failure = "not a JSON object";
      } else {
        judgement = judge_answer(one, token, value.get_object());
        mixed_up = has_foreign_token(answer->body, token);
      }
    }
    const std::lock_guard lock(mutex_);
    CaseReport& report = report_.cases[one.name];
    ++report.requests;
    ++report.qualities[name_of(judgement.quality)];
    report.latency_ms.push_back(latency);
    if (!failure.empty()) ++report.failures[failure];
    report.seen = failure.empty() ? judgement.seen : failure;
    if (mixed_up) ++report_.mixed_up;
  }

  std::optional<double> resident_of_process(pid_t pid) const {
    const auto statm = read_file("/proc/" + std::to_string(pid) + "/statm");
    if (!statm) return std::nullopt;
    const std::size_t space = statm->find(' ');
    if (space == std::string::npos) return std::nullopt;
    return std::strtod(statm->c_str() + space, nullptr) *
           static_cast<double>(::sysconf(_SC_PAGESIZE));
  }

  std::optional<double> resident_of_metrics(HttpCaller& mine) const {
    const auto answer = mine.get("/metrics");
    if (!answer || answer->status != 200) return std::nullopt;
    constexpr std::string_view kName = "\nprocess_resident_memory_bytes ";
    const std::size_t at = answer->body.find(kName);
    if (at == std::string::npos) return std::nullopt;
    return std::strtod(answer->body.c_str() + at + kName.size(), nullptr);
  }

  void watch_memory() {
    auto mine = client();
    if (!mine) return;
    const double longest =
        options_.duration ? std::chrono::duration<double>(*options_.duration).count() : 60;
    const auto pause = std::chrono::milliseconds(
        std::max<long>(250, static_cast<long>(longest * 1000 / kMaxMemoryPoints)));
    for (;;) {
      const auto bytes =
          options_.server ? resident_of_process(*options_.server) : resident_of_metrics(*mine);
      std::unique_lock lock(mutex_);
      if (bytes) report_.memory.push_back({elapsed(), *bytes});
      if (!bytes && report_.memory.empty()) return;
      report_.memory_source = options_.server ? "process " + std::to_string(*options_.server)
                                              : address_.origin + "/metrics";
      if (report_.memory.size() > 2 * kMaxMemoryPoints) return;
      if (changed_.wait_for(lock, pause, [this] { return finished_; })) return;
    }
  }

  // The first half is the warm-up: caches fill, allocators grow to their working size.
  void fit_memory() {
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = report_.memory.size() / 2; i < report_.memory.size(); ++i) {
      points.emplace_back(report_.memory[i].at_seconds, report_.memory[i].bytes);
    }
    if (points.size() >= 3) report_.memory_line = fit_line(points);
  }

  const EndpointOptions& options_;
  Address address_;
  Clock::time_point start_;
  std::vector<const EndpointCase*> cases_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;
  EndpointReport report_;
};

}  // namespace

std::size_t EndpointReport::requests() const {
  std::size_t sum = 0;
  for (const auto& [name, report] : cases) sum += report.requests;
  return sum;
}

std::size_t EndpointReport::wrong() const {
  std::size_t sum = 0;
  for (const auto& [name, report] : cases) {
    const auto found = report.qualities.find("wrong");
    if (found != report.qualities.end()) sum += found->second;
  }
  return sum;
}

double EndpointReport::right_share() const {
  std::size_t right = 0;
  for (const auto& [name, report] : cases) {
    const auto found = report.qualities.find("right");
    if (found != report.qualities.end()) right += found->second;
  }
  return requests() == 0 ? 0 : static_cast<double>(right) / static_cast<double>(requests());
}

Result<EndpointReport> bench_endpoint(const EndpointOptions& options) {
  return Bench(options, TRY(parse_address(options.url))).run();
}

}  // namespace gobox::lab
