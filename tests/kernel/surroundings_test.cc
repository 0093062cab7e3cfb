// SPDX-License-Identifier: Apache-2.0

// What a program finds around it: files, processes, names and the network.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Files, OnlyWorkTmpAndShmCanBeWritten) {
  EXPECT_EQ(output_of({"try_writes", "/work", "/tmp", "/dev/shm"}),
            "/work: done\n/tmp: done\n/dev/shm: done\n");
  const std::vector<std::string> others = {"/",    "/usr",  "/bin",       "/lib",    "/etc",
                                           "/dev", "/proc", "/proc/self", "/usr/bin"};
  std::vector<std::string> words = {"try_writes"};
  words.insert(words.end(), others.begin(), others.end());
  const std::string answers = output_of(words);
  EXPECT_THAT(answers, Not(HasSubstr("done")));
  EXPECT_THAT(answers, HasSubstr("/: Read-only file system\n"));
  EXPECT_THAT(answers, HasSubstr("/usr: Read-only file system\n"));
}

TEST(Files, TheHostsOwnAreNotThere) {
  const std::string root = output_of({"/bin/ls", "/"});
  EXPECT_EQ(root, "bin\ndev\netc\nlib\nlib64\nproc\nprogram\nsbin\ntmp\nusr\nwork\n");
  EXPECT_EQ(run({"/bin/ls", "/etc/shadow"}).exit_code, 2);
  EXPECT_EQ(output_of({"/bin/ls", "/dev"}),
            "fd\nfull\nnull\nrandom\nshm\nstderr\nstdin\nstdout\nurandom\nzero\n");
}

TEST(Files, OneDiskLimitBoundsAllWritableFolders) {
  Trial trial;
  trial.policy.limits.disk_bytes = 8 << 20;
  const std::string filled =
      output_of({"fill_files", "/work", "/tmp", "/dev/shm"}, std::move(trial));
  EXPECT_THAT(filled,
              ::testing::AnyOf("7 No space left on device\n", "8 No space left on device\n"));
}

TEST(Files, TheNumberOfFilesIsBoundedToo) {
  Trial trial;
  trial.policy.limits.disk_inodes = 50;
  const sandbox::Ending ending =
      run({"/bin/sh", "-c", "i=0; while true > /tmp/$i; do i=$((i+1)); done 2>/dev/null; echo $i"},
          std::move(trial));
  EXPECT_LT(std::atoi(ending.text(false).c_str()), 50);
  EXPECT_GT(std::atoi(ending.text(false).c_str()), 30);
}

TEST(Processes, OnlyTheProgramsOwnAreVisible) {
  const std::string listed = output_of({"/bin/sh", "-c", "cd /proc && echo [0-9]* && echo $$"});
  const std::size_t end = listed.find('\n');
  EXPECT_EQ(listed.substr(0, end) + "\n", listed.substr(end + 1));
}

TEST(Processes, TheKernelsSettingsAreNotInProc) {
  const std::string listed = output_of({"/bin/sh", "-c", "cd /proc && echo [a-z]*"});
  EXPECT_EQ(listed, "self thread-self\n");
}

Trial showing_the_system() {
  Trial trial;
  trial.policy.proc = policies::ProcView::kSystem;
  trial.policy.limits.cpus = 1.5;
  trial.policy.limits.memory_bytes = 96 << 20;
  return trial;
}

TEST(Processes, ProcessorsAndMemoryAreTheSandboxsOwn) {
  EXPECT_EQ(output_of({"/bin/grep", "-c", "^processor", "/proc/cpuinfo"}, showing_the_system()),
            "2\n");
  EXPECT_EQ(output_of({"/bin/grep", "MemTotal", "/proc/meminfo"}, showing_the_system()),
            "MemTotal:          98304 kB\n");
  const std::string processors = output_of({"/bin/cat", "/proc/cpuinfo"}, showing_the_system());
  EXPECT_THAT(processors, Not(HasSubstr("MHz")));
}

// Whatever a kernel has there: names can be seen, and nothing behind them.
TEST(Processes, NothingElseOfTheSystemCanBeReadOrChanged) {
  const char* const kScript =
      "cd /proc || exit 1; for each in [a-z]*; do"
      "  case $each in cpuinfo|meminfo|self|thread-self|mounts|net) continue;; esac;"
      "  [ -d $each ] && { ls $each/* >/dev/null 2>&1 && echo \"listed $each\"; continue; };"
      "  head -c 1 $each >/dev/null 2>&1 && echo \"read $each\";"
      "done; for each in cpuinfo meminfo stat sys; do"
      "  { echo x > $each; } 2>/dev/null && echo \"wrote $each\";"
      "  chmod 777 $each 2>/dev/null && echo \"changed $each\";"
      "done; ls -d sys stat cpuinfo";
  EXPECT_EQ(output_of({"/bin/sh", "-c", kScript}, showing_the_system()), "cpuinfo\nstat\nsys\n");
  EXPECT_EQ(output_of({"/bin/sh", "-c",
                       "cat /proc/uptime /proc/sys/kernel/hostname 2>&1"
                       " | grep -c denied; true"},
                      showing_the_system()),
            "2\n");
}

