// SPDX-License-Identifier: Apache-2.0

// What happens when making a sandbox fails: each system call of the set-up is made to fail in turn.
// The answer is an error that names the step and its cause; nothing stays behind; the next run of
// the same process is fine.
//
// GOBOX_FAULTS=all tries every call with each of the five errors; without it each call of launcher,
// PID 1 and program gets one of them, and of the supervisor's calls every seventh.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <set>

#include "tests/attacks/driver_process.h"

namespace gobox::attacks {
namespace {

constexpr int kPatience = 60'000;  // milliseconds; a hang is a failure
const std::string kProgram = std::string(GOBOX_ATTACK_PROGRAMS) + "/driver/true";
constexpr int kErrors[] = {ENOMEM, EMFILE, EAGAIN, ENOSPC, EPERM};

// A process of ours, so many forks away from the command.
struct Part {
  const char* name;
  int depth;
  int step;                   // every so many calls, by default
  int fewest;                 // calls it is known to make at least
  std::set<long> harmless;    // calls whose failure need not end the run
  std::set<long> speechless;  // calls without which it cannot name its own failure
};

std::ostream& operator<<(std::ostream& out, const Part& part) {
  return out << part.name;
}

struct Course {
  pid_t command = -1;
  std::vector<std::string> lines;  // the driver's, one per run
  long injected = -1;              // number of the call; -1: there is no such call
  int status = -1;
};

Course inject(const Part& part, int nth, int error) {
  Course course;
  auto process =
      DriverProcess::start({GOBOX_ATTACK_INJECTOR, std::to_string(part.depth), std::to_string(nth),
                            std::to_string(error), GOBOX_ATTACK_DRIVER, kProgram, "2"});
  if (!process) {
    ADD_FAILURE() << process.error().message;
    return course;
  }
  while (const auto line = process->next_line(kPatience)) {
    if (line->rfind("command ", 0) == 0) {
      course.command = std::stoi(line->substr(8));
    } else if (line->rfind("injected ", 0) == 0) {
      course.injected = std::stol(line->substr(9));
    } else if (*line != "not reached") {
      course.lines.push_back(*line);
    }
  }
  course.status = process->wait(kPatience);
  return course;
}

bool is_error(const std::string& line) {
  return line.rfind("error: ", 0) == 0;
}

bool names(const std::string& line, int error) {
  return line.find(std::strerror(error)) != std::string::npos;
}

class FaultTest : public testing::TestWithParam<Part> {
 protected:
  static void expect_named(const Course& course, const std::string& line, int error) {
    const Part& part = GetParam();
    if (line == "exit 0") {
      EXPECT_TRUE(part.harmless.count(course.injected) != 0) << "the failure went unnoticed";
      return;
    }
    EXPECT_TRUE(is_error(line)) << line;
    EXPECT_TRUE(names(line, error) || part.speechless.count(course.injected) != 0) << line;
  }

  // The supervisor's own calls may fail in either run, the others' in the first.
  static void expect_sound(const Course& course, int error) {
    const Part& part = GetParam();
    ASSERT_NE(course.status, -1) << "hangs";
    ASSERT_FALSE(course.lines.empty()) << "says nothing";
    for (const std::string& line : course.lines) {
      EXPECT_TRUE(line == "exit 0" || is_error(line)) << line;
    }
    if (part.depth == 0) return;
    ASSERT_EQ(course.lines.size(), 2U);
    const bool second = part.depth == 1 && course.lines[0] == "exit 0";
    expect_named(course, course.lines[second ? 1 : 0], error);
    if (part.depth > 1) {
      EXPECT_EQ(course.lines[1], "exit 0") << "the next run";
    }
  }
};

TEST_P(FaultTest, OfAnyCallIsNamedAndLeavesNothing) {
  const Part& part = GetParam();
  const char* value = std::getenv("GOBOX_FAULTS");
  const bool all = value != nullptr && std::string(value) == "all";
  int injected = 0;
  int reached = 0;
  for (int nth = 1;; nth += all ? 1 : part.step) {
    bool any = false;
    for (int i = 0; i < (all ? 5 : 1); ++i) {
      const int error = kErrors[(nth / part.step + i) % 5];
      const Course course = inject(part, nth, error);
      if (HasFailure()) return;
      if (course.injected < 0) continue;
      any = true;
      ++injected;
      SCOPED_TRACE("call " + std::to_string(nth) + ", number " + std::to_string(course.injected) +
                   ", fails with " + std::strerror(error));
      expect_sound(course, error);
      EXPECT_EQ(left_of(course.command, 10'000), "");
    }
    if (!any) break;
    reached = nth;
  }
  EXPECT_GE(reached, part.fewest);
  std::cout << part.name << ": " << injected << " failures injected\n";
}

// Thread and memory set-up of libc: where the kernel refuses these, no program of any kind starts.
const std::set<long> kLibcStart = {SYS_set_robust_list, SYS_set_tid_address, SYS_rseq,
                                   SYS_prlimit64,       SYS_readlink,        SYS_getrandom};

std::set<long> with_libc_start(std::set<long> more) {
  more.insert(kLibcStart.begin(), kLibcStart.end());
  return more;
}

const Part kParts[] = {
    {"supervisor", 0, 7, 100, {}, {}},
    // execveat: the fork serves without the image; prctl: its name; open, fstat, read and geteuid:
    // which ids are ours to give, where the answer is "all" unless a container says otherwise;
    // unshare, socket and ioctl: what the next sandbox would inherit, which then makes its own;
    // pwrite: what is charged to nobody there, bounded where the host lets us; recvmsg is tried
    // again.
    {"launcher",
     1,
     1,
     40,
     with_libc_start({SYS_close, SYS_execveat, SYS_prctl, SYS_rt_sigaction, SYS_geteuid, SYS_openat,
                      SYS_newfstatat, SYS_read, SYS_pwrite64, SYS_unshare, SYS_socket, SYS_ioctl,
                      SYS_recvmsg}),
     {SYS_arch_prctl, SYS_mprotect}},
    // setsid: EPERM says that it leads a session already. wait4, waitid and sendmsg: how PID 1
    // tells of an end; without them its own death has to say so.
    {"init",
     2,
     1,
     80,
     {SYS_close, SYS_umask, SYS_setsid, SYS_wait4, SYS_waitid},
     {SYS_wait4, SYS_waitid, SYS_sendmsg}},
    {"program", 3, 1, 20, {SYS_close, SYS_umask}, {SYS_sendmsg, SYS_recvmsg}},
};

std::string name_of(const testing::TestParamInfo<Part>& part) {
  return part.param.name;
}

INSTANTIATE_TEST_SUITE_P(Each, FaultTest, testing::ValuesIn(kParts), name_of);

}  // namespace

}  // namespace gobox::attacks
