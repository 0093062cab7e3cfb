// SPDX-License-Identifier: Apache-2.0

#include "tests/attacks/host_state.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "base/file.h"

namespace gobox::attacks {
namespace {

namespace fs = std::filesystem;

// Sandboxes are given ids from here on (sandbox/inside/launcher_process.cc).
constexpr long long kFirstSandboxId = 0x70000000;

std::string text_of(const std::string& path) {
  const auto text = read_file(path);
  return text ? *text : std::string();
}

std::string names_in(const std::string& directory, const std::string& containing) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(directory, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.find(containing) != std::string::npos) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  std::string joined;
  for (const std::string& name : names) joined += name + "\n";
  return joined;
}

// Leaves of our instance: a group that outlived its sandbox.
std::string leaves_of(const std::vector<std::string>& directories) {
  std::string leaves;
  for (const std::string& directory : directories) {
    std::error_code error;
    for (fs::directory_iterator at(directory, error); !error && at != fs::directory_iterator();
         at.increment(error)) {
      if (at->is_directory(error)) leaves += at->path().string() + "\n";
    }
  }
  return leaves;
}

// Processes that run under such ids and whose ancestor we are: theirs are the pid namespaces below
// our launcher.
std::string sandboxed_children() {
  std::string found;
  std::map<int, int> parents;
  std::map<int, bool> strange;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::istringstream status(text_of("/proc/" + name + "/status"));
    const int pid = std::stoi(name);
    for (std::string key; status >> key;) {
      if (key == "PPid:") status >> parents[pid];
      if (key == "Uid:") {
        long long id = 0;
        status >> id;
        strange[pid] = id >= kFirstSandboxId;
      }
    }
  }
  for (const auto& [pid, is_strange] : strange) {
    if (!is_strange) continue;
    for (int at = pid; at > 1; at = parents.count(at) != 0 ? parents[at] : 0) {
      if (at == ::getpid()) found += std::to_string(pid) + "\n";
    }
  }
  return found;
}

// One line per mount, without those another sandbox of ours may be making in its own namespace:
// /proc/self/mounts is our namespace alone.
std::string mounts() {
  return text_of("/proc/self/mounts");
}

std::string device_times() {
  std::string times;
  for (const char* path : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}) {
    struct stat status {};

    if (::stat(path, &status) != 0) continue;
    times += std::string(path) + " " + std::to_string(status.st_mode) + "\n";
  }
  return times;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

// The objects of /proc/sysvipc/FILE that belong to an id of ours: other tenants come and go. The
// first line names the columns.
std::string sandboxed_ipc(const std::string& file) {
  std::istringstream lines(text_of("/proc/sysvipc/" + file));
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> names = words_of(line);
  std::string found;
  while (std::getline(lines, line)) {
    const std::vector<std::string> values = words_of(line);
    for (std::size_t i = 0; i < std::min(names.size(), values.size()); ++i) {
      const bool owner = names[i] == "uid" || names[i] == "cuid";
      if (owner && std::stoll(values[i]) >= kFirstSandboxId) found += line + "\n";
    }
  }
  return found;
}

Nanoseconds clock_offset() {
  timespec wall{};
  timespec boot{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  ::clock_gettime(CLOCK_MONOTONIC, &boot);
  return std::chrono::seconds(wall.tv_sec - boot.tv_sec) + Nanoseconds(wall.tv_nsec - boot.tv_nsec);
}

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

HostState look_at_host(const std::vector<std::string>& group_directories) {
  HostState state;
  state.facts["processes of sandboxes"] = sandboxed_children();
  state.facts["control groups"] = leaves_of(group_directories);
  state.facts["mounts"] = mounts();
  state.facts["marked files in /tmp"] = names_in("/tmp", "gobox-attack");
  state.facts["marked files in /dev/shm"] = names_in("/dev/shm", "gobox-attack");
  state.facts["marked files in /"] = names_in("/", "gobox-attack");
  state.facts["descriptors"] = std::to_string(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
  state.facts["device nodes"] = device_times();
  state.facts["host name"] = host_name();
  state.facts["core pattern"] = text_of("/proc/sys/kernel/core_pattern");
  state.facts["System V memory"] = sandboxed_ipc("shm");
  state.facts["System V queues"] = sandboxed_ipc("msg");
  state.facts["interfaces"] = names_in("/sys/class/net", "");
  state.clock_offset = clock_offset();
  return state;
}

std::vector<std::string> differences(const HostState& before, const HostState& after) {
  std::vector<std::string> found;
  for (const auto& [name, value] : before.facts) {
    const auto now = after.facts.find(name);
    if (now == after.facts.end() || now->second == value) continue;
    found.push_back(name + " were:\n" + value + "and are:\n" + now->second);
  }
  const auto moved = after.clock_offset - before.clock_offset;
  // The clock is disciplined; a program that sets it does not stop at milliseconds.
  if (moved > std::chrono::milliseconds(200) || moved < -std::chrono::milliseconds(200)) {
    found.push_back("the wall clock moved by " + format_duration(moved));
  }
  return found;
}

}  // namespace gobox::attacks
