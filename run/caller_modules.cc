// SPDX-License-Identifier: Apache-2.0

#include "run/caller_modules.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/line.h"

namespace gobox::run {
namespace {

namespace fs = std::filesystem;

constexpr int kGoEnvMilliseconds = 10'000;
constexpr std::size_t kMaxGoEnv = std::size_t{1} << 20;
// In this order, one line each.
constexpr const char* kAsked[] = {"GOPROXY", "GOMODCACHE", "GOSUMDB", "GONOSUMDB"};

using GoEnv = std::map<std::string, std::string>;

std::string variable(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

// What the go command would say, where there is none to ask.
GoEnv defaults() {
  const std::string path = variable("GOPATH", variable("HOME", "/root") + "/go");
  return {{"GOPROXY", variable("GOPROXY", "https://proxy.golang.org")},
          {"GOMODCACHE", variable("GOMODCACHE", path.substr(0, path.find(':')) + "/pkg/mod")},
          {"GOSUMDB", variable("GOSUMDB", "sum.golang.org")},
          {"GONOSUMDB", variable("GONOSUMDB", variable("GOPRIVATE", ""))}};
}

// The signals we block are the user's to send to us, not to a child that would not hear them.
Result<pid_t> spawn_go(const std::string& go, int output) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // Not where we stand: a go.mod there may ask for another toolchain.
  ::posix_spawn_file_actions_addchdir_np(&actions, "/");
  std::vector<std::string> words{go, "env"};
  words.insert(words.end(), std::begin(kAsked), std::end(kAsked));
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int failure =
      ::posix_spawnp(&pid, go.c_str(), &actions, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failure != 0) return Error::system("start " + go, failure);
  return pid;
}

// All of it, or what came before it was given up.
std::string read_patiently(int file) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(kGoEnvMilliseconds);
  std::string text;
  char chunk[4096];
  while (text.size() < kMaxGoEnv) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd readable{file, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) <= 0) break;
    const ssize_t size = ::read(file, chunk, sizeof chunk);
    if (size <= 0) break;
    text.append(chunk, static_cast<std::size_t>(size));
  }
  return text;
}

Result<GoEnv> ask_go(const std::string& go) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::system("pipe");
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t pid = TRY(spawn_go(go, writing.get()));
  writing.reset();
  const std::string text = read_patiently(reading.get());
  ::kill(pid, SIGKILL);  // it has ended, or is not going to
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  std::string_view rest = text;
  GoEnv env;
  for (const char* name : kAsked) {
    if (rest.empty()) return Error::host(go + " env says less than it was asked");
    env[name] = runner::take_line(rest);
  }
  return env;
}

GoEnv go_env(const std::string& go) {
  if (auto env = ask_go("go")) return *env;
  if (auto env = ask_go(go)) return *env;
  return defaults();
}

Result<runner::ModuleSettings> settings_of(ModuleChoice choice, const std::string& proxies,
                                           const std::string& go) {
  const GoEnv env = go_env(go);
  runner::ModuleSettings settings;
  std::error_code ignored;
  const fs::path cache = fs::path(env.at("GOMODCACHE")) / "cache/download";
  if (choice != ModuleChoice::kProxy && cache.is_absolute() && fs::is_directory(cache, ignored)) {
    runner::ProxyAddress address;
    address.url = "file://" + cache.string();
    address.is_cache = true;
    settings.proxies.push_back(std::move(address));
  }
  if (choice != ModuleChoice::kCache) {
    auto named = runner::parse_proxies(proxies.empty() ? env.at("GOPROXY") : proxies);
    if (!named) {
      return std::move(named).error().within(proxies.empty() ? "go env GOPROXY" : "--module-proxy");
    }
    for (runner::ProxyAddress& each : *named) settings.proxies.push_back(std::move(each));
  }
  settings.sum_database = env.at("GOSUMDB");
  settings.no_sum_database = env.at("GONOSUMDB");
  return settings;
}

}  // namespace

Result<ModuleChoice> parse_module_choice(const std::string& name, const std::string& text) {
  if (text == "auto") return ModuleChoice::kAuto;
  if (text == "vendor") return ModuleChoice::kVendor;
  if (text == "cache") return ModuleChoice::kCache;
  if (text == "proxy") return ModuleChoice::kProxy;
  if (text == "off") return ModuleChoice::kOff;
  return Error::caller(name + ": \"" + text + "\" is not auto, vendor, cache, proxy or off");
}

runner::ModuleMode mode_of(ModuleChoice choice) {
  switch (choice) {
    case ModuleChoice::kVendor:
      return runner::ModuleMode::kVendor;
    case ModuleChoice::kCache:
    case ModuleChoice::kProxy:
      return runner::ModuleMode::kFetch;
    case ModuleChoice::kOff:
      return runner::ModuleMode::kOff;
    case ModuleChoice::kAuto:
      break;
  }
  return runner::ModuleMode::kAuto;
}

runner::JobServices::ModuleOpener caller_modules(ModuleChoice choice, std::string proxies,
                                                 std::string go) {
  return [=]() -> Result<std::shared_ptr<runner::ModuleService>> {
    return runner::ModuleService::open(
        runner::default_module_directory(runner::GoCaches::default_root()),
        TRY(settings_of(choice, proxies, go)));
  };
}

}  // namespace gobox::run
