// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/module_store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "runner/modules/module_zip.h"

namespace gobox::runner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCopied = std::size_t{1} << 20;
constexpr std::string_view kLockEnding = ".lock";
constexpr int kMaxLockTries = 10;
constexpr auto kAbandoned = std::chrono::minutes(10);
constexpr const char* kModsLock = "mods.lock";
constexpr std::uint64_t kMostMods = 100'000;  // files of modules that are not here themselves

Result<void> make_directories(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure)
    return Error{Error::Kind::kHost, failure.value(),
                 "make " + path.string() + ": " + failure.message()};
  return {};
}

Result<void> copy_bytes(int from, int to) {
  off_t offset = 0;
  for (;;) {
    const ssize_t copied = ::sendfile(to, from, &offset, kCopied);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return Error::system("copy a module's file");
    if (copied == 0) return {};
  }
}

Result<void> write_bytes(const fs::path& path, const ModuleBytes& bytes) {
  const UniqueFd file = TRY(open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0444));
  return bytes.file >= 0 ? copy_bytes(bytes.file, file.get()) : write_all(file.get(), bytes.text);
}

Result<void> move_into_place(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return Error::system("rename into " + to.string());
  return {};
}

bool lock(int file, int operation) {
  int result = -1;
  do {
    result = ::flock(file, operation);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

// The lock of a module that may be evicted, and its lock file removed, while we wait for it.
Result<UniqueFd> lock_module(const fs::path& path, int operation, int flags) {
  for (int tries = 0; tries < kMaxLockTries; ++tries) {
    UniqueFd file = TRY(open_at(AT_FDCWD, path, flags, 0644));
    if (!lock(file.get(), operation)) return Error::system("lock " + path.string());

    struct stat ours {};

    if (::fstat(file.get(), &ours) != 0) return Error::system("fstat " + path.string());
    if (ours.st_nlink > 0) return file;
  }
  return Error::host("lock " + path.string() + ": it is removed again and again");
}

// A directory below tmp/ that goes with its owner.
class Making {
 public:
  explicit Making(fs::path path) : path_(std::move(path)) {}

  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

  ~Making() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::uint64_t number_in(const fs::path& path) {
  const auto text = read_file(path, 64);
  return text ? lone_number(*text).value_or(0) : 0;
}

}  // namespace

struct ModuleStore::Paths {
  fs::path tree;       // mod/P@V
  fs::path directory;  // mod/cache/download/P/@v
  fs::path stem;       // of its files: directory/V

  fs::path file(std::string_view ending) const { return stem.string() + "." + std::string(ending); }
};

Result<std::unique_ptr<ModuleStore>> ModuleStore::open(fs::path root, std::uint64_t most_bytes) {
  TRY(make_directories(root / "mod/cache/download"));
  TRY(make_directories(root / "tmp"));
  std::unique_ptr<ModuleStore> store(new ModuleStore(std::move(root), most_bytes));
  store->clean_scratch();
  store->sweep_mods();
  for (const StoredModule& each : store->scan()) store->bytes_ += each.bytes;
  return store;
}

ModuleStore::Paths ModuleStore::paths_of(const ModuleVersion& module) const {
  const std::string path = escaped(module.path);
  const std::string version = escaped(module.version);
  const fs::path directory = mod_cache() / "cache/download" / path / "@v";
  return {mod_cache() / (path + "@" + version), directory, directory / version};
}

std::optional<UniqueFd> ModuleStore::find(const ProxyRequest& request) const {
  if (!request.is_fixed()) return std::nullopt;
  auto file =
      open_at(AT_FDCWD, mod_cache() / "cache/download" / request.path, O_RDONLY | O_NOFOLLOW);
  if (!file) return std::nullopt;
  return std::move(*file);
}

Result<void> ModuleStore::add_small(const ProxyRequest& request, const ModuleBytes& bytes) {
  const Paths paths = paths_of(request.module);
  const fs::path target = mod_cache() / "cache/download" / request.path;
  std::error_code ignored;
  if (fs::exists(target, ignored)) return {};
  TRY(make_directories(paths.directory));
  fs::path making;
  {
    const std::lock_guard lock(mutex_);
    making = scratch() / ("file." + std::to_string(::getpid()) + "." + std::to_string(++made_));
  }
  auto written = write_bytes(making, bytes);
  if (written) written = move_into_place(making, target);
  if (!written) ::unlink(making.c_str());
  return written;
}

struct ModuleStore::Unpacking {
  std::unique_ptr<Making> making;
  UniqueFd tree;
  UnpackedModule unpacked;
  std::uint64_t zip_bytes = 0;
};

Result<ModuleStore::Unpacking> ModuleStore::unpack(const ModuleVersion& module,
                                                   const ModuleBytes& zip) {
  Unpacking made;
  {
    const std::lock_guard guard(mutex_);
    made.making = std::make_unique<Making>(
        scratch() / ("module." + std::to_string(::getpid()) + "." + std::to_string(++made_)));
  }
  const fs::path& path = made.making->path();
  TRY(make_directories(path / "tree"));
  TRY(write_bytes(path / "zip", zip));
  made.tree = TRY(open_at(AT_FDCWD, path / "tree", O_RDONLY | O_DIRECTORY));
  const UniqueFd archive = TRY(open_at(AT_FDCWD, path / "zip", O_RDONLY));
  made.unpacked = TRY(unpack_module(archive.get(), module, made.tree.get()));

  struct stat status {};

  if (::fstat(archive.get(), &status) != 0) return Error::system("fstat a module's zip");
  made.zip_bytes = static_cast<std::uint64_t>(status.st_size);
  return made;
}

Result<void> ModuleStore::check(const ModuleVersion& module, const ModuleBytes& zip) {
  TRY(unpack(module, zip));
  return {};
}

Result<void> ModuleStore::add(const ModuleVersion& module, const ModuleBytes& zip,
                              const std::string& sum) {
  const Paths paths = paths_of(module);
  TRY(make_directories(paths.directory));
  const UniqueFd lock = TRY(lock_module(paths.file("lock"), LOCK_EX, O_RDWR | O_CREAT));
  std::error_code ignored;
  if (fs::exists(paths.tree, ignored)) {
    const auto kept = read_file(paths.file("ziphash"), 256);
    if (kept && *kept == sum) return {};
    return Error::caller(module.text() + ": the module proxy's answer has changed: it was " +
                         (kept ? *kept : "?") + ", and go.sum says " + sum);
  }
  const Unpacking made = TRY(unpack(module, zip));
  const UnpackedModule& unpacked = made.unpacked;
  if (unpacked.hash != sum) {
    return Error::caller(module.text() + ": checksum mismatch: what was downloaded is " +
                         unpacked.hash + ", and go.sum says " + sum);
  }

  const std::uint64_t bytes = unpacked.bytes + made.zip_bytes;
  const Making& making = *made.making;
  TRY(write_bytes(making.path() / "ziphash", {sum, -1}));
  // All of it is on the disk before any of it has its name.
  if (::syncfs(made.tree.get()) != 0) return Error::system("write a module to the disk");
  TRY(write_all(lock.get(), std::to_string(bytes)));
  TRY(move_into_place(making.path() / "zip", paths.file("zip")));
  TRY(move_into_place(making.path() / "ziphash", paths.file("ziphash")));
  TRY(make_directories(paths.tree.parent_path()));
  TRY(move_into_place(making.path() / "tree", paths.tree));
  const std::lock_guard guard(mutex_);
  bytes_ += bytes;
  return {};
}

std::optional<ModuleStore::Pin> ModuleStore::pin(const std::vector<ModuleVersion>& modules,
                                                 const std::vector<ModuleVersion>& mods) {
  Pin pin;
  auto all_mods = open_at(AT_FDCWD, root_ / kModsLock, O_RDWR | O_CREAT, 0644);
  if (!all_mods || !lock(all_mods->get(), LOCK_SH)) return std::nullopt;
  pin.push_back(std::make_shared<const UniqueFd>(std::move(*all_mods)));
  for (const ModuleVersion& mod : mods) {
    std::error_code ignored;
    if (!fs::exists(paths_of(mod).file("mod"), ignored)) return std::nullopt;
  }
  for (const ModuleVersion& module : modules) {
    const Paths paths = paths_of(module);
    std::shared_ptr<const UniqueFd> held;
    {
      const std::lock_guard guard(mutex_);
      if (const auto known = pins_.find(module); known != pins_.end()) held = known->second.lock();
    }
    if (!held) {
      auto file = lock_module(paths.file("lock"), LOCK_SH, O_RDONLY);
      if (!file) return std::nullopt;
      held = std::make_shared<const UniqueFd>(std::move(*file));
      const std::lock_guard guard(mutex_);
      std::erase_if(pins_, [](const auto& each) { return each.second.expired(); });
      pins_[module] = held;
    }
    std::error_code ignored;
    if (!fs::is_directory(paths.tree, ignored) || !fs::exists(paths.file("ziphash"), ignored)) {
      return std::nullopt;
    }
    ::futimens(held->get(), nullptr);
    pin.push_back(std::move(held));
  }
  return pin;
}

// By the lock files: each kept module has one.
std::vector<StoredModule> ModuleStore::scan() const {
  std::vector<StoredModule> found;
  const fs::path top = mod_cache() / "cache/download";
  std::error_code failure;
  fs::recursive_directory_iterator at(top, failure);
  for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
    const fs::path& path = at->path();
    if (path.extension() != kLockEnding) continue;
    const std::string below = path.lexically_relative(top);
    const std::size_t middle = below.rfind("/@v/");
    if (middle == std::string::npos) continue;
    const auto module = unescaped(below.substr(0, middle));
    const auto version =
        unescaped(below.substr(middle + 4, below.size() - middle - 4 - kLockEnding.size()));
    if (!module || !version || !is_module_path(*module) || !is_canonical_version(*version))
      continue;
    StoredModule stored;
    stored.module = {*module, *version};
    std::error_code ignored;
    const Paths paths = paths_of(stored.module);
    if (!fs::is_directory(paths.tree, ignored)) continue;

    struct stat status {};

    if (::stat(path.c_str(), &status) != 0) continue;
    stored.used = std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec);
    stored.bytes = number_in(path);
    if (auto sum = read_file(paths.file("ziphash"), 256)) stored.sum = std::move(*sum);
    found.push_back(std::move(stored));
  }
  return found;
}

