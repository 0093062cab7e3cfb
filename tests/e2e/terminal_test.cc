// SPDX-License-Identifier: Apache-2.0

// sandbox-run at a terminal: what is typed reaches the program line by line, Ctrl-D ends its input,
// Ctrl-C the run; what is typed for somebody else is left to them. pty(7), termios(3).

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::seconds kPatience{60};

enum class Job { kForeground, kBackground };

// In the child: the leader of the terminal's session, as a shell is, with the command as its job.
[[noreturn]] void be_shell(const std::vector<std::string>& words, Job job) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    ::signal(SIGTTOU, SIG_IGN);
    if (job == Job::kForeground) ::tcsetpgrp(STDIN_FILENO, ::getpid());
    ::signal(SIGTTOU, SIG_DFL);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, WUNTRACED);
  if (WIFSTOPPED(status)) {
    ::kill(-child, SIGKILL);
    ::_exit(99);
  }
  ::signal(SIGTTOU, SIG_IGN);
  ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
  // What is left is the shell's to read: it shows that it was.
  pollfd left{STDIN_FILENO, POLLIN, 0};
  while (::poll(&left, 1, 0) > 0) {
    char line[256] = {};
    const ssize_t count = ::read(STDIN_FILENO, line, sizeof line);
    if (count <= 0) break;
    const std::string said = "left:" + std::string(line, static_cast<std::size_t>(count));
    if (::write(STDOUT_FILENO, said.data(), said.size()) < 0) break;
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

class Terminal {
 public:
  explicit Terminal(const std::vector<std::string>& words, Job job = Job::kForeground) {
    int master = -1;
    shell_ = ::forkpty(&master, nullptr, nullptr, nullptr);
    if (shell_ == 0) be_shell(words, job);
    EXPECT_GT(shell_, 0);
    master_.reset(master);
  }

  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  ~Terminal() {
    if (shell_ > 0) ::kill(shell_, SIGKILL);
    if (shell_ > 0) ::waitpid(shell_, nullptr, 0);
  }

  void type(std::string_view keys) {
    ASSERT_EQ(::write(master_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }

  // Reads until the screen holds `text`.
  void await(const std::string& text) {
    while (screen_.find(text) == std::string::npos && read_some()) continue;
    ASSERT_THAT(screen_, HasSubstr(text));
  }

  // Reads to the end; the shell's status.
  int finish() {
    while (read_some()) continue;
    int status = 0;
    ::waitpid(shell_, &status, 0);
    shell_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  const std::string& screen() const { return screen_; }

 private:
  bool read_some() {
    pollfd wait{master_.get(), POLLIN, 0};
    const auto patience = std::chrono::milliseconds(kPatience).count();
    if (::poll(&wait, 1, static_cast<int>(patience)) <= 0) return false;
    char bytes[4096];
    const ssize_t count = ::read(master_.get(), bytes, sizeof bytes);
    if (count <= 0) return false;  // EIO: the last of those who had it open is gone
    screen_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  pid_t shell_ = -1;
  UniqueFd master_;
  std::string screen_;
};

std::vector<std::string> run_of(const ScratchDirectory& scratch, const std::string& statements,
                                const std::string& imports) {
  scratch.write("main.go", "package main\n\nimport (" + imports + ")\n\nfunc main() {\n" +
                               statements + "\n}\n");
  return {GOBOX_SANDBOX_RUN, scratch / "main.go"};
}

std::vector<std::string> asker(const ScratchDirectory& scratch) {
  return run_of(scratch,
                "in := bufio.NewScanner(os.Stdin)\nfmt.Println(\"name?\")\n"
                "for in.Scan() { fmt.Println(\"hello \" + in.Text()) }\nfmt.Println(\"bye\")",
                "\"bufio\"; \"fmt\"; \"os\"");
}

TEST(Terminal, AnswersAProgramThatAsks) {
  const ScratchDirectory scratch;
  Terminal terminal(asker(scratch));
  terminal.await("name?");
  terminal.type("Ann\n");
  terminal.await("hello Ann");
  terminal.type("Bob\n");
  terminal.await("hello Bob");
  terminal.type("\x04");
  terminal.await("bye");
  EXPECT_EQ(terminal.finish(), 0) << terminal.screen();
}

TEST(Terminal, FeedsACommandToo) {
  Terminal terminal({GOBOX_SANDBOX_RUN, "exec", "--", "/bin/cat"});
  terminal.type("one\n\x04");
  EXPECT_EQ(terminal.finish(), 0) << terminal.screen();
  EXPECT_THAT(terminal.screen(), HasSubstr("one\r\none\r\n"));  // the echo, and the answer
}

TEST(Terminal, EndsTheRunAtCtrlC) {
  const ScratchDirectory scratch;
  Terminal terminal(asker(scratch));
  terminal.await("name?");
  terminal.type("\x03");
  EXPECT_EQ(terminal.finish(), 128 + SIGINT) << terminal.screen();
  EXPECT_THAT(terminal.screen(), Not(HasSubstr("bye")));
}

TEST(Terminal, LeavesToOthersWhatWasTypedAhead) {
  const ScratchDirectory scratch;
  Terminal terminal(run_of(scratch, "fmt.Println(\"deaf\")", "\"fmt\""));
  terminal.type("one\ntwo\n");
  EXPECT_EQ(terminal.finish(), 0) << terminal.screen();
  EXPECT_THAT(terminal.screen(), HasSubstr("deaf"));
  EXPECT_THAT(terminal.screen(), HasSubstr("left:two"));
}

// A read of the terminal would stop the job.
TEST(Terminal, RunsInTheBackgroundAndAsksTheTerminalNothing) {
  const ScratchDirectory scratch;
  Terminal terminal(run_of(scratch, "time.Sleep(300 * time.Millisecond)\nfmt.Println(\"done\")",
                           "\"fmt\"; \"time\""),
                    Job::kBackground);
  terminal.type("ls\n");
  EXPECT_EQ(terminal.finish(), 0) << terminal.screen();
  EXPECT_THAT(terminal.screen(), HasSubstr("done"));
  EXPECT_THAT(terminal.screen(), HasSubstr("left:ls"));
}

}  // namespace
}  // namespace gobox::tests
