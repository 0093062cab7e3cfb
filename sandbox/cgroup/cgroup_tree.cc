// SPDX-License-Identifier: Apache-2.0

#include "sandbox/cgroup/cgroup_tree.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "base/file.h"

namespace gobox::sandbox {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kSweepPatience = std::chrono::seconds(2);  // for all that the dead left, together
constexpr std::string_view kPrefix = "gobox.";
constexpr int kMaxAttempts = 1000;

// What helps against a control group that is not ours to write. systemd delegates cgroup v2 only.
std::string remedy_for(CgroupMode mode) {
  if (::geteuid() == 0) {
    return "make the control groups writable here: in a container they must be mounted read-write";
  }
  const std::string delegate =
      "run below a delegated group: systemd-run --user --scope -p Delegate=yes -- COMMAND";
  if (mode == CgroupMode::kUnified) return delegate + " (or as root)";
  return "run as root; or boot with systemd.unified_cgroup_hierarchy=1, as cgroup v1 is not "
         "delegated, and " +
         delegate;
}

std::string instance_name() {
  std::random_device random;
  return std::string(kPrefix) + std::to_string(::getpid()) + "." + std::to_string(random());
}

// Asks for each controller the group above offers; one at a time, so that one refusal (cpu with
// realtime tasks about: EINVAL) does not cost the others.
Result<void> enable_controllers(const std::string& directory) {
  const std::string offered = TRY(read_file(directory + "/cgroup.controllers"));
  const std::string enabled = TRY(read_file(directory + "/cgroup.subtree_control"));
  for (const char* controller : {"memory", "pids", "cpu"}) {
    if (!has_word(offered, controller) || has_word(enabled, controller)) continue;
    TRY(write_file_at(AT_FDCWD, directory + "/cgroup.subtree_control",
                      std::string("+") + controller));
  }
  return {};
}

// cgroup v2 lets a group with processes hand out no controllers. Where we are the only one in ours
// (a delegated scope), step down into a leaf of it.
Result<void> step_down(const std::string& directory) {
  const std::string members = TRY(read_file(directory + "/cgroup.procs"));
  const std::string own = std::to_string(::getpid());
  if (members != own + "\n") return Error::host(directory + " holds other processes");
  const std::string leaf = directory + "/gobox-supervisor";
  if (::mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) return Error::system("mkdir " + leaf);
  return write_file_at(AT_FDCWD, leaf + "/cgroup.procs", own);
}

// A base must let us make groups and hand them memory, pids and cpu.
Result<void> try_unified_base(const std::string& directory, bool ours) {
  if (::access(directory.c_str(), W_OK) != 0) return Error::system("make groups in " + directory);
  auto enabled = enable_controllers(directory);
  if (enabled || !ours || enabled.error().errno_value != EBUSY) return enabled;
  TRY(step_down(directory));
  return enable_controllers(directory);
}

void kill_members(const std::string& directory) {
  const auto text = read_file(directory + "/cgroup.procs");
  if (!text) return;
  const char* at = text->data();
  const char* const end = at + text->size();
  while (at < end) {
    pid_t pid = 0;
    const auto [next, failure] = std::from_chars(at, end, pid);
    if (failure != std::errc()) return;
    if (pid > 1) ::kill(pid, SIGKILL);
    at = next + 1;
  }
}

bool try_to_remove_instance(const std::string& directory) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (!entry.is_directory(ignored)) continue;
    kill_members(entry.path());
    ::rmdir(entry.path().c_str());
  }
  kill_members(directory);
  return ::rmdir(directory.c_str()) == 0 || errno != EBUSY;
}

// Removes one dead instance's directory with its leaves. The killed take a moment to leave their
// group (the kernel has no event for v1's directories); what is busy at the deadline, a task in an
// uninterruptible sleep, is left for the next sweep.
void remove_instance(const std::string& directory, Clock::time_point deadline) {
  constexpr auto kLongestPause = std::chrono::milliseconds(20);
  auto pause = std::chrono::milliseconds(1);
  while (!try_to_remove_instance(directory) && Clock::now() < deadline) {
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

// The lock, when nobody holds it.
UniqueFd lock_directory(const std::string& directory) {
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
  return fd;
}

// A removed directory can still be locked by whoever opened it before.
bool is_still_at(const UniqueFd& directory, const std::string& path) {
  struct stat open {};

  struct stat there {};

  return ::fstat(directory.get(), &open) == 0 && ::stat(path.c_str(), &there) == 0 &&
         open.st_ino == there.st_ino && open.st_dev == there.st_dev;
}

std::vector<std::string> instances_in(const std::string& base) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(base, ignored)) {
    const std::string name = entry.path().filename();
    if (name.rfind(kPrefix, 0) == 0) names.push_back(name);
  }
  return names;
}

