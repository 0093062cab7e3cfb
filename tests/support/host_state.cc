// SPDX-License-Identifier: Apache-2.0

#include "tests/support/host_state.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>
#include <thread>

#include "base/file.h"
#include "gtest/gtest.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;

struct Process {
  pid_t parent = 0;
  std::string text;
};

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "4242 (name) S 1 ..."; the name may hold anything (proc(5)).
bool parse_stat(const std::string& stat, Process& process) {
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 4 > stat.size()) {
    return false;
  }
  process.text =
      stat.substr(0, open) + stat.substr(open + 1, close - open - 1) + " (" + stat[close + 2] + ")";
  process.parent = static_cast<pid_t>(std::strtol(stat.c_str() + close + 3, nullptr, 10));
  return true;
}

std::map<pid_t, Process> all_processes() {
  std::map<pid_t, Process> processes;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (!is_number(name)) continue;
    const auto stat = read_file("/proc/" + name + "/stat");
    Process process;
    if (stat && parse_stat(*stat, process)) {
      processes[static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10))] = process;
    }
  }
  return processes;
}

bool descends(const std::map<pid_t, Process>& processes, pid_t pid, pid_t ancestor) {
  for (int step = 0; step < 1000; ++step) {
    const auto found = processes.find(pid);
    if (found == processes.end()) return false;
    if (found->second.parent == ancestor) return true;
    pid = found->second.parent;
  }
  return false;
}

std::string link_target(const std::string& path) {
  std::error_code ignored;
  return fs::read_symlink(path, ignored).string();
}

std::vector<std::string> own_descriptors() {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd", ignored)) {
    const std::string target = link_target(entry.path());
    // The directory being read is open too.
    if (target != "/proc/" + std::to_string(::getpid()) + "/fd") names.push_back(target);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

void PrintTo(const HostState& state, std::ostream* out) {
  const auto list = [out](const char* title, const std::vector<std::string>& lines) {
    *out << title << " (" << lines.size() << "):";
    for (const std::string& line : lines) *out << "\n  " << line;
    *out << "\n";
  };
  list("processes", state.processes);
  list("descriptors", state.descriptors);
  *out << "network namespaces: " << state.network_namespaces << "\n";
  *out << "mounts: " << state.mounts.size() << "\n";
}

void become_subreaper() {
  EXPECT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
}

void reap_orphans() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

HostState host_state() {
  HostState state;
  std::set<std::string> namespaces;
  const std::string own = link_target("/proc/self/ns/net");
  const auto processes = all_processes();
  for (const auto& [pid, process] : processes) {
    if (!descends(processes, pid, ::getpid())) continue;
    state.processes.push_back(process.text);
    const std::string net = link_target("/proc/" + std::to_string(pid) + "/ns/net");
    if (!net.empty() && net != own) namespaces.insert(net);
  }
  state.network_namespaces = namespaces.size();
  state.descriptors = own_descriptors();
  const auto mounts = read_file("/proc/self/mountinfo");
  if (mounts) state.mounts = lines_of(*mounts);
  return state;
}

std::vector<std::string> groups_of(pid_t supervisor) {
  return groups_of(std::set<pid_t>{supervisor});
}

std::vector<std::string> groups_of(const std::set<pid_t>& supervisors) {
  std::vector<std::string> groups;
  const std::string prefix = "gobox.";  // gobox.PID.NUMBER
  std::error_code ignored;
  auto entry = fs::recursive_directory_iterator("/sys/fs/cgroup", ignored);
  for (; entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
    if (!entry->is_directory(ignored)) continue;
    const std::string name = entry->path().filename();
    if (name.rfind(prefix, 0) != 0) continue;
    const long pid = std::strtol(name.c_str() + prefix.size(), nullptr, 10);
    if (supervisors.count(static_cast<pid_t>(pid)) != 0) groups.push_back(entry->path());
  }
  return groups;
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace gobox::tests