TEST(Processes, TheFirstOneCannotBeReadOrKilled) {
  EXPECT_NE(run({"/bin/cat", "/proc/1/environ"}).exit_code, 0);
  EXPECT_NE(run({"/bin/sh", "-c", "kill -KILL 1"}).exit_code, 0);
}

TEST(Files, NamesOfPortsProtocolsAndTypesAreThereUnderEveryPolicy) {
  for (const char* policy : {"run", "strict-run", "compile"}) {
    Trial trial(stage_policy(policy));
    trial.policy.binds = stage_policy("run").binds;  // a shell to look with
    const std::string found =
        output_of({"/bin/sh", "-c",
                   "grep -h '^https 443/tcp' /etc/services; grep '^tcp ' /etc/protocols;"
                   "grep -o '^text/html' /etc/mime.types; tail -n 1 /etc/localtime"},
                  std::move(trial));
    EXPECT_EQ(found, "https 443/tcp\ntcp 6 TCP\ntext/html\nUTC0\n") << policy;
  }
}

TEST(Files, ThePolicysOwnTakeTheirPlace) {
  Trial trial;
  trial.more_binds.push_back(shown("/etc/passwd", "/etc/services"));
  EXPECT_EQ(output_of({"/usr/bin/head", "-c", "5", "/etc/services"}, std::move(trial)), "root:");
}

TEST(Names, TheHostNameIsTheSandboxs) {
  EXPECT_EQ(output_of({"/bin/uname", "-n"}), "sandbox\n");
}

std::string namespace_of(pid_t pid, const std::string& name) {
  std::error_code failure;
  const std::string link = "/proc/" + std::to_string(pid) + "/ns/" + name;
  std::string target = std::filesystem::read_symlink(link, failure).string();
  EXPECT_FALSE(failure) << link << ": " << failure.message();
  return target;
}

// The launcher stands in some of the namespaces that the next sandbox inherits. It reads a plan
// only after it has left those of the last: when two sandboxes are ready, the first is alone in its
// own.
TEST(Namespaces, NoSandboxSharesOneWithAnotherOrTheLauncher) {
  const auto first = prepare({});
  ASSERT_TRUE(first.has_value()) << first.error().message;
  const auto second = prepare({});
  ASSERT_TRUE(second.has_value()) << second.error().message;
  const auto members = (*first)->group().processes();
  ASSERT_TRUE(members.has_value()) << members.error().message;
  EXPECT_EQ(members->size(), 2U);
  for (const char* name : {"user", "pid", "mnt", "net", "ipc", "uts", "cgroup"}) {
    const std::string own = namespace_of((*first)->init_pid(), name);
    EXPECT_NE(own, namespace_of((*second)->init_pid(), name)) << name;
    EXPECT_NE(own, namespace_of(launcher().pid(), name)) << name;
    EXPECT_NE(own, namespace_of(::getpid(), name)) << name;
    for (const pid_t member : *members) {
      EXPECT_EQ(own, namespace_of(member, name)) << name;
    }
  }
}

// A listener of the host's on its loopback device.
class HostListener {
 public:
  HostListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(fd_.get(), generic, size), 0);
    EXPECT_EQ(::listen(fd_.get(), 1), 0);
    EXPECT_EQ(::getsockname(fd_.get(), generic, &size), 0);
    port_ = std::to_string(ntohs(address.sin_port));
  }

  const std::string& port() const { return port_; }

 private:
  UniqueFd fd_;
  std::string port_;
};

TEST(Network, LoopbackIsTheSandboxsOwn) {
  const HostListener host;
  EXPECT_EQ(output_of({"try_loopback", host.port()}),
            "interface lo up\nhost: Connection refused\nown: done\n");
}

TEST(Network, NoneHasNoWayOutOfItself) {
  const HostListener host;
  Trial trial;
  trial.policy.network = policies::Network::kNone;
  EXPECT_EQ(output_of({"try_loopback", host.port()}, std::move(trial)),
            "interface lo down\nhost: Network is unreachable\n");
}

}  // namespace
}  // namespace gobox::tests
