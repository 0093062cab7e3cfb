// SPDX-License-Identifier: Apache-2.0

#include "tests/attacks/arena.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <future>

#include "base/file.h"
#include "policies/directory.h"
#include "run/options.h"
#include "runner/job/compile_cache.h"

namespace gobox::attacks {
namespace {

constexpr std::size_t kMaxProgram = std::size_t{64} << 20;
constexpr auto kReadyPatience = std::chrono::seconds(20);

bool is_native(const Attack& attack) {
  return attack.file.extension() == ".c" || attack.file.extension() == ".s";
}

// The machine is slower while others use it, and user-mode Linux always: how long something may
// take is no subject here unless the attack says so.
std::vector<std::string> with_patience(std::vector<std::string> flags) {
  for (const auto& [name, patience] : {std::pair{"--compile-timeout", "30s"},
                                       {"--run-timeout", "60s"},
                                       {"--total-timeout", "100s"}}) {
    const bool given = std::find(flags.begin(), flags.end(), name) != flags.end();
    if (!given) flags.insert(flags.begin(), {name, patience});
  }
  return flags;
}

runner::JobKind kind_of(const Attack& attack) {
  if (is_native(attack)) return runner::JobKind::kExec;
  return attack.how == "test" ? runner::JobKind::kTest : runner::JobKind::kRun;
}

Trial trial_of(runner::JobResult result) {
  Trial trial;
  trial.outcome = runner::name_of(result.outcome);
  trial.message = result.message;
  if (const runner::StageResult* stage = result.deciding()) {
    trial.standard_output = stage->ending.text(false);
    trial.standard_error = stage->ending.text(true);
  }
  trial.result = std::move(result);
  return trial;
}

}  // namespace

Result<std::unique_ptr<Arena>> Arena::open(std::filesystem::path programs,
                                           std::filesystem::path sources) {
  std::unique_ptr<Arena> arena(new Arena);
  arena->programs_ = std::move(programs);
  arena->sources_ = std::move(sources);
  TRY(arena->lay_out_heirlooms());
  arena->launcher_ = TRY(sandbox::Launcher::start(sandbox::CgroupTree::Degraded::kRefuse));
  arena->launcher_->use_scratch_directory(runner::GoCaches::default_root() / "scratch");
  const auto directory = TRY(policies::find_policy_dir());
  arena->policies_ = TRY(policies::PolicySet::load(directory));
  runner::DiscoveryOptions discovery;
  const char* path = std::getenv("PATH");
  discovery.path_env = path == nullptr ? "" : path;
  arena->toolchains_ = TRY(runner::discover_toolchains(discovery));
  TRY(arena->lay_out_probes());
  arena->renew();
  return arena;
}

void Arena::renew() {
  runner_.reset();
  runner_ = std::make_unique<runner::JobRunner>(*launcher_, toolchains_,
                                                runner::GoCaches(runner::GoCaches::default_root()),
                                                [](const std::string&) {});
  runner_->use_compile_cache(std::make_shared<runner::CompileCache>(runner::CompileCacheLimits{}));
}

Arena::~Arena() {
  if (shared_memory_ >= 0) ::shmctl(shared_memory_, IPC_RMID, nullptr);
}

// What the launcher could inherit from us and hand on: before it is started.
Result<void> Arena::lay_out_heirlooms() {
  // Without close-on-exec, on purpose, and above the numbers that are taken over anyway.
  const UniqueFd root = TRY(open_at(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY));
  heirloom_.reset(::fcntl(root.get(), F_DUPFD, 100));
  if (!heirloom_) return Error::system("duplicate a descriptor");
  if (::setenv("GOBOX_ATTACK_HEIRLOOM", "seen", 1) != 0) return Error::system("setenv");
  constexpr gid_t kGroup = 60000;
  // EPERM: root of a container that denies it.
  if (::geteuid() == 0 && ::setgroups(1, &kGroup) != 0 && errno != EPERM) {
    return Error::system("setgroups");
  }
  return {};
}

Result<void> Arena::lay_out_probes() {
  listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 8) != 0 ||
      ::getsockname(listener_.get(), generic, &size) != 0) {
    return Error::system("listen on loopback");
  }
  const std::string name = "gobox-attack-" + std::to_string(::getpid());
  abstract_socket_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  name.copy(local.sun_path + 1, sizeof local.sun_path - 2);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(abstract_socket_.get(), reinterpret_cast<sockaddr*>(&local), length) != 0 ||
      ::listen(abstract_socket_.get(), 8) != 0) {
    return Error::system("listen on an abstract socket");
  }
  const key_t key = 0x60b0c000 + (::getpid() & 0xfff);
  shared_memory_ = ::shmget(key, 4096, IPC_CREAT | 0666);
  if (shared_memory_ < 0) return Error::system("shmget");
  probes_ = {"PROBE_PORT=" + std::to_string(ntohs(address.sin_port)), "PROBE_SOCKET=" + name,
             "PROBE_SHM=" + std::to_string(key), "PROBE_PID=" + std::to_string(::getpid())};
  return {};
}

