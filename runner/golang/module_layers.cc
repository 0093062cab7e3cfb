// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/module_layers.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/line.h"
#include "base/sha256.h"
#include "runner/golang/build_recipe.h"
#include "runner/golang/go_command.h"
#include "runner/golang/import_config.h"
#include "runner/source/file_archive.h"
#include "runner/source/scratch.h"

namespace gobox::runner {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBuilding = "/work/gocache";  // the layer's, while it is made
constexpr const char* kLayerModule = "gobox-layer";
constexpr const char* kSizeFile = "gobox/layer-bytes";
constexpr const char* kFailedFile = "failed";
constexpr std::size_t kMaxPackages = 1500;                   // their names are arguments
constexpr std::uint64_t kOverhead = std::uint64_t{2} << 20;  // directories full of links
constexpr auto kTryAgain = std::chrono::minutes(10);

std::string key_of(const LayerRequest& request) {
  Sha256 hash;
  const auto add = [&](std::string_view field) { hash.update_field(field); };
  add("layer 1");
  add(request.prepared.filename().string());
  add(request.for_direct ? "direct" : "build");
  add(std::to_string(request.modules.size()));
  for (const UsedModule& each : request.modules) {
    add(each.module.path);
    add(each.module.version);
    add(each.sum);
  }
  for (const std::string& package : request.packages) add(package);
  return hex(hash.finish()).substr(0, 40);
}

// Requires exactly the modules that are built; the go command checks them against go.sum once more.
Result<Workspace> layer_files(const LayerRequest& request) {
  std::string go_mod = std::string("module ") + kLayerModule + "\n\ngo " +
                       request.toolchain.language_version() + "\n\nrequire (\n";
  for (const UsedModule& each : request.modules) {
    go_mod += "\t" + each.module.path + " " + each.module.version + "\n";
  }
  go_mod += ")\n";
  Workspace files;
  TRY(put_file(files, {.path = "layer/go.mod", .bytes = std::move(go_mod)}));
  TRY(put_file(files, {.path = "layer/go.sum", .bytes = request.go_sum}));
  return files;
}

policies::StagePolicy layer_policy(const policies::StagePolicy& compile) {
  policies::StagePolicy policy = compile;
  policies::Limits& limits = policy.limits;
  limits.wall = std::max<Nanoseconds>(limits.wall, std::chrono::minutes(3));
  limits.cpu.reset();
  limits.disk_bytes = std::max(limits.disk_bytes, limits.memory_bytes);
  limits.disk_inodes = std::max<std::uint64_t>(limits.disk_inodes, 262'144);
  limits.output_bytes = std::max(limits.output_bytes, std::uint64_t{8} << 20);
  return policy;
}

sandbox::ProgramStart go_program(const LayerRequest& request, std::vector<std::string> arguments) {
  GoSettings settings;
  settings.race = request.variant == CacheVariant::kRace;
  settings.cgo = request.variant == CacheVariant::kCgo;
  std::vector<std::string> flags;
  if (settings.race) flags.emplace_back("-race");
  if (request.variant == CacheVariant::kFakeTime) flags.emplace_back("-tags=faketime");
  if (request.for_direct && request.variant == CacheVariant::kPlain) {
    flags.push_back(std::string("-gcflags=all=") + kNoDebugInformation);
  }
  arguments.insert(arguments.begin() + 1, flags.begin(), flags.end());
  sandbox::ProgramStart program;
  program.arguments = {request.toolchain.go_command()};
  program.arguments.insert(program.arguments.end(), arguments.begin(), arguments.end());
  program.arguments.insert(program.arguments.end(), request.packages.begin(),
                           request.packages.end());
  program.environment = go_environment(request.toolchain, settings, request.compile.limits, false);
  set_variable(program.environment, std::string("GOCACHE=") + kBuilding);
  set_variable(program.environment, std::string("GOMODCACHE=") + kModuleCacheDirectory);
  program.working_directory = "/work/layer";
  return program;
}

// The prepared cache as links in a directory of the sandbox's own: what is there is read through
// them, what is new is a file, and only files are taken out.
std::vector<sandbox::ProgramStart> programs_of(const LayerRequest& request) {
  sandbox::ProgramStart links;
  links.arguments = {"cp", "-rs", std::string(kCacheDirectory) + "/.", kBuilding};
  links.environment = {"PATH=/usr/bin:/bin"};
  constexpr const char* kFormat = "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}";
  std::vector<sandbox::ProgramStart> programs;
  programs.push_back(std::move(links));
  programs.push_back(go_program(request, {"build"}));
  programs.push_back(go_program(request, {"list", "-deps", "-export", "-f", kFormat}));
  return programs;
}

// "packagefile P=/work/gocache/..." as jobs will see it.
std::string as_shown(std::string_view config) {
  std::string text;
  while (!config.empty()) {
    const std::string_view line = take_line(config);
    const std::string from = std::string("=") + kBuilding + "/";
    const std::size_t at = line.find(from);
    if (!line.starts_with("packagefile ") || at == std::string_view::npos) continue;
    text += std::string(line.substr(0, at)) + "=" + kCacheDirectory + "/" +
            std::string(line.substr(at + from.size())) + "\n";
  }
  return text;
}

Result<void> write_new(const fs::path& path, std::string_view bytes) {
  ::unlink(path.c_str());  // never through a link into the prepared cache
  const UniqueFd file = TRY(open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0644));
  return write_all(file.get(), bytes);
}

// The prepared cache's files under their names, whatever the build left there. Returns the bytes of
// what is the layer's own.
Result<std::uint64_t> link_prepared(const fs::path& prepared, const fs::path& layer) {
  std::uint64_t own = 0;
  std::error_code failure;
  for (fs::recursive_directory_iterator at(layer, failure);
       !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored)) own += at->file_size(ignored);
  }
  for (fs::recursive_directory_iterator at(prepared, failure);
       !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
    const fs::path target = layer / at->path().lexically_relative(prepared);
    std::error_code ignored;
    if (at->is_directory(ignored)) {
      fs::create_directories(target, ignored);
      continue;
    }
    int linked = ::link(at->path().c_str(), target.c_str());
    if (linked != 0 && errno == EEXIST) {
      fs::remove_all(target, ignored);
      linked = ::link(at->path().c_str(), target.c_str());
    }
    if (linked != 0) return Error::system("link " + target.string());
  }
  if (failure) return Error::host("read " + prepared.string() + ": " + failure.message());
  return own;
}