Error refusal(const MissingRight& missing) {
  return Error::host("this host cannot enforce the " + missing.what + " (" + missing.why + "); " +
                     missing.remedy);
}

}  // namespace

Result<std::unique_ptr<CgroupTree>> CgroupTree::open(Degraded degraded) {
  std::unique_ptr<CgroupTree> tree(new CgroupTree);
  const CgroupLayout layout = TRY(read_cgroup_layout());
  auto chosen = tree->choose_places(layout);
  if (!chosen && degraded == Degraded::kRefuse) return std::move(chosen).error();
  tree->note_missing();
  if (!tree->missing_.empty() && degraded == Degraded::kRefuse) {
    return refusal(tree->missing_.front());
  }
  if (tree->places_.empty()) return tree;
  tree->sweep();
  TRY(tree->make_instance());
  return tree;
}

Result<void> CgroupTree::choose_places(const CgroupLayout& layout) {
  std::string controllers;
  if (layout.unified) {
    controllers = read_file(layout.unified->own_directory + "/cgroup.controllers").has_value()
                      ? *read_file(layout.unified->own_directory + "/cgroup.controllers")
                      : std::string();
  }
  mode_ = layout.mode(controllers);
  if (mode_ == CgroupMode::kUnified) return choose_unified(*layout.unified);
  choose_legacy(layout);
  return {};
}

Result<void> CgroupTree::choose_unified(const HierarchyPlace& place) {
  auto chosen = try_unified_base(place.own_directory, true);
  std::string base = place.own_directory;
  if (!chosen && ::geteuid() == 0 && base != place.mount_point) {
    base = place.mount_point;
    chosen = try_unified_base(base, false);
  }
  if (!chosen) {
    missing_.push_back({"memory, process and CPU limits",
                        "no control group is delegated to us: " + chosen.error().message,
                        remedy_for(mode_)});
    return refusal(missing_.front());
  }
  const std::string enabled = TRY(read_file(base + "/cgroup.subtree_control"));
  places_.push_back({.base = base,
                     .unified = true,
                     .memory = has_word(enabled, "memory"),
                     .pids = has_word(enabled, "pids"),
                     .cpu = has_word(enabled, "cpu"),
                     .cpuacct = true});
  return {};
}

void CgroupTree::choose_legacy(const CgroupLayout& layout) {
  const auto usable = [](const HierarchyPlace* place) {
    return place != nullptr && ::access(place->own_directory.c_str(), W_OK) == 0;
  };
  const auto place_at = [this](const HierarchyPlace& place) -> Place& {
    for (Place& known : places_) {
      if (known.base == place.own_directory) return known;
    }
    return places_.emplace_back(Place{.base = place.own_directory});
  };
  if (layout.unified && usable(&*layout.unified)) {
    Place& place = place_at(*layout.unified);
    place.unified = true;
    place.cpuacct = true;  // cpu.stat counts time without any controller
  }
  if (usable(layout.legacy_of("memory"))) place_at(*layout.legacy_of("memory")).memory = true;
  if (usable(layout.legacy_of("pids"))) place_at(*layout.legacy_of("pids")).pids = true;
  if (usable(layout.legacy_of("cpu"))) place_at(*layout.legacy_of("cpu")).cpu = true;
  const bool counted =
      std::any_of(places_.begin(), places_.end(), [](const Place& p) { return p.cpuacct; });
  if (!counted && usable(layout.legacy_of("cpuacct"))) {
    place_at(*layout.legacy_of("cpuacct")).cpuacct = true;
  }
}

