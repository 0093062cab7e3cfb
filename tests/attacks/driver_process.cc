// SPDX-License-Identifier: Apache-2.0

#include "tests/attacks/driver_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace gobox::attacks {
namespace {

namespace fs = std::filesystem;

bool readable(int fd, int patience_ms) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, patience_ms) > 0;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<pid_t> all_processes() {
  std::vector<pid_t> pids;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos) pids.push_back(std::stoi(name));
  }
  return pids;
}

// A dead process waiting for its parent has no group any more, so it does not count.
std::string left_now(const std::string& mark) {
  std::string left;
  for (const pid_t pid : all_processes()) {
    if (text_of("/proc/" + std::to_string(pid) + "/cgroup").find(mark) != std::string::npos) {
      left += "process " + std::to_string(pid) + "\n";
    }
  }
  return left;
}

std::string groups_now(const std::string& mark) {
  std::string left;
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string device;
    std::string place;
    std::string type;
    fields >> device >> place >> type;
    if (type != "cgroup" && type != "cgroup2") continue;
    std::error_code error;
    for (fs::recursive_directory_iterator at(place, error);
         !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      if (at.depth() > 3) at.disable_recursion_pending();
      if (at->path().filename().string().rfind(mark, 0) == 0) left += at->path().string() + "\n";
    }
  }
  return left;
}

}  // namespace

Result<DriverProcess> DriverProcess::start(const std::vector<std::string>& command) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return Error::system("pipe2");
  UniqueFd output(fds[0]);
  const UniqueFd writer(fds[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int failure =
      ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return Error::system("start " + command[0], failure);
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  return DriverProcess(pid, std::move(pidfd), std::move(output));
}

DriverProcess::DriverProcess(DriverProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      output_(std::move(other.output_)),
      buffer_(std::move(other.buffer_)) {}

DriverProcess::~DriverProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::optional<std::string> DriverProcess::next_line(int patience_ms) {
  for (;;) {
    const std::size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    char bytes[4096];
    if (!readable(output_.get(), patience_ms)) return std::nullopt;
    const ssize_t count = ::read(output_.get(), bytes, sizeof bytes);
    if (count <= 0) return std::nullopt;
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }
}

int DriverProcess::wait(int patience_ms) {
  if (!readable(pidfd_.get(), patience_ms)) return -1;
  int status = -1;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return status;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  const std::string wanted = "PPid:\t" + std::to_string(pid) + "\n";
  for (const pid_t each : all_processes()) {
    if (text_of("/proc/" + std::to_string(each) + "/status").find(wanted) != std::string::npos) {
      children.push_back(each);
    }
  }
  return children;
}

std::string left_of(pid_t driver, int patience_ms) {
  const std::string mark = "gobox." + std::to_string(driver) + ".";
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  for (;;) {
    std::string left = left_now(mark) + groups_now(mark);
    if (left.empty() || std::chrono::steady_clock::now() > give_up) return left;
    std::this_thread::yield();
  }
}

}  // namespace gobox::attacks
