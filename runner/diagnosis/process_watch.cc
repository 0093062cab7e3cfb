// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/process_watch.h"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "base/file.h"
#include "runner/diagnosis/stack_frame.h"
#include "sandbox/living_thread.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxLookedAt = 32;  // a crowd is not worth its price
constexpr std::size_t kMaxKept = 512;

// "PID (NAME) STATE ..."; the name may hold anything, blanks and parentheses included.
std::string name_of(pid_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat", 1 << 13);
  if (!text) return {};
  const std::size_t open = text->find('(');
  const std::size_t close = text->rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  std::string_view name = std::string_view(*text).substr(open + 1, close - open - 1);
  // A program started from a descriptor: newer kernels name the file, older ones the descriptor.
  if (name.starts_with("memfd:")) name.remove_prefix(6);
  if (parse_decimal(name)) return "main";
  return printable(name, kLongestName);
}

// "SIZE RESIDENT SHARED ...", in pages; a program's own file, mapped, is no memory of its group.
std::uint64_t own_bytes_in(const std::string& directory) {
  const auto text = read_file(directory + "/statm", 1 << 13);
  if (!text) return 0;
  std::istringstream fields(*text);
  std::uint64_t size = 0, resident = 0, shared = 0;
  fields >> size >> resident >> shared;
  if (!fields || shared > resident) return 0;
  return (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t own_bytes_of(pid_t pid) {
  const std::uint64_t bytes = own_bytes_in("/proc/" + std::to_string(pid));
  if (bytes > 0) return bytes;
  const pid_t thread = sandbox::living_thread(pid);
  return thread == 0 || thread == pid ? 0 : own_bytes_in(sandbox::thread_directory(pid, thread));
}

}  // namespace

void ProcessWatch::look(const std::vector<pid_t>& pids) {
  ++looks_;
  for (std::size_t i = 0; i < std::min(pids.size(), kMaxLookedAt); ++i) look_at(pids[i]);
}

void ProcessWatch::look_at(pid_t pid) {
  const std::string name = pid > 0 ? name_of(pid) : std::string();
  if (name.empty()) return;
  const auto key = std::pair(pid, name);
  auto known = figures_.find(key);
  if (known == figures_.end()) {
    if (figures_.size() >= kMaxKept) return;
    ProcessFigure figure{.name = name, .package = {}, .own_bytes = 0, .order = 0};
    if (detail_ == Detail::kPackages) {
      const auto line = read_file("/proc/" + std::to_string(pid) + "/cmdline", 1 << 20);
      if (line) figure.package = package_of_tool(*line);
    }
    known = figures_.emplace(key, std::move(figure)).first;
  }
  const std::uint64_t bytes = own_bytes_of(pid);
  if (bytes < known->second.own_bytes) return;
  known->second.own_bytes = bytes;
  known->second.order = looks_;
}

std::vector<ProcessFigure> ProcessWatch::largest(std::size_t count) const {
  std::vector<ProcessFigure> list;
  for (const auto& [key, figure] : figures_) {
    // Nothing but kernel and C library memory: PID 1 of the sandbox, and what has not executed yet.
    if (figure.own_bytes > 0) list.push_back(figure);
  }
  std::stable_sort(list.begin(), list.end(), [](const ProcessFigure& a, const ProcessFigure& b) {
    return a.own_bytes > b.own_bytes;
  });
  if (list.size() > count) list.resize(count);
  return list;
}

std::string package_of_tool(std::string_view command_line) {
  bool is_value = false;
  while (!command_line.empty()) {
    const std::size_t end = command_line.find('\0');
    const std::string_view word = command_line.substr(0, end);
    if (is_value) return printable(word, kLongestName);
    is_value = word == "-p";
    if (end == std::string_view::npos) break;
    command_line.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace gobox::runner
