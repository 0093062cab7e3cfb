// SPDX-License-Identifier: Apache-2.0

#include "tests/support/command.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "base/file.h"
#include "gtest/gtest.h"

namespace gobox::tests {
namespace {

constexpr auto kOutputPatience = std::chrono::seconds(60);
constexpr auto kPatience = std::chrono::minutes(15);

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

Pipe make_pipe() {
  int fds[2] = {-1, -1};
  EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> merged_environment(const std::vector<std::string>& more) {
  std::vector<std::string> merged;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string variable = *each;
    const std::string name = variable.substr(0, variable.find('=') + 1);
    bool replaced = false;
    for (const std::string& other : more) replaced = replaced || other.rfind(name, 0) == 0;
    if (!replaced) merged.push_back(variable);
  }
  merged.insert(merged.end(), more.begin(), more.end());
  return merged;
}

// Between fork and exec: everything was laid out before, for other threads may hold locks.
[[noreturn]] void become(char* const* arguments, char* const* environment, const int streams[3],
                         const CommandOptions& options) {
  for (int target = 0; target < 3; ++target) ::dup2(streams[target], target);
  const bool placed = options.directory.empty() || ::chdir(options.directory.c_str()) == 0;
  bool switched = true;
  if (options.user) {
    switched = ::setgroups(0, nullptr) == 0 &&
               ::setresgid(*options.user, *options.user, *options.user) == 0 &&
               ::setresuid(*options.user, *options.user, *options.user) == 0;
  }
  if (placed && switched) ::execvpe(arguments[0], arguments, environment);
  const char* const sentence = ::strerrordesc_np(errno);
  static_cast<void>(!::write(2, sentence, std::strlen(sentence)));
  ::_exit(126);
}

}  // namespace

ChildProcess ChildProcess::start(const std::vector<std::string>& arguments,
                                 const CommandOptions& options) {
  ChildProcess child;
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  UniqueFd input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!options.input.empty()) {
    auto file = sealed_memory_file("input", options.input);
    EXPECT_TRUE(file.has_value());
    if (file) input = std::move(*file);
  }
  const auto variables = merged_environment(options.environment);
  const auto argument_pointers = pointers_to(arguments);
  const auto environment_pointers = pointers_to(variables);
  const int streams[3] = {input.get(), out.writer.get(), err.writer.get()};
  child.start_ = std::chrono::steady_clock::now();
  child.result_.pid = ::fork();
  if (child.result_.pid == 0) {
    become(argument_pointers.data(), environment_pointers.data(), streams, options);
  }
  EXPECT_GT(child.result_.pid, 0) << "fork for " << arguments[0];
  child.out_ = std::move(out.reader);
  child.err_ = std::move(err.reader);
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      start_(other.start_),
      result_(std::exchange(other.result_, CommandResult{})) {}

ChildProcess::~ChildProcess() {
  if (result_.pid <= 0 || result_.status || result_.signal) return;
  ::kill(result_.pid, SIGKILL);
  ::waitpid(result_.pid, nullptr, 0);
}

void ChildProcess::signal(int number) const {
  EXPECT_EQ(::kill(result_.pid, number), 0);
}

bool ChildProcess::read_some(std::chrono::milliseconds patience) {
  pollfd fds[2] = {{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
  if (!out_ && !err_) return false;
  if (::poll(fds, 2, static_cast<int>(patience.count())) <= 0) return false;
  UniqueFd* const streams[2] = {&out_, &err_};
  std::string* const texts[2] = {&result_.out, &result_.err};
  for (int i = 0; i < 2; ++i) {
    if (fds[i].revents == 0) continue;
    char buffer[65536];
    const ssize_t count = ::read(fds[i].fd, buffer, sizeof buffer);
    if (count > 0) {
      texts[i]->append(buffer, static_cast<std::size_t>(count));
    } else {
      streams[i]->reset();
    }
  }
  return true;
}

bool ChildProcess::wait_for_output(const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + kOutputPatience;
  while (result_.out.find(text) == std::string::npos) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !read_some(left)) return false;
  }
  return true;
}

CommandResult ChildProcess::wait() {
  while (out_ || err_) {
    const auto used = std::chrono::steady_clock::now() - start_;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(kPatience - used);
    if (left.count() > 0 && read_some(left)) continue;
    ADD_FAILURE() << "process " << result_.pid << " does not end";
    ::kill(result_.pid, SIGKILL);
    break;
  }
  int status = 0;
  rusage usage{};
  while (::wait4(result_.pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  result_.cpu = std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  result_.wall = std::chrono::steady_clock::now() - start_;
  if (WIFEXITED(status)) result_.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
  return result_;
}

CommandResult run_command(const std::vector<std::string>& arguments,
                          const CommandOptions& options) {
  return ChildProcess::start(arguments, options).wait();
}

}  // namespace gobox::tests