// The packages a direct compile finds: those of the prepared cache, and the layer's.
Result<void> write_import_config(const LayerRequest& request, const fs::path& layer,
                                 const std::string& packages) {
  if (!request.for_direct) return {};
  const auto prepared = read_file(request.prepared / kImportConfigFile);
  if (!prepared) return {};  // this toolchain compiles nothing directly
  const ImportConfig known = TRY(ImportConfig::parse(*prepared));
  std::string more;
  for (std::string_view rest = packages; !rest.empty();) {
    const std::string_view line = take_line(rest);
    const std::size_t name = std::string_view("packagefile ").size();
    if (!known.contains(line.substr(name, line.find('=') - name))) more += std::string(line) + "\n";
  }
  TRY(write_new(layer / kImportConfigFile, *prepared + more));
  const auto probe = read_file(request.prepared / probe_config_file());
  if (!probe || probe->empty()) return {};
  return write_new(layer / probe_config_file(), *probe + more);
}

struct Built {
  std::unique_ptr<sandbox::Sandbox> sandbox;
  sandbox::Ending ending;
};

Result<Built> build(sandbox::Launcher& launcher, const LayerRequest& request) {
  const policies::StagePolicy policy = layer_policy(request.compile);
  const auto filter = TRY(sandbox::SeccompFilter::compile(policy.seccomp, sandbox::Watch::kPolicy));
  const Workspace sources = TRY(layer_files(request));
  const UniqueFd files = TRY(pack_files(sources));
  auto binds = toolchain_binds(request.toolchain);
  binds.push_back(show(request.prepared, kCacheDirectory));
  binds.push_back(show(request.module_cache, kModuleCacheDirectory));
  auto programs = programs_of(request);
  auto sandbox = TRY(launcher.prepare({.policy = policy,
                                       .filter = filter,
                                       .more_binds = binds,
                                       .programs = static_cast<unsigned>(programs.size())}));
  sandbox::Execution execution;
  execution.programs = std::move(programs);
  execution.files = files.get();
  execution.limits = policy.limits;
  execution.cancel = request.cancel;
  sandbox::Ending ending = TRY(sandbox->run(execution));
  return Built{std::move(sandbox), std::move(ending)};
}

bool went_well(const Built& built) {
  return built.ending.killed == sandbox::KillReason::kNone && built.ending.exit_code == 0 &&
         built.ending.usage.oom_kills == 0 && built.ending.program == 2;
}

