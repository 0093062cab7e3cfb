// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/go_cache.h"

#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/canceled.h"
#include "base/file.h"
#include "base/patience.h"
#include "base/quantity.h"
#include "runner/golang/build_recipe.h"
#include "runner/golang/cache_samples.h"
#include "runner/golang/go_command.h"
#include "runner/golang/import_config.h"
#include "runner/golang/probe_source.h"
#include "runner/golang/shared_files.h"
#include "runner/golang/starter_library.h"
#include "runner/source/file_archive.h"
#include "runner/source/scratch.h"

namespace gobox::runner {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLayout = "6";  // of the cache directory's content; part of its name

// FNV-1a, 64 bits: tells apart two installations of one version.
std::string fingerprint(const Toolchain& toolchain) {
  std::string text = toolchain.goroot.string();

  struct stat status {};

  if (::stat(toolchain.go_command().c_str(), &status) == 0) {
    text += ":" + std::to_string(status.st_size) + ":" + std::to_string(status.st_mtim.tv_sec);
  }
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string digits;
  for (int shift = 28; shift >= 0; shift -= 4) digits += kDigits[(hash >> shift) & 15];
  return digits;
}

policies::StagePolicy warming_policy(const policies::StagePolicy& compile) {
  policies::StagePolicy policy = compile;
  policies::Limits& limits = policy.limits;
  limits.wall = std::chrono::minutes(15);
  limits.cpu.reset();
  limits.memory_bytes = std::max(limits.memory_bytes, std::uint64_t{4} << 30);
  limits.disk_bytes = std::uint64_t{3} << 30;
  limits.disk_inodes = 200'000;
  limits.pids = std::max<std::uint64_t>(limits.pids, 1024);
  limits.cpus = static_cast<double>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  limits.file_bytes = std::uint64_t{1} << 30;
  limits.output_bytes = std::max(limits.output_bytes, std::uint64_t{4} << 20);
  return policy;
}

// One cache being made: what its sandboxes share.
struct Warming {
  sandbox::Launcher& launcher;
  const policies::StagePolicy& policy;
  const sandbox::SeccompFilter& filter;
  const Toolchain& toolchain;
  CacheVariant variant;
  int cancel;
};

// "go VERB ... [-race] ..." for this variant, against the cache at `cache`.
sandbox::ProgramStart go_program(const Warming& warming, std::vector<std::string> arguments,
                                 const std::string& cache) {
  GoSettings settings;
  settings.race = warming.variant == CacheVariant::kRace;
  settings.cgo = warming.variant == CacheVariant::kCgo;
  settings.gomemlimit = "off";
  if (settings.race) arguments.insert(arguments.begin() + 1, "-race");
  if (warming.variant == CacheVariant::kFakeTime) {
    arguments.insert(arguments.begin() + 1, "-tags=faketime");
  }
  sandbox::ProgramStart program;
  program.arguments = {warming.toolchain.go_command()};
  program.arguments.insert(program.arguments.end(), arguments.begin(), arguments.end());
  program.environment = go_environment(warming.toolchain, settings, warming.policy.limits, false);
  for (std::string& each : program.environment) {
    if (each.rfind("GOCACHE=", 0) == 0) each = "GOCACHE=" + cache;
  }
  return program;
}

// Direct compiles throw debug information away at the end, but the linker still reads every symbol
// of it: a standard library without any links hello in 54 ms instead of 63. It costs a second build
// of the library, so only the variant that most jobs use has it. The go command's own builds keep
// theirs, and with it the memory that a real build takes. The starter library is to be there soon,
// and takes what a toolchain ships compiled.
std::vector<std::string> for_direct(const Warming& warming, std::vector<std::string> arguments) {
  const bool starts = warming.variant == kStarterLibrary;
  const bool without =
      starts ? !warming.toolchain.ships_std_archives : warming.variant == CacheVariant::kPlain;
  if (!without) return arguments;
  arguments.insert(arguments.begin() + 1, std::string("-gcflags=all=") + kNoDebugInformation);
  return arguments;
}

// "go VERB ..." of the packages that the variant holds.
std::vector<std::string> of_its_packages(const Warming& warming,
                                         std::vector<std::string> arguments) {
  if (warming.variant == kStarterLibrary) {
    const auto packages = starter_packages(warming.toolchain);
    arguments.insert(arguments.end(), packages.begin(), packages.end());
  } else {
    arguments.emplace_back("std");
  }
  return for_direct(warming, std::move(arguments));
}

// What the go command is asked of the starter library is asked with its flag, else all would be
// compiled once more. It is no part of the answer.
std::vector<std::string> when_starting(const Warming& warming, std::vector<std::string> arguments) {
  if (warming.variant != kStarterLibrary) return arguments;
  return for_direct(warming, std::move(arguments));
}

std::string without_starter_flag(const Warming& warming, std::string commands) {
  if (warming.variant != kStarterLibrary) return commands;
  const std::string flag = kNoDebugInformation;
  for (const std::string& each : {"build\\t-gcflags=all=" + flag + "\\n", " " + flag}) {
    for (std::size_t at; (at = commands.find(each)) != std::string::npos;) {
      commands.erase(at, each.size());
    }
  }
  return commands;
}

std::vector<sandbox::ProgramStart> building_programs(const Warming& warming) {
  constexpr const char* kCache = "/work/gocache";
  if (warming.variant == kStarterLibrary) {
    return {go_program(warming, of_its_packages(warming, {"build"}), kCache)};
  }
  std::vector<sandbox::ProgramStart> programs{go_program(warming, {"build", "std"}, kCache)};
  if (warming.variant == CacheVariant::kFakeTime) return programs;
  // As `go test` vets what it builds: its facts are others than go vet's. Nothing is run.
  programs.push_back(
      go_program(warming, {"test", "-count=1", "-exec=/bin/true", "./tested"}, kCache));
  if (warming.variant != CacheVariant::kPlain) return programs;
  programs.push_back(go_program(warming, {"vet", "."}, kCache));
  programs.push_back(go_program(warming, of_its_packages(warming, {"build"}), kCache));
  return programs;
}

// They say how this toolchain compiles and links, and where each package is: direct compiles need
// both. Against the finished cache, shown where jobs will see it.
std::vector<sandbox::ProgramStart> asking_programs(const Warming& warming) {
  sandbox::ProgramStart build = go_program(
      warming, when_starting(warming, {"build", "-x", "-buildvcs=false", "-o", kOutputPath, "."}),
      kCacheDirectory);
  // Else a host with one processor would not show that the compiler can use several.
  for (std::string& each : build.environment) {
    if (each.starts_with("GOMAXPROCS=")) each = "GOMAXPROCS=4";
  }
  constexpr const char* kFormat = "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}";
  return {std::move(build),
          go_program(warming, of_its_packages(warming, {"list", "-deps", "-export", "-f", kFormat}),
                     kCacheDirectory)};
}

Result<UniqueFd> lock_root(const fs::path& root, int cancel) {
  std::error_code failure;
  fs::create_directories(root, failure);
  if (failure)
    return Error::host("make the cache directory " + root.string() + ": " + failure.message());
  UniqueFd lock = TRY(open_at(AT_FDCWD, root / "lock", O_RDWR | O_CREAT, 0644));
  TRY(await_lock(lock.get(), Patience::of(GoCaches::kLockPatience, cancel),
                 "waiting for the lock on " + root.string()));
  return lock;
}

// Readable when one of the two is; either may be -1.
Result<UniqueFd> either_of(int one, int other) {
  UniqueFd both(::epoll_create1(EPOLL_CLOEXEC));
  if (!both) return Error::system("epoll_create1");
  for (const int each : {one, other}) {
    epoll_event event{.events = EPOLLIN, .data = {}};
    if (each >= 0 && ::epoll_ctl(both.get(), EPOLL_CTL_ADD, each, &event) != 0 && errno != EEXIST) {
      return Error::system("epoll_ctl");
    }
  }
  return both;
}

Result<void> check_ending(const sandbox::Ending& ending) {
  if (ending.exit_code == 0 && ending.killed == sandbox::KillReason::kNone) return {};
  if (ending.killed == sandbox::KillReason::kCanceled) {
    return canceled("the standard library was being compiled");
  }
  const std::string said = ending.text(true);
  return Error::host("compiling the standard library failed: " +
                     (said.empty() ? std::string("no message") : said.substr(0, 2000)));
}

Result<void> write_new_file(const fs::path& path, std::string_view bytes) {
  const UniqueFd file = TRY(open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0644));
  return write_all(file.get(), bytes);
}

