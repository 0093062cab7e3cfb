// SPDX-License-Identifier: Apache-2.0

// api-bench: what the HTTP server adds to a run, how it takes many callers, and what it weighs.
// The server is the sandbox-api beside this program. Runs through it and the same runs in this
// process are interleaved, so that drift hits both alike.
//
//   api-bench RESULTS_DIR [--rounds N] [--seconds N] [--growth N]

#include <httplib.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "api/runs/run_request.h"
#include "base/file.h"
#include "bench/report.h"
#include "bench/samples.h"
#include "policies/directory.h"
#include "runner/job/job_runner.h"
#include "runner/result/result_json.h"

namespace {

using namespace gobox;
using bench::BenchReport;
using bench::BenchRow;
using bench::Samples;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kHello =
    R"({"source": "package main\nimport \"fmt\"\nfunc main() { fmt.Println(\"hello\") }\n"})";
constexpr const char* kEmpty = R"({"source": "package main\nfunc main() {}\n"})";
constexpr double kReachMs = 2;
constexpr double kReachProcessorMs = 5.5;
constexpr double kReachMemoryMb = 40;

struct Settings {
  std::string results;
  int rounds = 300;
  int growth = 3000;  // runs over which nothing may grow
  int seconds = 5;
};

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "api-bench: %s\n", what.c_str());
  std::exit(1);
}

template <typename T>
T need(Result<T> result) {
  if (!result) die(result.error().message);
  return std::move(result).value();
}

// A sandbox-api on a free port, with a data directory of its own. Ended by the destructor.
class Server {
 public:
  Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  int port() const { return port_; }

  double metric(const std::string& name) const;
  // Resident memory of the server and of everything it has started, in MB.
  double resident_mb() const;

 private:
  fs::path directory_;
  pid_t pid_ = -1;
  int port_ = 0;
};

Server::Server() {
  std::string pattern = fs::temp_directory_path() / "gobox-bench-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) die("mkdtemp failed");
  directory_ = pattern;
  const std::string program = fs::read_symlink("/proc/self/exe").parent_path() / "sandbox-api";
  std::vector<std::string> words{program,      "--address",         "127.0.0.1:0",
                                 "--data-dir", directory_ / "data", "--quiet"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int out[2] = {-1, -1};
  if (::pipe2(out, O_CLOEXEC) != 0) die("pipe2 failed");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  if (::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ) != 0) {
    die("cannot start " + program);
  }
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  const UniqueFd reader(out[0]);
  std::string line;
  for (char c = 0; ::read(reader.get(), &c, 1) == 1 && c != '\n';) line += c;
  port_ = std::atoi(line.c_str() + std::min(line.rfind(':') + 1, line.size()));
  if (port_ == 0) die("sandbox-api did not start");
}

Server::~Server() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

double Server::metric(const std::string& name) const {
  httplib::Client client("127.0.0.1", port_);
  const auto answer = client.Get("/metrics");
  if (!answer) die("no metrics");
  const std::size_t at = answer->body.find("\n" + name + " ");
  return at == std::string::npos
             ? 0
             : std::strtod(answer->body.c_str() + at + name.size() + 2, nullptr);
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code failure;
  const std::string pid = std::to_string(parent);
  for (const auto& task : fs::directory_iterator("/proc/" + pid + "/task", failure)) {
    std::ifstream file(task.path() / "children");
    for (pid_t child = 0; file >> child;) children.push_back(child);
  }
  return children;
}

double resident_kb(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr);
  }
  return 0;
}

double tree_kb(pid_t pid) {
  double sum = resident_kb(pid);
  for (const pid_t child : children_of(pid)) sum += tree_kb(child);
  return sum;
}

double Server::resident_mb() const {
  return tree_kb(pid_) / 1024;
}

// The same runs without HTTP: what JobRunner takes.
class InProcess {
 public:
  InProcess();

  std::string run();

 private:
  std::unique_ptr<sandbox::Launcher> launcher_;
  std::unique_ptr<policies::PolicySet> policies_;
  std::unique_ptr<runner::JobRunner> runner_;
};

InProcess::InProcess() {
  launcher_ = need(sandbox::Launcher::start(sandbox::CgroupTree::Degraded::kRefuse));
  policies_ = std::make_unique<policies::PolicySet>(
      need(policies::PolicySet::load(need(policies::find_policy_dir()))));
  runner::DiscoveryOptions discovery;
  const char* path = std::getenv("PATH");
  discovery.path_env = path == nullptr ? "" : path;
  runner_ = std::make_unique<runner::JobRunner>(
      *launcher_, need(runner::discover_toolchains(discovery)),
      runner::GoCaches(runner::GoCaches::default_root()), [](const std::string&) {},
      sandbox::PoolOptions{.most_parked = 4});
  runner_->use_compile_cache(std::make_shared<runner::CompileCache>(runner::CompileCacheLimits{}));
}

