// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/go_command.h"

#include <cmath>

namespace gobox::runner {
namespace {

constexpr double kAutoShare = 0.9;  // of the stage's memory: room for stacks, code and the kernel's

void add_tags(std::vector<std::string>& arguments, const GoSettings& settings) {
  std::string tags = settings.fake_time ? "faketime" : "";
  for (const std::string& tag : settings.tags) tags += (tags.empty() ? "" : ",") + tag;
  if (!tags.empty()) arguments.push_back("-tags=" + tags);
}

void add_build_flags(std::vector<std::string>& arguments, const GoSettings& settings) {
  // No version control inside, and the submission's .git is not there to be asked.
  arguments.push_back("-buildvcs=false");
  if (settings.race) arguments.push_back("-race");
  add_tags(arguments, settings);
  if (settings.parallelism) {
    arguments.push_back("-p");
    arguments.push_back(std::to_string(*settings.parallelism));
  }
  arguments.insert(arguments.end(), settings.build.begin(), settings.build.end());
}

std::vector<std::string> with_packages(std::vector<std::string> arguments,
                                       const std::vector<std::string>& packages) {
  arguments.insert(arguments.end(), packages.begin(), packages.end());
  return arguments;
}

}  // namespace

std::string below_work(const std::string& directory) {
  return directory.empty() ? kWorkDirectory : std::string(kWorkDirectory) + "/" + directory;
}

std::vector<std::string> runtime_environment(const GoSettings& settings,
                                             const policies::Limits& limits) {
  const auto cpus = static_cast<unsigned>(std::ceil(limits.cpus));
  std::vector<std::string> environment{"GOMAXPROCS=" + std::to_string(cpus)};
  if (settings.gomemlimit == "auto") {
    const auto bytes = static_cast<double>(limits.memory_bytes) * kAutoShare;
    environment.push_back("GOMEMLIMIT=" + std::to_string(static_cast<std::uint64_t>(bytes)));
  } else if (settings.gomemlimit != "off") {
    environment.push_back("GOMEMLIMIT=" + settings.gomemlimit);
  }
  if (settings.gogc) environment.push_back("GOGC=" + *settings.gogc);
  return environment;
}

std::vector<std::string> go_environment(const Toolchain& toolchain, const GoSettings& settings,
                                        const policies::Limits& limits, bool has_go_work) {
  // No HOME: the tools would keep counters of their use below it, which takes them time.
  std::vector<std::string> environment{
      "TMPDIR=/tmp",
      "LANG=C.UTF-8",
      "PATH=" + (toolchain.goroot / "bin").string() + ":/usr/bin:/bin",
      "GOROOT=" + toolchain.goroot.string(),
      std::string("GOCACHE=") + kCacheDirectory,
      "GOPATH=/tmp/go",
      "GOENV=off",
      "GOFLAGS=",
      "GOPROXY=off",
      "GOSUMDB=off",
      "GOVCS=*:off",
      "GOTOOLCHAIN=local",
      "GOTELEMETRY=off",
      "GO111MODULE=on",
      std::string("CGO_ENABLED=") + (settings.race || settings.cgo ? "1" : "0")};
  if (!has_go_work) environment.push_back("GOWORK=off");
  if (!settings.experiment.empty()) environment.push_back("GOEXPERIMENT=" + settings.experiment);
  if (!settings.amd64.empty()) environment.push_back("GOAMD64=" + settings.amd64);
  for (std::string& each : runtime_environment(settings, limits)) {
    environment.push_back(std::move(each));
  }
  return environment;
}

void set_variable(std::vector<std::string>& environment, const std::string& entry) {
  const std::string name = entry.substr(0, entry.find('=') + 1);
  std::erase_if(environment, [&](const std::string& old) { return old.starts_with(name); });
  environment.push_back(entry);
}

std::vector<std::string> program_environment(const GoSettings& settings,
                                             const policies::Limits& limits,
                                             const std::vector<std::string>& more) {
  std::vector<std::string> environment{"HOME=/work", "TMPDIR=/tmp", "USER=sandbox", "LANG=C.UTF-8",
                                       "PATH=/usr/local/bin:/usr/bin:/bin"};
  for (std::string& each : runtime_environment(settings, limits)) {
    // Where it is deployed, Go decides by the control group's files (1.25), or by the host.
    if (settings.as_in_production && each.starts_with("GOMAXPROCS=")) continue;
    environment.push_back(std::move(each));
  }
  // The detector would sleep a second at exit, for reports of threads that are gone by then.
  if (settings.race) environment.push_back("GORACE=atexit_sleep_ms=0");
  for (const std::string& each : more) set_variable(environment, each);
  return environment;
}

std::vector<std::string> build_arguments(const Toolchain& toolchain, const GoSettings& settings,
                                         const std::vector<std::string>& packages) {
  std::vector<std::string> arguments{toolchain.go_command(), "build", "-o", kOutputPath};
  add_build_flags(arguments, settings);
  return with_packages(std::move(arguments), packages);
}

std::vector<std::string> test_build_arguments(const Toolchain& toolchain,
                                              const GoSettings& settings,
                                              const std::vector<std::string>& packages) {
  // Vet has its own stage; since Go 1.24 it would fail builds that older versions accept.
  std::vector<std::string> arguments{
      toolchain.go_command(), "test", "-c", "-vet=off", "-o", kOutputPath};
  add_build_flags(arguments, settings);
  return with_packages(std::move(arguments), packages);
}

std::vector<std::string> with_build_flags(std::vector<std::string> arguments,
                                          const GoSettings& settings) {
  add_build_flags(arguments, settings);
  return arguments;
}

std::vector<std::string> vet_arguments(const Toolchain& toolchain, const GoSettings& settings,
                                       const std::vector<std::string>& packages) {
  std::vector<std::string> arguments{toolchain.go_command(), "vet"};
  add_tags(arguments, settings);
  return with_packages(std::move(arguments), packages);
}

}  // namespace gobox::runner