std::vector<StoredModule> ModuleStore::list() const {
  auto modules = scan();
  std::sort(modules.begin(), modules.end(),
            [](const auto& a, const auto& b) { return a.module < b.module; });
  return modules;
}

// The directory first, whole, by one rename: then the module is not there, whatever comes next.
bool ModuleStore::evict(const ModuleVersion& module) {
  const Paths paths = paths_of(module);
  const auto file = open_at(AT_FDCWD, paths.file("lock"), O_RDWR);
  if (!file || !lock(file->get(), LOCK_EX | LOCK_NB)) return false;
  const Making gone(scratch() /
                    ("gone." + std::to_string(::getpid()) + "." + std::to_string(++made_)));
  if (::rename(paths.tree.c_str(), gone.path().c_str()) != 0 && errno != ENOENT) return false;
  for (const char* ending : {"zip", "ziphash", "info", "mod", "lock"}) {
    ::unlink(paths.file(ending).c_str());
  }
  return true;
}

void ModuleStore::trim() {
  const std::lock_guard guard(mutex_);
  if (bytes_ <= most_bytes_) return;
  auto modules = scan();
  bytes_ = 0;
  for (const StoredModule& each : modules) bytes_ += each.bytes;
  std::sort(modules.begin(), modules.end(),
            [](const auto& a, const auto& b) { return a.used < b.used; });
  for (const StoredModule& each : modules) {
    if (bytes_ <= most_bytes_) break;
    if (evict(each.module)) bytes_ -= std::min(bytes_, each.bytes);
  }
}

