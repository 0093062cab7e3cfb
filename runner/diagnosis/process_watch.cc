#include "runner/diagnosis/process_watch.h"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "base/file.h"
#include "runner/diagnosis/stack_frame.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kMostLookedAt = 32;  // a crowd is not worth its price
constexpr std::size_t kMostKept = 512;
constexpr int kResidentField = 24;  // of /proc/PID/stat, in pages

struct ProcessStat {
  std::string name;
  std::uint64_t resident_bytes = 0;
};

// "PID (NAME) STATE ..."; the name may hold anything, blanks and parentheses included.
bool read_stat(pid_t pid, ProcessStat& stat) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat", 1 << 13);
  if (!text) return false;
  const std::size_t open = text->find('(');
  const std::size_t close = text->rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return false;
  stat.name = printable(std::string_view(*text).substr(open + 1, close - open - 1), 32);
  std::istringstream fields(text->substr(close + 1));
  std::string skipped;
  for (int field = 3; field < kResidentField; ++field) fields >> skipped;
  std::uint64_t pages = 0;
  fields >> pages;
  stat.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return true;
}

}  // namespace

void ProcessWatch::look(const std::vector<pid_t>& pids) {
  ++looks_;
  for (std::size_t i = 0; i < std::min(pids.size(), kMostLookedAt); ++i) look_at(pids[i]);
}

void ProcessWatch::look_at(pid_t pid) {
  ProcessStat stat;
  if (pid <= 0 || !read_stat(pid, stat)) return;
  const auto key = std::pair(pid, stat.name);
  auto known = figures_.find(key);
  if (known == figures_.end()) {
    if (figures_.size() >= kMostKept) return;
    ProcessFigure figure{.name = stat.name, .package = {}, .resident_bytes = 0, .order = 0};
    if (detail_ == Detail::kPackages) {
      const auto line = read_file("/proc/" + std::to_string(pid) + "/cmdline", 1 << 20);
      if (line) figure.package = package_of_tool(*line);
    }
    known = figures_.emplace(key, std::move(figure)).first;
  }
  if (stat.resident_bytes < known->second.resident_bytes) return;
  known->second.resident_bytes = stat.resident_bytes;
  known->second.order = looks_;
}

std::vector<ProcessFigure> ProcessWatch::largest(std::size_t count) const {
  std::vector<ProcessFigure> list;
  for (const auto& [key, figure] : figures_) {
    // Nothing but kernel and C library memory: PID 1 of the sandbox, and what has not executed yet.
    if (figure.resident_bytes > 0) list.push_back(figure);
  }
  std::stable_sort(list.begin(), list.end(), [](const ProcessFigure& a, const ProcessFigure& b) {
    return a.resident_bytes > b.resident_bytes;
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