// Whether it is there afterwards. Beside its place, then renamed.
Result<bool> make_layer(sandbox::Launcher& launcher, const LayerRequest& request,
                        const fs::path& directory) {
  const fs::path making = directory.string() + ".making";
  std::error_code failure;
  fs::remove_all(making, failure);
  const Built built = TRY(build(launcher, request));
  if (built.ending.killed == sandbox::KillReason::kCanceled) {
    return Error::host("canceled while the modules' packages were being compiled");
  }
  if (!went_well(built)) return false;
  fs::create_directories(making, failure);
  if (failure) return Error::host("make " + making.string() + ": " + failure.message());
  const auto fill = [&]() -> Result<void> {
    TRY(copy_out(built.sandbox->space(), "work/gocache", making));
    const std::uint64_t own = TRY(link_prepared(request.prepared, making));
    TRY(write_import_config(request, making, as_shown(built.ending.text(false))));
    fs::create_directories(making / "gobox", failure);
    TRY(write_new(making / kSizeFile, std::to_string(own + kOverhead)));
    if (::rename(making.c_str(), directory.c_str()) != 0) {
      return Error::system("rename " + making.string());
    }
    return {};
  };
  auto filled = fill();
  if (!filled) {
    fs::remove_all(making, failure);
    return std::move(filled).error();
  }
  return true;
}

Result<UniqueFd> locked(const fs::path& path, int operation) {
  UniqueFd lock = TRY(open_at(AT_FDCWD, path, O_RDWR | O_CREAT, 0644));
  while (::flock(lock.get(), operation) != 0) {
    if (errno != EINTR) return Error::system("lock " + path.string());
  }
  ::futimens(lock.get(), nullptr);
  return lock;
}

// A set that did not build a while ago will not build now.
bool failed_lately(const fs::path& lock_file) {
  const fs::path mark = lock_file.string() + "." + kFailedFile;
  std::error_code failure;
  const auto made = fs::last_write_time(mark, failure);
  return !failure && fs::file_time_type::clock::now() - made < kTryAgain;
}

}  // namespace

Result<std::optional<Layer>> ModuleLayers::prepare(sandbox::Launcher& launcher,
                                                   const LayerRequest& request) const {
  if (request.packages.empty() || request.packages.size() > kMaxPackages) {
    return std::optional<Layer>();
  }
  std::error_code failure;
  fs::create_directories(root_, failure);
  if (failure) return Error::host("make " + root_.string() + ": " + failure.message());
  const std::string key = key_of(request);
  const fs::path directory = root_ / key;
  const fs::path lock_file = root_ / (key + ".lock");
  for (bool was_made = false;;) {
    // Shared to use it: a layer in use is not evicted. Exclusive to make it: once for all who wait.
    UniqueFd shared = TRY(locked(lock_file, LOCK_SH));
    if (fs::is_directory(directory, failure)) {
      return std::optional<Layer>(Layer{directory, std::move(shared)});
    }
    if (was_made || failed_lately(lock_file)) return std::optional<Layer>();
    shared.reset();
    {
      const UniqueFd exclusive = TRY(locked(lock_file, LOCK_EX));
      if (!fs::is_directory(directory, failure) && !failed_lately(lock_file)) {
        const bool made = TRY(make_layer(launcher, request, directory));
        if (!made) TRY(write_new(lock_file.string() + "." + kFailedFile, ""));
        trim(key);
      }
    }
    was_made = true;
  }
}

void ModuleLayers::trim(const std::string& but) const {
  struct Kept {
    fs::file_time_type used;
    std::string key;
    std::uint64_t bytes = 0;
  };

  std::vector<Kept> kept;
  std::uint64_t bytes = 0;
  std::error_code failure;
  for (fs::directory_iterator at(root_, failure); !failure && at != fs::directory_iterator();
       at.increment(failure)) {
    std::error_code ignored;
    if (!at->is_directory(ignored) || at->path().has_extension()) continue;
    Kept one;
    one.key = at->path().filename();
    one.used = fs::last_write_time(at->path().string() + ".lock", ignored);
    const auto size = read_file(at->path() / kSizeFile, 64);
    one.bytes = size ? lone_number(*size).value_or(0) : 0;
    bytes += one.bytes;
    kept.push_back(std::move(one));
  }
  std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
  for (const Kept& each : kept) {
    if (bytes <= most_bytes_) return;
    if (each.key == but) continue;
    const fs::path directory = root_ / each.key;
    const auto lock = open_at(AT_FDCWD, directory.string() + ".lock", O_RDWR);
    if (!lock || ::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) continue;
    const fs::path gone = directory.string() + ".gone";
    std::error_code ignored;
    fs::remove_all(gone, ignored);
    fs::rename(directory, gone, ignored);
    if (ignored) continue;
    fs::remove_all(gone, ignored);
    bytes -= std::min(bytes, each.bytes);
  }
}

}  // namespace gobox::runner