std::string InProcess::run() {
  api::Problem problem;
  const api::RequestRules rules{*policies_, runner_->toolchains(), "bench", {}};
  return runner::to_json(need(runner_->run(need(api::read_run_request(kHello, rules, problem)))));
}

void expect_hello(const std::string& result) {
  if (result.find(R"("outcome":"ok")") == std::string::npos)
    die("not ok: " + result.substr(0, 500));
}

void post(httplib::Client& client, const std::string& request) {
  const auto answer = client.Post("/v1/runs", request, "application/json");
  if (!answer || answer->status != 200) die("POST /v1/runs failed");
  expect_hello(answer->body);
}

void post_hello(httplib::Client& client) {
  post(client, kHello);
}

// Milliseconds that the machine's processors have worked so far, the kernel's own threads and
// interrupts included: user, nice, system, irq and softirq of proc(5).
double busy_ms() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0;
  stat >> cpu >> user >> nice >> system >> idle >> waiting >> irq >> softirq;
  return (user + nice + system + irq + softirq) * 1000 /
         static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double own_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

struct Load {
  double per_second = 0;
  double processor_ms = 0;  // of the whole machine per run, without the callers' own
};

// `next` gives each request's body; from several threads.
Load load(const Server& server, int callers, int seconds,
          const std::function<std::string()>& next) {
  std::atomic<bool> stop{false};
  std::atomic<int> runs{0};
  std::vector<std::thread> threads;
  const auto start = Clock::now();
  const double busy = busy_ms() - own_ms();
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      httplib::Client client("127.0.0.1", server.port());
      client.set_keep_alive(true);
      client.set_tcp_nodelay(true);
      for (; !stop; ++runs) post(client, next());
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const double used = busy_ms() - own_ms() - busy;
  const double count = std::max(1, runs.load());
  return {.per_second = count / std::chrono::duration<double>(Clock::now() - start).count(),
          .processor_ms = used / count};
}

BenchRow row_of(const char* group, const std::string& name, const char* unit, Samples& samples) {
  BenchRow row{.group = group, .name = name, .unit = unit};
  row.median = samples.median();
  row.low = samples.quantile(0.1);
  row.high = samples.quantile(0.9);
  row.samples = samples.count();
  return row;
}

BenchRow row_of(const char* group, const std::string& name, const char* unit, double value) {
  Samples samples;
  samples.add(value);
  return row_of(group, name, unit, samples);
}

