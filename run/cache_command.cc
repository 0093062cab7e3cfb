// SPDX-License-Identifier: Apache-2.0

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>

#include "base/quantity.h"
#include "run/command.h"
#include "run/report.h"
#include "run/session.h"
#include "runner/golang/starter_library.h"
#include "runner/modules/module_service.h"

namespace gobox::run {
namespace {

namespace fs = std::filesystem;

// A directory of what is kept, as a person reads about it.
struct Kept {
  fs::path path;
  std::string what;
  bool in_use = true;  // by a toolchain of this host and this version
};

// What it takes on disk. A file with several names counts for the first that is met: layers share
// the prepared libraries' files.
class Sizes {
 public:
  std::uint64_t of(const fs::path& path) {
    std::uint64_t bytes = 0;
    std::error_code failure;
    fs::recursive_directory_iterator at(path, failure);
    for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
      struct stat status {};

      if (::lstat(at->path().c_str(), &status) != 0) continue;  // it went meanwhile
      const bool counted = status.st_nlink > 1 && !S_ISDIR(status.st_mode) &&
                           !seen_.insert({status.st_dev, status.st_ino}).second;
      if (!counted) bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
    }
    return bytes;
  }

 private:
  std::set<std::pair<dev_t, ino_t>> seen_;
};

std::set<fs::path> used_libraries(const runner::GoCaches& caches) {
  std::set<fs::path> used;
  const auto toolchains = find_toolchains();
  if (!toolchains) return used;  // without a toolchain nothing is
  for (const runner::Toolchain& toolchain : *toolchains) {
    for (const auto variant : runner::kCacheVariants) {
      if (const auto found = caches.find(toolchain, variant)) used.insert(*found);
    }
    if (const auto found = caches.find(toolchain, runner::kStarterLibrary)) used.insert(*found);
  }
  return used;
}

std::vector<Kept> kept_below(const runner::GoCaches& caches) {
  std::vector<Kept> all;
  const std::set<fs::path> used = used_libraries(caches);
  std::error_code failure;
  for (fs::directory_iterator at(caches.root(), failure);
       !failure && at != fs::directory_iterator(); at.increment(failure)) {
    const std::string name = at->path().filename();
    if (name.starts_with("go")) {
      all.push_back({at->path(), "standard library " + name, used.contains(at->path())});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Kept& one, const Kept& other) { return one.what < other.what; });
  all.push_back({caches.root() / "layers", "compiled packages of modules"});
  all.push_back({runner::default_module_directory(caches.root()), "modules"});
  all.push_back({caches.root() / "tests", "compiled tests"});
  all.push_back({caches.root() / "filters", "compiled system call filters"});
  std::error_code ignored;
  std::erase_if(all, [&](const Kept& each) { return !fs::is_directory(each.path, ignored); });
  return all;
}

int show(const std::vector<Kept>& all) {
  Sizes sizes;
  std::uint64_t total = 0;
  for (const Kept& each : all) {
    const std::uint64_t bytes = sizes.of(each.path);
    total += bytes;
    std::printf("%12s  %s%s\n", format_size(bytes).c_str(), each.what.c_str(),
                each.in_use ? "" : ", not used any more: sandbox-run cache trim");
  }
  std::printf("%12s  in all\n", format_size(total).c_str());
  return 0;
}

// Taken out of its place first: nobody finds half of it.
Result<void> remove_whole(const fs::path& path) {
  const fs::path going = path.string() + ".going";
  std::error_code failure;
  fs::rename(path, going, failure);
  if (failure) return Error::host("rename " + path.string() + ": " + failure.message());
  fs::remove_all(going, failure);
  if (failure) return Error::host("remove " + going.string() + ": " + failure.message());
  return {};
}

int remove_some(const std::vector<Kept>& all, bool everything) {
  Sizes sizes;
  std::uint64_t freed = 0;
  for (const Kept& each : all) {
    if (each.in_use && !everything) continue;
    const std::uint64_t bytes = sizes.of(each.path);
    if (const auto removed = remove_whole(each.path); !removed) return fail(removed.error());
    freed += bytes;
    std::printf("removed: %s\n", each.what.c_str());
  }
  std::printf("freed: %s\n", format_size(freed).c_str());
  return 0;
}

}  // namespace

int cache_command(const Words& words) {
  const runner::GoCaches caches(runner::GoCaches::default_root());
  const std::vector<Kept> all = kept_below(caches);
  if (words.empty()) return show(all);
  if (words.size() == 1 && (words[0] == "trim" || words[0] == "clean")) {
    // Nobody prepares meanwhile.
    const auto lock = caches.try_lock();
    if (!lock) return fail(lock.error());
    return remove_some(all, words[0] == "clean");
  }
  return fail(Error::caller("cache [trim | clean]"));
}

}  // namespace gobox::run