// Whole or not there, also for who reads it right now.
Result<void> replace_file(const fs::path& path, std::string_view bytes) {
  const fs::path making = path.string() + ".making";
  std::error_code failure;
  fs::remove(making, failure);
  TRY(write_new_file(making, bytes));
  fs::rename(making, path, failure);
  if (failure) return Error::host("rename " + making.string() + ": " + failure.message());
  return {};
}

struct Warmed {
  std::unique_ptr<sandbox::Sandbox> sandbox;
  sandbox::Ending ending;
};

Result<Warmed> run_warming(const Warming& warming, std::vector<sandbox::ProgramStart> programs,
                           const std::optional<policies::Bind>& cache, const Workspace& sources) {
  const UniqueFd files = TRY(pack_files(sources));
  auto binds = toolchain_binds(warming.toolchain);
  if (cache) binds.push_back(*cache);
  auto sandbox = TRY(warming.launcher.prepare({.policy = warming.policy,
                                               .filter = warming.filter,
                                               .more_binds = binds,
                                               .programs = static_cast<unsigned>(programs.size())},
                                              warming.cancel));
  sandbox::Execution execution;
  execution.programs = std::move(programs);
  execution.files = files.get();
  execution.limits = warming.policy.limits;
  execution.cancel = warming.cancel;
  sandbox::Ending ending = TRY(sandbox->run(execution));
  return Warmed{std::move(sandbox), std::move(ending)};
}