void CgroupTree::note_missing() {
  const auto have = [this](bool Place::*controller) {
    return std::any_of(places_.begin(), places_.end(),
                       [controller](const Place& place) { return place.*controller; });
  };
  if (!missing_.empty()) return;
  const char* why = "no control group with that controller is ours to write";
  const std::string remedy = remedy_for(mode_);
  if (!have(&Place::memory)) missing_.push_back({"memory limit", why, remedy});
  if (!have(&Place::pids)) missing_.push_back({"process limit", why, remedy});
  if (!have(&Place::cpu)) missing_.push_back({"CPU bandwidth limit", why, remedy});
  if (!have(&Place::cpuacct)) missing_.push_back({"CPU time limit", why, remedy});
}

void CgroupTree::sweep() const {
  const auto deadline = Clock::now() + kSweepPatience;
  for (const Place& place : places_) {
    for (const std::string& name : instances_in(place.base)) sweep_name(name, deadline);
  }
}

void CgroupTree::sweep_name(const std::string& name, Clock::time_point deadline) const {
  std::vector<std::string> directories;
  std::vector<UniqueFd> locks;
  for (const Place& place : places_) {
    const std::string path = place.base + "/" + name;
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) continue;
    UniqueFd lock = lock_directory(path);
    if (!lock) return;  // alive, or not ours to judge
    locks.push_back(std::move(lock));
    directories.push_back(path);
  }
  for (const std::string& directory : directories) remove_instance(directory, deadline);
}

// False: between making and locking one, an instance that starts beside us took it for a dead
// one's.
Result<bool> CgroupTree::make_locked_directories(const std::string& name) {
  for (const Place& place : places_) {
    const std::string path = place.base + "/" + name;
    if (::mkdir(path.c_str(), 0755) != 0) return Error::system("make control group " + path);
    instance_paths_.push_back(path);
    locks_.push_back(lock_directory(path));
    if (!locks_.back() || !is_still_at(locks_.back(), path)) return false;
  }
  return true;
}

void CgroupTree::give_up_directories() {
  for (const std::string& path : instance_paths_) ::rmdir(path.c_str());
  instance_paths_.clear();
  locks_.clear();
}

Result<void> CgroupTree::make_instance() {
  int attempt = 0;
  while (!TRY(make_locked_directories(instance_name()))) {
    give_up_directories();
    if (++attempt == kMaxAttempts) {
      return Error::host("every control group made in " + places_.front().base +
                         " is swept by another instance");
    }
  }
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].unified && places_[i].memory) TRY(enable_controllers(instance_paths_[i]));
  }
  return {};
}

Result<ControlGroup> CgroupTree::create(const GroupLimits& limits) {
  const std::string name = std::to_string(next_leaf_.fetch_add(1));
  std::vector<GroupDirectory> directories;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
    GroupDirectory group{.path = instance_paths_[i] + "/" + name,
                         .directory = {},
                         .counters = {},
                         .unified = place.unified,
                         .memory = place.memory,
                         .pids = place.pids,
                         .cpu = place.cpu,
                         .cpuacct = place.cpuacct};
    auto made = [&]() -> Result<UniqueFd> {
      if (::mkdir(group.path.c_str(), 0755) != 0) return Error::system("make " + group.path);
      return open_at(AT_FDCWD, group.path, O_RDONLY | O_DIRECTORY);
    }();
    if (!made) {
      for (const GroupDirectory& earlier : directories) ::rmdir(earlier.path.c_str());
      ::rmdir(group.path.c_str());
      return std::move(made).error();
    }
    group.directory = std::move(*made);
    directories.push_back(std::move(group));
  }
  return ControlGroup::adopt(std::move(directories), limits);
}

std::size_t CgroupTree::groups_alive() const {
  if (instance_paths_.empty()) return 0;
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(instance_paths_.front(), ignored)) {
    if (entry.is_directory(ignored)) ++count;
  }
  return count;
}

// A kernel short of memory may refuse even this for a moment; what stays is the next start's to
// sweep.
CgroupTree::~CgroupTree() {
  constexpr int kMaxTries = 3;
  for (const std::string& path : instance_paths_) {
    int tries = 0;
    while (::rmdir(path.c_str()) != 0 && errno != ENOENT && ++tries < kMaxTries) continue;
  }
}

}  // namespace gobox::sandbox