Result<runner::Job> Arena::make_job(const Attack& attack, const Part& part) {
  const bool native = is_native(attack);
  auto options = TRY(run::parse_options(native ? "exec" : "run", with_patience(attack.flags)));
  runner::Job job;
  job.id = attack.group + "-" + attack.name;
  job.kind = kind_of(attack);
  if (native) {
    const std::string bytes =
        TRY(read_file((programs_ / attack.group / attack.name).string(), kMaxProgram));
    job.workspace.files.push_back({"attack", bytes, true});
    job.arguments = {"/work/attack"};
  } else if (attack.file.extension() == ".txtar") {
    const std::string archive = TRY(read_file(attack.file.string()));
    job.workspace = TRY(runner::workspace_from_txtar(archive));
  } else {
    const std::string source = TRY(read_file(attack.file.string()));
    job.workspace = TRY(runner::workspace_from_source(source));
    if (attack.group != "compile") {
      const std::string report = TRY(read_file((sources_ / "report.go").string()));
      TRY(runner::put_file(job.workspace, {"report.go", report, false}));
      job.workspace.files_named = true;
    }
  }
  job.arguments.insert(job.arguments.end(), part.arguments.begin(), part.arguments.end());
  job.arguments.insert(job.arguments.end(), options.arguments.begin(), options.arguments.end());
  job.environment = probes_;
  job.environment.insert(job.environment.end(), options.environment.begin(),
                         options.environment.end());
  job.toolchain = options.toolchain;
  job.go = options.go;
  job.direct_compile = !options.no_direct_compile;
  // Two runs of one source share what the server would let them share.
  if (attack.how == "pair" || attack.how == "beside") job.cache_scope = "attacks";
  job.explain = options.explain;
  job.cancel = part.cancel;
  job.keep_directory = part.keep.string();
  if (part.on_ready) {
    job.observer.on_output = [ready = part.on_ready](runner::StageKind, bool,
                                                     std::string_view bytes) {
      if (bytes.find("READY") != std::string_view::npos) ready();
    };
  }
  job.policy = TRY(run::apply_to_policy(options, policies_, job.policy_name));
  return job;
}

Result<Trial> Arena::run_part(const Attack& attack, const Part& part) {
  auto job = make_job(attack, part);
  if (job) {
    auto result = runner_->run(std::move(*job));
    if (result) return trial_of(std::move(*result));
    if (result.error().kind == Error::Kind::kHost) return std::move(result).error();
    Trial refused;
    refused.outcome = "refused";
    refused.message = result.error().message;
    return refused;
  }
  if (job.error().kind == Error::Kind::kHost) return std::move(job).error();
  Trial refused;
  refused.outcome = "refused";
  refused.message = job.error().message;
  return refused;
}

Arena::Part Arena::part_called(const char* argument) {
  Part part;
  part.arguments = {argument};
  return part;
}

Result<Trial> Arena::carry_out_beside(const Attack& attack) {
  const UniqueFd cancel(::eventfd(0, EFD_CLOEXEC));
  std::promise<void> ready;
  std::once_flag once;
  Part leave;
  leave.arguments = {"leave"};
  leave.cancel = cancel.get();
  leave.on_ready = [&] { std::call_once(once, [&] { ready.set_value(); }); };
  auto left = std::async(std::launch::async, [&] { return run_part(attack, leave); });
  auto is_ready = ready.get_future();
  const bool in_time = is_ready.wait_for(kReadyPatience) == std::future_status::ready;
  Result<Trial> look = in_time ? run_part(attack, part_called("look"))
                               : Result<Trial>(Error::host("\"leave\" never said READY"));
  const std::uint64_t one = 1;
  const bool told = ::write(cancel.get(), &one, sizeof one) == sizeof one;
  const Result<Trial> end = left.get();
  if (!told) return Error::host("the eventfd took nothing");
  if (!look || !end) return look ? end : look;
  if (end->outcome != "canceled") {
    return Error::host("\"leave\" ended by itself: " + end->message + "\n" + end->standard_output +
                       end->standard_error);
  }
  return look;
}

Result<Trial> Arena::carry_out(const Attack& attack) {
  if (attack.how == "beside") return carry_out_beside(attack);
  if (attack.how == "pair") {
    const Trial left = TRY(run_part(attack, part_called("leave")));
    if (left.standard_output.find("LEFT") == std::string::npos) {
      return Error::host("\"leave\" left nothing: " + left.outcome + " " + left.message + "\n" +
                         left.standard_output + left.standard_error);
    }
    return run_part(attack, part_called("look"));
  }
  if (attack.how != "keep") return run_part(attack, {});
  char directory[] = "/tmp/gobox-attack-keep-XXXXXX";
  if (::mkdtemp(directory) == nullptr) return Error::system("mkdtemp");
  Part part;
  part.keep = directory;
  Trial trial = TRY(run_part(attack, part));
  trial.kept = directory;
  return trial;
}

Result<double> Arena::hello() {
  const auto begin = std::chrono::steady_clock::now();
  Attack hello;
  hello.group = "driver";
  hello.name = "true";
  hello.file = "true.c";
  const Trial trial = TRY(run_part(hello, {}));
  if (trial.outcome != "ok") return Error::host("hello: " + trial.outcome + ": " + trial.message);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

Result<void> Arena::go_hello() {
  runner::Job job;
  job.id = "hello";
  job.workspace = TRY(runner::workspace_from_source(
      "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"));
  auto options = TRY(run::parse_options("run", with_patience({})));
  job.policy = TRY(run::apply_to_policy(options, policies_, job.policy_name));
  auto result = TRY(runner_->run(std::move(job)));
  const Trial trial = trial_of(std::move(result));
  if (trial.outcome == "ok" && trial.standard_output == "hello\n") return {};
  return Error::host("hello: " + trial.outcome + ": " + trial.message + trial.standard_error);
}

}  // namespace gobox::attacks