// Asks the finished cache's toolchain how it builds, and writes down what it says. A toolchain
// whose output is not as expected gets no files, and its jobs go through the go command.
Result<void> add_direct_files(const Warming& warming, const fs::path& directory) {
  const policies::Bind cache = show(directory, kCacheDirectory);
  const Workspace sample =
      TRY(cache_samples(warming.toolchain, warming.variant == kStarterLibrary));
  const Warmed asked = TRY(run_warming(warming, asking_programs(warming), cache, sample));
  TRY(check_ending(asked.ending));
  const Warmed refused = TRY(run_warming(
      warming,
      {go_program(warming, when_starting(warming, {"build", "-o", "/dev/null", "./refused"}),
                  kCacheDirectory)},
      cache, sample));
  // Only the compiler's refusal counts, none of the go command's own.
  const bool by_compiler = refused.ending.text(true).find("undeclared") != std::string::npos;
  const int refusal_status = by_compiler ? refused.ending.exit_code.value_or(0) : 0;
  const std::string packages = asked.ending.text(false);
  const std::string commands = without_starter_flag(warming, asked.ending.text(true)) +
                               std::string(kRefusalWord) + " " + std::to_string(refusal_status) +
                               "\n";
  if (!ImportConfig::parse(packages) || !BuildRecipe::parse(commands)) return {};
  std::error_code failure;
  fs::create_directories((directory / kImportConfigFile).parent_path(), failure);
  if (failure) return Error::host("make " + directory.string() + ": " + failure.message());
  TRY(write_new_file(directory / kImportConfigFile, packages));
  return write_new_file(directory / kBuildCommandsFile, commands);
}