double milliseconds(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// A compile that was kept, then the program: the shortest run there is, where HTTP shows most.
void measure_overhead(const Settings& settings, const Server& server, InProcess& in_process,
                      BenchReport& report) {
  httplib::Client kept("127.0.0.1", server.port());
  kept.set_keep_alive(true);
  kept.set_tcp_nodelay(true);
  Samples without;
  Samples with;
  Samples with_new;
  Samples added;
  for (int i = -10; i < settings.rounds; ++i) {
    const double alone = milliseconds([&] { expect_hello(in_process.run()); });
    const double served = milliseconds([&] { post_hello(kept); });
    const double connected = milliseconds([&] {
      httplib::Client fresh("127.0.0.1", server.port());
      post_hello(fresh);
    });
    if (i < 0) continue;  // warming up
    without.add(alone);
    with.add(served);
    with_new.add(connected);
    added.add(served - alone);
  }
  constexpr const char* kGroup = "hello, compile kept";
  BenchRow baseline = row_of(kGroup, "in this process", "ms", without);
  baseline.ratio = 1;
  BenchRow api = row_of(kGroup, "through the API", "ms", with);
  api.ratio = api.median / baseline.median;
  BenchRow connection = row_of(kGroup, "through the API, a connection each", "ms", with_new);
  connection.ratio = connection.median / baseline.median;
  BenchRow difference = row_of(kGroup, "added by the API", "ms", added);
  difference.goal = "<= 2 ms";
  difference.reached = difference.median <= kReachMs;
  for (const BenchRow& row : {baseline, api, connection, difference}) report.add(row);
}

void measure_callers(const Settings& settings, const Server& server, BenchReport& report) {
  for (const int callers : {1, 2, 4, 8, 16, 32, 64}) {
    std::atomic<bool> stop{false};
    std::vector<Samples> latencies(static_cast<std::size_t>(callers));
    std::vector<std::thread> threads;
    const auto start = Clock::now();
    for (Samples& mine : latencies) {
      threads.emplace_back([&] {
        httplib::Client client("127.0.0.1", server.port());
        client.set_keep_alive(true);
        while (!stop) mine.add(milliseconds([&] { post_hello(client); }));
      });
    }
    std::this_thread::sleep_for(std::chrono::seconds(settings.seconds));
    stop = true;
    for (std::thread& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    Samples all;
    double count = 0;
    for (Samples& mine : latencies) {
      count += static_cast<double>(mine.count());
      all.add(mine.median());
    }
    const std::string name = std::to_string(callers) + " callers";
    report.add(row_of("runs per second through the API", name, "1/s", count / seconds));
    report.add(row_of("latency through the API", name, "ms", all));
  }
}

// What a run costs where only the run is left, and what compiles cost when many come at once.
void measure_processor_time(const Settings& settings, const Server& server, BenchReport& report) {
  const auto empty = [] { return std::string(kEmpty); };
  load(server, 8, 1, empty);  // compiled, and the pool full
  Samples cost;
  Samples rate;
  for (int i = 0; i < settings.seconds; ++i) {
    const Load got = load(server, 8, 2, empty);
    cost.add(got.processor_ms);
    rate.add(got.per_second);
  }
  constexpr const char* kGroup = "an empty program, its compile kept, 8 callers";
  BenchRow row = row_of(kGroup, "processor time of the machine a run", "ms", cost);
  row.goal = "<= 5.5 ms";
  row.reached = row.median <= kReachProcessorMs;
  report.add(row);
  report.add(row_of(kGroup, "runs per second", "1/s", rate));
  std::atomic<int> number{0};
  const auto unique = [&number] {
    return R"({"source": "package main\nimport \"fmt\"\nfunc main() { fmt.Println(\"hello )" +
           std::to_string(++number) + R"(\") }\n"})";
  };
  for (const int callers : {2, 16}) {
    const Load got = load(server, callers, 2 * settings.seconds, unique);
    const std::string name = std::to_string(callers) + " callers";
    report.add(row_of("hello, no two alike, per second", name, "1/s", got.per_second));
    report.add(row_of("hello, no two alike, processor time", name, "ms", got.processor_ms));
  }
}

void wait_until_idle(const Server& server) {
  // A full pool, no run, and longer than the server waits before it gives memory back.
  for (int quiet = 0; quiet < 14;) {
    const double before = server.metric("sandbox_pool_parked");
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const bool still = server.metric("sandbox_pool_parked") == before &&
                       server.metric("sandbox_runs_running") == 0;
    quiet = still ? quiet + 1 : 0;
  }
}

void measure_memory(const Settings& settings, const Server& server, BenchReport& report) {
  wait_until_idle(server);
  const double before = server.resident_mb();
  BenchRow idle = row_of("resident memory, all processes", "idle, full pool", "MB", before);
  idle.goal = "<= 40 MB";
  idle.reached = before <= kReachMemoryMb;
  report.add(idle);
  const double parked = server.metric("sandbox_pool_parked");
  report.add(row_of("resident memory, all processes", "parked sandboxes then", "", parked));
  httplib::Client client("127.0.0.1", server.port());
  client.set_keep_alive(true);
  for (int i = 0; i < settings.growth; ++i) post_hello(client);
  wait_until_idle(server);
  report.add(row_of("resident memory, all processes",
                    "growth over " + std::to_string(settings.growth) + " runs", "MB",
                    server.resident_mb() - before));
}

Settings parse(int argc, char** argv) {
  if (argc < 2) die("usage: api-bench RESULTS_DIR [--rounds N] [--seconds N] [--growth N]");
  Settings settings;
  settings.results = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const int value = std::atoi(argv[i + 1]);
    if (value <= 0) die(flag + " wants a number");
    if (flag == "--rounds") settings.rounds = value;
    if (flag == "--seconds") settings.seconds = value;
    if (flag == "--growth") settings.growth = value;
  }
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = parse(argc, argv);
  InProcess in_process;  // its launcher before any thread
  const Server server;
  BenchReport report;
  measure_overhead(settings, server, in_process, report);
  measure_callers(settings, server, report);
  measure_processor_time(settings, server, report);
  measure_memory(settings, server, report);
  report.print(settings.results + "/before/api.json");
  if (!report.save(settings.results, "api")) die("cannot write to " + settings.results);
  return 0;
}