void ModuleStore::sweep_mods() const {
  const auto file = open_at(AT_FDCWD, root_ / kModsLock, O_RDWR | O_CREAT, 0644);
  if (!file || !lock(file->get(), LOCK_EX | LOCK_NB)) return;
  std::vector<fs::path> lone;
  std::error_code failure;
  for (fs::recursive_directory_iterator at(mod_cache() / "cache/download", failure);
       !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
    const fs::path& path = at->path();
    if (path.extension() != ".mod" && path.extension() != ".info") continue;
    fs::path zip = path;
    std::error_code ignored;
    if (!fs::exists(zip.replace_extension(".zip"), ignored)) lone.push_back(path);
  }
  if (lone.size() <= kMostMods) return;
  std::error_code ignored;
  for (const fs::path& path : lone) fs::remove(path, ignored);
}

// What a process that is no more was making. A living one's is younger, or is about to fail.
void ModuleStore::clean_scratch() const {
  std::error_code failure;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator at(scratch(), failure); !failure && at != fs::directory_iterator();
       at.increment(failure)) {
    std::error_code ignored;
    const std::string name = at->path().filename();
    const std::size_t first = name.find('.');
    const std::size_t second = name.find('.', first + 1);
    const auto pid = first == std::string::npos || second == std::string::npos
                         ? std::nullopt
                         : lone_number(name.substr(first + 1, second - first - 1));
    const bool alive = pid && ::kill(static_cast<pid_t>(*pid), 0) == 0;
    const bool recent = now - fs::last_write_time(at->path(), ignored) < kAbandoned;
    if (alive && recent) continue;
    fs::remove_all(at->path(), ignored);
  }
}

}  // namespace gobox::runner