// The probe (runner/golang/probe_source.h) as a package of its own, so that jobs need not
// compile it. Where this toolchain's compiler does not take it, an empty file says so.
Result<void> add_probe_package(const Warming& warming, const fs::path& directory) {
  const auto packages = read_file(directory / kImportConfigFile);
  const auto commands = read_file(directory / kBuildCommandsFile);
  const auto recipe = commands ? BuildRecipe::parse(*commands) : std::nullopt;
  if (!packages || !recipe) return {};
  constexpr const char* kArchive = "tmp/gobox-probe.a";
  sandbox::ProgramStart compiler =
      go_program(warming, {"build"}, kCacheDirectory);  // its environment
  compiler.arguments = {warming.toolchain.tool_directory() / "compile",
                        "-o",
                        std::string("/") + kArchive,
                        "-importcfg",
                        std::string(kCacheDirectory) + "/" + kImportConfigFile,
                        "-buildid",
                        "probe/probe",
                        "-lang=" + recipe->language,
                        kNoDebugInformation};
  for (const std::string& flag : recipe->compile_flags) {
    const bool is_name = compiler.arguments.back() == "-p";
    compiler.arguments.push_back(is_name ? kProbePackage : flag);
  }
  compiler.arguments.push_back("./" + std::string(kProbeFile));
  Workspace source;
  TRY(put_file(source, {.path = std::string(kProbeFile), .bytes = probe_package_text()}));
  const Warmed made =
      TRY(run_warming(warming, {std::move(compiler)}, show(directory, kCacheDirectory), source));
  std::string config;
  if (check_ending(made.ending)) {
    const UniqueFd archive =
        TRY(open_regular(made.sandbox->space(), kArchive, std::uint64_t{16} << 20));
    const std::string bytes = TRY(read_file("/proc/self/fd/" + std::to_string(archive.get())));
    TRY(replace_file(directory / probe_archive_file(), bytes));
    config = *packages + "packagefile " + kProbePackage + "=" + kCacheDirectory + "/" +
             probe_archive_file() + "\n";
  }
  return replace_file(directory / probe_config_file(), config);
}

bool has_probe_package(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / probe_config_file(), ignored) ||
         !fs::exists(directory / kImportConfigFile, ignored);
}

Result<void> copy_cache(int space, const fs::path& making) {
  std::error_code failure;
  fs::remove_all(making, failure);
  fs::create_directories(making, failure);
  if (failure) return Error::host("make " + making.string() + ": " + failure.message());
  const std::uint64_t left_out = TRY(copy_out(space, "work/gocache", making));
  if (left_out > 0) return Error::host("the prepared cache holds something that is no file");
  return {};
}

// Made beside its final place, then renamed: a cache is whole or not there. What `others` hold too
// is shared with them.
Result<void> make_cache(const Warming& warming, const fs::path& directory,
                        const std::vector<fs::path>& others) {
  const fs::path making = directory.string() + ".making";
  {
    const Workspace sample =
        TRY(cache_samples(warming.toolchain, warming.variant == kStarterLibrary));
    const Warmed built =
        TRY(run_warming(warming, building_programs(warming), std::nullopt, sample));
    TRY(check_ending(built.ending));
    TRY(copy_cache(built.sandbox->space(), making));
  }
  TRY(add_direct_files(warming, making));
  TRY(add_probe_package(warming, making));
  share_outputs(making, others);
  std::error_code failure;
  fs::rename(making, directory, failure);
  if (failure) return Error::host("rename " + making.string() + ": " + failure.message());
  return {};
}

// The caches of this toolchain that are there.
std::vector<fs::path> all_of(const GoCaches& caches, const Toolchain& toolchain) {
  std::vector<fs::path> all;
  for (const CacheVariant variant : kCacheVariants) {
    if (const auto found = caches.find(toolchain, variant)) all.push_back(*found);
  }
  if (const auto found = caches.find(toolchain, kStarterLibrary)) all.push_back(*found);
  return all;
}

std::string announcement(const Toolchain& toolchain, CacheVariant variant) {
  if (variant == kStarterLibrary) {
    return "preparing what small programs import of " + toolchain.name +
           "'s standard library (once; seconds)";
  }
  return std::string("preparing the ") + name_of(variant) + " standard library of " +
         toolchain.name + " (once; a minute or two)";
}

}  // namespace

const char* name_of(CacheVariant variant) {
  if (variant == kStarterLibrary) return "starter";
  switch (variant) {
    case CacheVariant::kRace:
      return "race";
    case CacheVariant::kFakeTime:
      return "faketime";
    case CacheVariant::kCgo:
      return "cgo";
    case CacheVariant::kPlain:
      break;
  }
  return "plain";
}

Result<UniqueFd> GoCaches::try_lock() const {
  UniqueFd lock = TRY(open_at(AT_FDCWD, root_ / "lock", O_RDWR | O_CREAT, 0644));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  return Error::caller("a standard library is being prepared in " + root_.string() +
                       " right now; try again when that is done");
}

fs::path GoCaches::default_root() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (const std::string named = variable("GOBOX_CACHE_DIR"); !named.empty()) return named;
  if (::geteuid() == 0) return "/var/cache/gobox";
  if (const std::string xdg = variable("XDG_CACHE_HOME"); !xdg.empty())
    return fs::path(xdg) / "gobox";
  return fs::path(variable("HOME")) / ".cache" / "gobox";
}

fs::path GoCaches::directory_of(const Toolchain& toolchain, CacheVariant variant) const {
  return root_ /
         (toolchain.name + "-" + name_of(variant) + "-" + fingerprint(toolchain) + "-v" + kLayout);
}

std::optional<fs::path> GoCaches::find(const Toolchain& toolchain, CacheVariant variant) const {
  const fs::path directory = directory_of(toolchain, variant);
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) return std::nullopt;
  return directory;
}

Result<fs::path> GoCaches::prepare(sandbox::Launcher& launcher,
                                   const policies::StagePolicy& compile, const Toolchain& toolchain,
                                   CacheVariant variant, const Progress& progress,
                                   int cancel) const {
  const auto early = find(toolchain, variant);
  if (early && has_probe_package(*early)) return *early;
  const UniqueFd stop = TRY(either_of(cancel_, cancel));
  auto lock = lock_root(root_, stop.get());
  if (!lock && early) return *early;  // another user's cache serves as it is
  if (!lock) return std::move(lock).error();
  const policies::StagePolicy policy = warming_policy(compile);
  const auto filter = TRY(sandbox::SeccompFilter::compile(policy.seccomp, sandbox::Watch::kPolicy));
  const Warming warming{.launcher = launcher,
                        .policy = policy,
                        .filter = filter,
                        .toolchain = toolchain,
                        .variant = variant,
                        .cancel = stop.get()};
  if (const auto ready = find(toolchain, variant)) {  // or another process was first
    if (!has_probe_package(*ready)) TRY(add_probe_package(warming, *ready));
    return *ready;
  }
  if (progress) progress(announcement(toolchain, variant));
  const fs::path directory = directory_of(toolchain, variant);
  const auto begin = std::chrono::steady_clock::now();
  TRY(make_cache(warming, directory, all_of(*this, toolchain)));
  const Nanoseconds taken = std::chrono::steady_clock::now() - begin;
  if (progress) {
    progress("prepared in " + format_duration(taken) + ": " +
             format_size(bytes_of_its_own(directory)) + " in " + root_.string());
  }
  return directory;
}

policies::Bind show(const fs::path& source, const std::string& target) {
  policies::Bind bind;
  bind.source = source;
  bind.target = target;
  return bind;
}

std::vector<policies::Bind> toolchain_binds(const Toolchain& toolchain) {
  std::vector<policies::Bind> binds;
  const auto shown_by_usr = [](const std::string& path) { return path.rfind("/usr/", 0) == 0; };
  std::vector<fs::path> paths = toolchain.extra_paths;
  paths.push_back(toolchain.goroot);
  for (const fs::path& path : paths) {
    if (!shown_by_usr(path.string())) binds.push_back(show(path, path));
  }
  return binds;
}

}  // namespace gobox::runner
