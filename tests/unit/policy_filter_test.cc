// SPDX-License-Identifier: Apache-2.0

// What the shipped policies mean to the kernel: each stage policy is compiled with libseccomp and
// shortened, and the program is interpreted call by call. No right is needed and nothing is loaded.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "policies/conditions.h"
#include "policies/directory.h"
#include "policies/loader.h"
#include "sandbox/seccomp/range_search.h"
#include "tests/unit/interpret.h"

namespace gobox::policies {
namespace {

using Arguments = std::array<std::uint64_t, 6>;
using Program = std::vector<sock_filter>;
using tests::interpret;

constexpr std::uint32_t kAllowed = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kReported = SECCOMP_RET_USER_NOTIF;

std::uint32_t fails(int error) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

scmp_arg_cmp comparison(const ArgumentTest& test) {
  switch (test.op) {
    case ArgumentTest::Op::kEqual:
      return {test.index, SCMP_CMP_EQ, test.value, 0};
    case ArgumentTest::Op::kNotEqual:
      return {test.index, SCMP_CMP_NE, test.value, 0};
    case ArgumentTest::Op::kMaskedEqual:
      return {test.index, SCMP_CMP_MASKED_EQ, test.mask, test.value};
    case ArgumentTest::Op::kLess:
      return {test.index, SCMP_CMP_LT, test.value, 0};
    case ArgumentTest::Op::kGreaterEqual:
      return {test.index, SCMP_CMP_GE, test.value, 0};
  }
  return {};
}

std::uint32_t action(const SyscallRule& rule, const Seccomp& seccomp) {
  switch (rule.action) {
    case SyscallRule::Action::kAllow:
      return SCMP_ACT_ALLOW;
    case SyscallRule::Action::kErrno:
      return SCMP_ACT_ERRNO(static_cast<std::uint32_t>(rule.errno_value));
    case SyscallRule::Action::kSucceed:
      return SCMP_ACT_ERRNO(0);
    case SyscallRule::Action::kAsk:
      return SCMP_ACT_NOTIFY;
    case SyscallRule::Action::kForbid:
      break;
  }
  return seccomp.on_forbidden == Seccomp::OnForbidden::kReport ? SCMP_ACT_NOTIFY
                                                               : SCMP_ACT_ERRNO(EPERM);
}

Program exported(scmp_filter_ctx context) {
  const int fd = memfd_create("filter", MFD_CLOEXEC);
  EXPECT_EQ(seccomp_export_bpf(context, fd), 0);
  const auto size = static_cast<std::size_t>(lseek(fd, 0, SEEK_END));
  Program program(size / sizeof(sock_filter));
  EXPECT_EQ(pread(fd, program.data(), size, 0), static_cast<ssize_t>(size));
  close(fd);
  return program;
}

// Compiles in file order, and expects libseccomp to take every rule.
Program compile(const Seccomp& seccomp) {
  // Level 6 knows user notification whatever kernel the test runs on; nothing is loaded.
  const unsigned level = seccomp_api_get();
  EXPECT_EQ(seccomp_api_set(6), 0);
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> context(
      seccomp_init(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(seccomp.default_errno))),
      seccomp_release);
  for (const SyscallRule& rule : seccomp.rules) {
    std::vector<scmp_arg_cmp> tests;
    for (const ArgumentTest& test : rule.when) tests.push_back(comparison(test));
    for (const std::string& call : rule.calls) {
      const int number = seccomp_syscall_resolve_name(call.c_str());
      const int failed = seccomp_rule_add_array(context.get(), action(rule, seccomp), number,
                                                static_cast<unsigned>(tests.size()), tests.data());
      EXPECT_EQ(failed, 0) << call << ": " << rule.comment;
    }
  }
  Program program = sandbox::searched_by_ranges(exported(context.get()));
  // The level belongs to the process, which has other tests.
  EXPECT_EQ(seccomp_api_set(level), 0);
  return program;
}

const PolicySet& shipped() {
  static const Result<PolicySet> kSet = PolicySet::load(find_policy_dir().value());
  if (!kSet) ADD_FAILURE() << kSet.error().message;
  return kSet.value();
}

class Filter {
 public:
  explicit Filter(const std::string& policy)
      : seccomp_(shipped().stage(policy).value().seccomp), program_(compile(seccomp_)) {}

  std::uint32_t operator()(long call, Arguments arguments = {}) const {
    seccomp_data data{};
    data.nr = static_cast<int>(call);
    data.arch = AUDIT_ARCH_X86_64;
    std::copy(arguments.begin(), arguments.end(), data.args);
    return interpret(program_, data);
  }

  std::uint32_t operator()(const std::string& name, Arguments arguments = {}) const {
    return (*this)(seccomp_syscall_resolve_name(name.c_str()), arguments);
  }

  const Seccomp& seccomp() const { return seccomp_; }

  const Program& program() const { return program_; }

 private:
  Seccomp seccomp_;
  Program program_;
};

class EveryStage : public testing::TestWithParam<std::string> {
 protected:
  Filter filter_{GetParam()};

  std::uint32_t forbidden() const {
    const bool report = filter_.seccomp().on_forbidden == Seccomp::OnForbidden::kReport;
    return report ? kReported : fails(EPERM);
  }
};

// By name, not by what the folder lists: policy_test.cc proves that these are all.
INSTANTIATE_TEST_SUITE_P(Policies, EveryStage,
                         testing::Values("base", "compile", "vet", "run", "test", "race-compile",
                                         "race-run", "strict-run", "ci-compile", "ci-run"));

TEST_P(EveryStage, AllowsOrdinaryCalls) {
  for (const char* call : {"read", "write", "openat", "mmap", "futex", "execve", "exit_group",
                           "getrandom", "epoll_pwait", "prctl", "setuid"}) {
    EXPECT_EQ(filter_(call), kAllowed) << call;
  }
}

// Toolchains lock what they share, and whole projects may; other programs must neither be seen nor
// see through files that the host and other sandboxes use too: locks are the supervisor's to grant.
constexpr std::uint64_t kSetLock = 6;
constexpr std::uint64_t kGetLock = 5;
constexpr std::uint64_t kGetOpenFileLock = 36;

TEST_P(EveryStage, KeepsLocksAndWatchesFromProgramsButNotFromToolchains) {
  const std::set<std::string> private_to_the_run = {"run", "test", "race-run", "strict-run"};
  const bool refused = private_to_the_run.contains(GetParam());
  EXPECT_EQ(filter_("flock"), refused ? kReported : kAllowed);
  for (const char* call : {"inotify_init", "inotify_init1", "inotify_add_watch"}) {
    EXPECT_EQ(filter_(call), refused ? fails(ENOSYS) : kAllowed) << call;
  }
  constexpr std::uint64_t kNotYetKnown = 1060;
  for (std::uint64_t high : {0ULL, 1ULL << 32}) {
    for (const std::uint64_t command :
         {std::uint64_t{F_NOTIFY}, std::uint64_t{F_SETLEASE}, std::uint64_t{F_GET_RW_HINT},
          std::uint64_t{F_SET_RW_HINT}, kNotYetKnown}) {
      EXPECT_EQ(filter_("fcntl", {0, command | high}), refused ? fails(EINVAL) : kAllowed)
          << command;
    }
    for (const std::uint64_t command : {kGetLock, kGetOpenFileLock}) {
      EXPECT_EQ(filter_("fcntl", {0, command | high}), refused ? kReported : kAllowed) << command;
    }
    for (const std::uint64_t command :
         {kSetLock, std::uint64_t{F_DUPFD}, std::uint64_t{F_GETFD}, std::uint64_t{F_SETFD},
          std::uint64_t{F_GETFL}, std::uint64_t{F_SETFL}, std::uint64_t{F_DUPFD_CLOEXEC},
          std::uint64_t{F_SETPIPE_SZ}, std::uint64_t{F_GETPIPE_SZ}, std::uint64_t{F_ADD_SEALS},
          std::uint64_t{F_GET_SEALS}}) {
      EXPECT_EQ(filter_("fcntl", {0, command | high}), kAllowed) << command;
    }
  }
}

TEST_P(EveryStage, ForbidsTheDangerousByName) {
  for (const char* call : {"mount",
                           "umount2",
                           "pivot_root",
                           "chroot",
                           "fsopen",
                           "fsconfig",
                           "fsmount",
                           "fspick",
                           "move_mount",
                           "open_tree",
                           "mount_setattr",
                           "setns",
                           "unshare",
                           "ptrace",
                           "process_vm_readv",
                           "process_vm_writev",
                           "process_madvise",
                           "pidfd_getfd",
                           "bpf",
                           "perf_event_open",
                           "userfaultfd",
                           "io_uring_setup",
                           "io_uring_enter",
                           "io_uring_register",
                           "keyctl",
                           "add_key",
                           "request_key",
                           "kexec_load",
                           "kexec_file_load",
                           "init_module",
                           "finit_module",
                           "delete_module",
                           "open_by_handle_at",
                           "fanotify_init",
                           "quotactl",
                           "quotactl_fd",
                           "swapon",
                           "swapoff",
                           "reboot",
                           "acct",
                           "settimeofday",
                           "clock_settime",
                           "adjtimex",
                           "clock_adjtime",
                           "syslog",
                           "vmsplice",
                           "move_pages",
                           "migrate_pages",
                           "modify_ldt",
                           "iopl",
                           "ioperm",
                           "sethostname",
                           "setdomainname",
                           "lookup_dcookie",
                           "vhangup"}) {
    EXPECT_EQ(filter_(call), forbidden()) << call;
  }
}

TEST_P(EveryStage, AnswersUnknownCallsWithEnosys) {
  EXPECT_EQ(filter_(9999), fails(ENOSYS));
  EXPECT_EQ(filter_("io_setup"), fails(ENOSYS));
  EXPECT_EQ(filter_("clone3"), fails(ENOSYS));
}

TEST_P(EveryStage, KillsForeignArchitecturesAndX32) {
  constexpr std::uint32_t kKilled = SECCOMP_RET_KILL_THREAD;  // libseccomp's default for these
  constexpr long kX32 = 0x40000000;
  seccomp_data data{};
  data.arch = AUDIT_ARCH_I386;
  EXPECT_EQ(interpret(filter_.program(), data), kKilled);
  EXPECT_EQ(filter_(kX32 | SYS_read), kKilled);
}

TEST_P(EveryStage, AllowsCloneWithoutNamespacesOnly) {
  constexpr std::uint64_t kThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                                    CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS;
  EXPECT_EQ(filter_("clone", {kThread}), kAllowed);
  EXPECT_EQ(filter_("clone", {CLONE_VFORK | CLONE_VM | CLONE_PIDFD | SIGCHLD}), kAllowed);
  constexpr std::array<std::uint64_t, 7> kNamespaces = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
                                                        CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
                                                        CLONE_NEWNET};
  for (std::uint64_t flag : kNamespaces) {
    EXPECT_EQ(filter_("clone", {flag}), forbidden()) << flag;
    EXPECT_EQ(filter_("clone", {flag | kThread}), forbidden()) << flag;
    EXPECT_EQ(filter_("clone", {flag | 1ULL << 40}), forbidden()) << flag;
  }
  EXPECT_EQ(filter_("clone", {CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID}), forbidden());
}

TEST_P(EveryStage, AllowsSocketsThatStayInside) {
  constexpr std::uint64_t kFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  EXPECT_EQ(filter_("socket", {AF_UNIX, SOCK_STREAM | kFlags, 0}), kAllowed);
  EXPECT_EQ(filter_("socket", {AF_UNIX, SOCK_SEQPACKET, 0}), kAllowed);
  EXPECT_EQ(filter_("socket", {AF_INET, SOCK_STREAM | kFlags, 0}), kAllowed);
  EXPECT_EQ(filter_("socket", {AF_INET6, SOCK_STREAM, IPPROTO_TCP}), kAllowed);
  EXPECT_EQ(filter_("socket", {AF_INET, SOCK_DGRAM | kFlags, IPPROTO_UDP}), kAllowed);
  // Bounded in number.
  EXPECT_EQ(filter_("socket", {AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE}), kReported);
  EXPECT_EQ(filter_("socketpair", {AF_UNIX, SOCK_STREAM, 0}), kAllowed);
}

TEST_P(EveryStage, RefusesOtherSocketsWithTheKernelsOwnErrors) {
  for (std::uint64_t family = 0; family < 128; ++family) {
    const bool known = family == AF_UNIX || family == AF_INET || family == AF_INET6;
    if (known || family == AF_NETLINK) continue;
    EXPECT_EQ(filter_("socket", {family, SOCK_STREAM, 0}), fails(EAFNOSUPPORT)) << family;
  }
  EXPECT_EQ(filter_("socket", {AF_VSOCK | 1ULL << 32, SOCK_STREAM, 0}), fails(EAFNOSUPPORT));
  EXPECT_EQ(filter_("socket", {AF_NETLINK, SOCK_RAW, NETLINK_AUDIT}), fails(EAFNOSUPPORT));
  EXPECT_EQ(filter_("socket", {AF_INET, SOCK_STREAM, IPPROTO_MPTCP}), fails(EPROTONOSUPPORT));
  EXPECT_EQ(filter_("socket", {AF_INET6, SOCK_STREAM, IPPROTO_SCTP}), fails(EPROTONOSUPPORT));
  EXPECT_EQ(filter_("socket", {AF_INET, SOCK_DGRAM, 115}), fails(EPROTONOSUPPORT));
  EXPECT_EQ(filter_("socketpair", {AF_INET, SOCK_STREAM, 0}), fails(EAFNOSUPPORT));
}

TEST_P(EveryStage, ForbidsRawSockets) {
  for (std::uint64_t family : std::initializer_list<std::uint64_t>{AF_INET, AF_INET6}) {
    EXPECT_EQ(filter_("socket", {family, SOCK_RAW, IPPROTO_ICMP}), forbidden());
    EXPECT_EQ(filter_("socket", {family, SOCK_RAW | SOCK_CLOEXEC, 255}), forbidden());
    EXPECT_EQ(filter_("socket", {family | 1ULL << 33, SOCK_RAW | 1ULL << 40, 1}), forbidden());
    EXPECT_EQ(filter_("socket", {family, SOCK_PACKET, 0}), forbidden());
  }
}

TEST_P(EveryStage, ForbidsTypingIntoTerminalsWhateverTheHighBits) {
  constexpr std::uint64_t kTiocsti = 0x5412;
  constexpr std::uint64_t kTioclinux = 0x541c;
  constexpr std::uint64_t kTcgets = 0x5401;
  for (std::uint64_t high : {0ULL, 1ULL << 32, 1ULL << 63, 0xffffffff00000000ULL}) {
    EXPECT_EQ(filter_("ioctl", {0, kTiocsti | high}), forbidden()) << high;
    EXPECT_EQ(filter_("ioctl", {0, kTioclinux | high}), forbidden()) << high;
    EXPECT_EQ(filter_("ioctl", {0, kTcgets | high}), kAllowed) << high;
  }
}

TEST_P(EveryStage, MakesFifosButNoDevices) {
  EXPECT_EQ(filter_("mknod", {0, S_IFIFO | 0644}), kAllowed);
  EXPECT_EQ(filter_("mknodat", {0, 0, S_IFREG | 0644}), kAllowed);
  EXPECT_EQ(filter_("mknodat", {0, 0, S_IFSOCK}), kAllowed);
  EXPECT_EQ(filter_("mknod", {0, S_IFBLK | 0644}), forbidden());
  EXPECT_EQ(filter_("mknodat", {0, 0, S_IFCHR | 0644}), forbidden());
}

TEST_P(EveryStage, LetsPersonalityAskButNotChange) {
  EXPECT_EQ(filter_("personality", {0}), kAllowed);
  EXPECT_EQ(filter_("personality", {0xffffffff}), kAllowed);
  EXPECT_EQ(filter_("personality", {~0ULL}), kAllowed);
  EXPECT_EQ(filter_("personality", {0x0400000}), forbidden());
  EXPECT_EQ(filter_("personality", {8}), forbidden());
  const bool race = GetParam() == "race-run";
  EXPECT_EQ(filter_("personality", {0x0040000}), race ? kAllowed : forbidden());
}

// One budget of the whole host holds every filter's machine code (net.core.bpf_jit_limit).
TEST_P(EveryStage, LetsNobodyUseUpTheHostsMemoryForFilters) {
  constexpr std::uint64_t kSetSeccomp = 22;
  for (std::uint64_t high : {0ULL, 1ULL << 32}) {
    EXPECT_EQ(filter_("seccomp", {SECCOMP_SET_MODE_FILTER | high, SECCOMP_FILTER_FLAG_TSYNC}),
              fails(EINVAL));
    EXPECT_EQ(filter_("prctl", {kSetSeccomp | high, SECCOMP_MODE_FILTER}), fails(EINVAL));
    for (const std::uint64_t option :
         {std::uint64_t{SO_ATTACH_FILTER}, std::uint64_t{SO_ATTACH_BPF},
          std::uint64_t{SO_ATTACH_REUSEPORT_CBPF}, std::uint64_t{SO_ATTACH_REUSEPORT_EBPF}}) {
      EXPECT_EQ(filter_("setsockopt", {3, SOL_SOCKET | high, option | high}), fails(EPERM));
    }
  }
  EXPECT_EQ(filter_("seccomp", {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER}),
            forbidden());
  EXPECT_EQ(filter_("seccomp", {SECCOMP_GET_ACTION_AVAIL, 0}), kAllowed);
  EXPECT_EQ(filter_("setsockopt", {3, SOL_SOCKET, SO_DETACH_FILTER}), kAllowed);
}

// What waits to be accepted and who has joined a group is charged to nobody.
TEST_P(EveryStage, HidesNothingInSocketsThatNobodyIsChargedFor) {
  constexpr std::array<std::uint64_t, 4> kJoinsOfV4 = {35, 39, 42, 46};
  constexpr std::array<std::uint64_t, 4> kJoinsOfV6 = {20, 27, 42, 46};
  constexpr std::uint64_t kFlowLabel = 32;
  EXPECT_EQ(filter_("listen", {3, 128}), kReported);
  for (std::uint64_t high : {0ULL, 1ULL << 32}) {
    for (const std::uint64_t option : {std::uint64_t{SO_RCVBUF}, std::uint64_t{SO_RCVLOWAT}}) {
      EXPECT_EQ(filter_("setsockopt", {3, SOL_SOCKET | high, option | high}), kReported);
    }
    for (const std::uint64_t option : kJoinsOfV4) {
      EXPECT_EQ(filter_("setsockopt", {3, high, option | high}), fails(ENODEV)) << option;
    }
    for (const std::uint64_t option : kJoinsOfV6) {
      EXPECT_EQ(filter_("setsockopt", {3, IPPROTO_IPV6 | high, option | high}), fails(ENODEV))
          << option;
    }
    EXPECT_EQ(filter_("setsockopt", {3, IPPROTO_IPV6 | high, kFlowLabel}), fails(ENOBUFS));
  }
  EXPECT_EQ(filter_("setsockopt", {3, SOL_SOCKET, SO_SNDBUF}), kAllowed);
  EXPECT_EQ(filter_("setsockopt", {3, IPPROTO_IPV6, IPV6_V6ONLY}), kAllowed);
}

// The kernel starts modprobe and core handlers as root, outside.
TEST_P(EveryStage, HasNoHelperOfTheKernelStarted) {
  constexpr std::array<std::uint64_t, 6> kBridgeAndVlan = {0x8940, 0x8941, 0x89a0,
                                                           0x89a1, 0x8982, 0x8983};
  for (const std::uint64_t request : kBridgeAndVlan) {
    EXPECT_EQ(filter_("ioctl", {3, request}), fails(EPERM)) << request;
    EXPECT_EQ(filter_("ioctl", {3, request | 1ULL << 32}), fails(EPERM)) << request;
  }
  constexpr std::uint64_t kInterfaceList = 0x8912;
  EXPECT_EQ(filter_("ioctl", {3, kInterfaceList}), kAllowed);
  for (const std::uint64_t hash : {14ULL, 32ULL, 38ULL}) {
    EXPECT_EQ(filter_("setsockopt", {3, IPPROTO_TCP, hash}), fails(ENOPROTOOPT)) << hash;
  }
  EXPECT_EQ(filter_("setsockopt", {3, IPPROTO_TCP, 1}), kAllowed);
  for (std::uint64_t family : std::initializer_list<std::uint64_t>{AF_INET, AF_INET6}) {
    for (std::uint64_t protocol = 0; protocol < 300; ++protocol) {
      const bool tcp = protocol == 0 || protocol == IPPROTO_TCP;
      const bool ping = protocol == IPPROTO_ICMP && family == AF_INET;
      const bool udp = protocol == 0 || protocol == IPPROTO_UDP || ping;
      EXPECT_EQ(filter_("socket", {family, SOCK_STREAM, protocol}),
                tcp ? kAllowed : fails(EPROTONOSUPPORT))
          << protocol;
      EXPECT_EQ(filter_("socket", {family, SOCK_DGRAM, protocol}),
                udp ? kAllowed : fails(EPROTONOSUPPORT))
          << protocol;
    }
  }
}

TEST_P(EveryStage, KeepsTheCoreLimitAndLeavesTheOthers) {
  constexpr std::uint64_t kPointer = 0x7fff00001000;
  for (std::uint64_t resource = 0; resource < 16; ++resource) {
    const bool core = resource == RLIMIT_CORE;
    EXPECT_EQ(filter_("prlimit64", {0, resource, 0, kPointer}), kAllowed) << resource;
    EXPECT_EQ(filter_("prlimit64", {0, resource, kPointer, 0}), core ? fails(EPERM) : kAllowed);
    EXPECT_EQ(filter_("setrlimit", {resource, kPointer}), core ? fails(EPERM) : kAllowed);
    EXPECT_EQ(filter_("getrlimit", {resource, kPointer}), kAllowed);
  }
  EXPECT_EQ(filter_("prlimit64", {0, RLIMIT_CORE | 1ULL << 32, kPointer, 0}), fails(EPERM));
}

TEST_P(EveryStage, PutsNoOtherProtocolOnAConnection) {
  constexpr std::uint64_t kUpperLayer = 31;
  EXPECT_EQ(filter_("setsockopt", {3, IPPROTO_TCP, kUpperLayer}), fails(ENOPROTOOPT));
  EXPECT_EQ(filter_("setsockopt", {3, IPPROTO_TCP, kUpperLayer | 1ULL << 32}), fails(ENOPROTOOPT));
  EXPECT_EQ(filter_("setsockopt", {3, SOL_SOCKET, SO_REUSEADDR}), kAllowed);
}

TEST_P(EveryStage, SparesTheHostsDisksAndUncountedAttributes) {
  EXPECT_EQ(filter_("sync"), fails(EPERM));
  EXPECT_EQ(filter_("syncfs"), fails(EPERM));
  EXPECT_EQ(filter_("setxattr"), fails(ENOTSUP));
  for (const char* call : {"fsync", "fdatasync", "msync", "sync_file_range"}) {
    EXPECT_EQ(filter_(call), fails(0)) << call;
  }
}

TEST_P(EveryStage, LeavesTheHostsPageCacheAlone) {
  constexpr std::uint64_t kNoWait = 8;
  for (std::uint64_t high : {0ULL, 1ULL << 32}) {
    EXPECT_EQ(filter_("fadvise64", {3, 0, 0, POSIX_FADV_DONTNEED | high}), fails(EPERM));
    EXPECT_EQ(filter_("fadvise64", {3, 0, 0, POSIX_FADV_SEQUENTIAL | high}), kAllowed);
    EXPECT_EQ(filter_("preadv2", {3, 0, 1, 0, 0, kNoWait | high}), fails(ENOTSUP));
    EXPECT_EQ(filter_("preadv2", {3, 0, 1, 0, 0, high}), kAllowed);
    EXPECT_EQ(filter_("madvise", {0, 4096, MADV_MERGEABLE | high}), fails(EINVAL));
    EXPECT_EQ(filter_("madvise", {0, 4096, MADV_DONTNEED | high}), kAllowed);
  }
}

TEST_P(EveryStage, KeepsWhatTheHostHasSetAsideFromPrograms) {
  EXPECT_EQ(filter_("mmap", {0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS}), kAllowed);
  EXPECT_EQ(filter_("mmap", {0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB}),
            fails(EINVAL));
  EXPECT_EQ(filter_("memfd_create", {0, MFD_CLOEXEC | MFD_ALLOW_SEALING}), kAllowed);
  EXPECT_EQ(filter_("memfd_create", {0, MFD_CLOEXEC | MFD_HUGETLB}), fails(ENOSYS));
  EXPECT_EQ(filter_("shmget", {0, 4096, IPC_CREAT | 0600}), kAllowed);
  EXPECT_EQ(filter_("shmget", {0, 4096, IPC_CREAT | SHM_HUGETLB | 0600}), fails(ENOSYS));
  constexpr std::uint64_t kSchedCore = 62;
  EXPECT_EQ(filter_("prctl", {kSchedCore, 1}), fails(EPERM));
  EXPECT_EQ(filter_("prctl", {kSchedCore | 1ULL << 32, 1}), fails(EPERM));
}

// The calls that strace(1) saw of both `go build -a`, `go vet`, `go test -c` and `go build -race`
// (Go 1.19 and 1.26), and of sh, coreutils, tar, gcc, python3 and perl; but for fcntl, flock
// and listen, whose tests are above.
TEST_P(EveryStage, AllowsAllThatToolchainsAndCommonCommandsUse) {
  for (const char* call : {"access",
                           "arch_prctl",
                           "bind",
                           "brk",
                           "chdir",
                           "chmod",
                           "clock_nanosleep",
                           "clone",
                           "close",
                           "close_range",
                           "copy_file_range",
                           "creat",
                           "dup",
                           "dup2",
                           "dup3",
                           "epoll_create1",
                           "epoll_ctl",
                           "epoll_pwait",
                           "epoll_wait",
                           "eventfd2",
                           "execve",
                           "faccessat2",
                           "fadvise64",
                           "fallocate",
                           "fchdir",
                           "fchmodat",
                           "fstat",
                           "fstatfs",
                           "ftruncate",
                           "futex",
                           "get_mempolicy",
                           "getcwd",
                           "getdents64",
                           "getegid",
                           "geteuid",
                           "getgid",
                           "getgroups",
                           "getpeername",
                           "getpgrp",
                           "getpid",
                           "getppid",
                           "getpriority",
                           "getrandom",
                           "getrlimit",
                           "getrusage",
                           "getsockname",
                           "gettid",
                           "getuid",
                           "ioctl",
                           "linkat",
                           "lseek",
                           "madvise",
                           "mkdir",
                           "mkdirat",
                           "mknodat",
                           "mmap",
                           "mprotect",
                           "munmap",
                           "nanosleep",
                           "newfstatat",
                           "openat",
                           "pidfd_open",
                           "pidfd_send_signal",
                           "pipe2",
                           "prctl",
                           "pread64",
                           "prlimit64",
                           "pwrite64",
                           "read",
                           "readlink",
                           "readlinkat",
                           "renameat",
                           "renameat2",
                           "restart_syscall",
                           "rseq",
                           "rt_sigaction",
                           "rt_sigprocmask",
                           "rt_sigreturn",
                           "rt_sigsuspend",
                           "sched_getaffinity",
                           "sched_yield",
                           "set_robust_list",
                           "set_tid_address",
                           "setpgid",
                           "setpriority",
                           "setsockopt",
                           "sigaltstack",
                           "statfs",
                           "statx",
                           "symlinkat",
                           "sysinfo",
                           "tgkill",
                           "timer_create",
                           "timer_settime",
                           "umask",
                           "uname",
                           "unlink",
                           "unlinkat",
                           "utimensat",
                           "vfork",
                           "wait4",
                           "waitid",
                           "write"}) {
    EXPECT_EQ(filter_(call), kAllowed) << call;
  }
}

bool holds(const ArgumentTest& test, std::uint64_t value) {
  switch (test.op) {
    case ArgumentTest::Op::kEqual:
      return value == test.value;
    case ArgumentTest::Op::kNotEqual:
      return value != test.value;
    case ArgumentTest::Op::kMaskedEqual:
      return (value & test.mask) == test.value;
    case ArgumentTest::Op::kLess:
      return value < test.value;
    case ArgumentTest::Op::kGreaterEqual:
      return value >= test.value;
  }
  return false;
}

bool holds(const Condition& condition, const Arguments& arguments) {
  return std::ranges::all_of(
      condition, [&](const ArgumentTest& test) { return holds(test, arguments.at(test.index)); });
}

// Values near the edges that the rules draw, plus anything at all.
std::uint64_t sample(std::mt19937_64& random) {
  constexpr std::array<std::uint64_t, 12> kEdges = {
      0, 1, 2, 10, 16, 0x5412, 0x541c, 0x40000, 0xffffffff, 0x10000000, 0x8000, 1ULL << 32};
  const std::uint64_t edge = kEdges.at(random() % kEdges.size());
  switch (random() % 5) {
    case 0:
      return random();
    case 1:
      return edge ^ (1ULL << (random() % 64));
    case 2:
      return edge + random() % 40 - 20;
    case 3:
      return random() % 64;
    default:
      return edge;
  }
}

TEST_P(EveryStage, CompilesToExactlyWhatItsRulesSay) {
  constexpr int kRounds = 1000;
  std::mt19937_64 random(7);
  const Seccomp& seccomp = filter_.seccomp();
  for (const char* call : {"socket", "clone", "ioctl", "mknod", "mknodat", "personality", "seccomp",
                           "socketpair", "fcntl", "flock", "read", "mount", "mmap", "madvise",
                           "fadvise64", "preadv2", "fsync", "prctl"}) {
    std::vector<SyscallRule> rules;
    std::ranges::copy_if(seccomp.rules, std::back_inserter(rules), [&](const SyscallRule& rule) {
      return std::ranges::find(rule.calls, call) != rule.calls.end();
    });
    for (int round = 0; round < kRounds; ++round) {
      Arguments arguments;
      for (std::uint64_t& argument : arguments) argument = sample(random);
      const auto matches = [&](const SyscallRule& rule) { return holds(rule.when, arguments); };
      ASSERT_EQ(std::ranges::count_if(rules, matches), 1) << call;
      ASSERT_EQ(filter_(call, arguments), action(*std::ranges::find_if(rules, matches), seccomp))
          << call << testing::PrintToString(arguments);
    }
  }
}

Condition one_test(unsigned index, ArgumentTest::Op op, std::uint64_t value,
                   std::uint64_t mask = ~0ULL) {
  return {{.index = index, .op = op, .mask = mask, .value = value}};
}

TEST(Conditions, RemainderHoldsExactlyWhereNothingElseDoes) {
  using Op = ArgumentTest::Op;
  std::mt19937_64 random(11);
  const std::vector<std::vector<Condition>> cases = {
      {one_test(0, Op::kEqual, 5)},
      {one_test(0, Op::kNotEqual, 5)},
      {one_test(0, Op::kLess, 1000)},
      {one_test(0, Op::kGreaterEqual, 1000)},
      {one_test(0, Op::kGreaterEqual, 1ULL << 63)},
      {one_test(0, Op::kMaskedEqual, 0x10, 0xf0), one_test(1, Op::kLess, 7)},
      {one_test(0, Op::kEqual, 2), one_test(0, Op::kEqual, 10), one_test(0, Op::kEqual, 16)}};
  for (const std::vector<Condition>& covered : cases) {
    const std::vector<Condition> rest = remainder_of(covered).value();
    for (int round = 0; round < 5000; ++round) {
      const Arguments arguments = {sample(random), sample(random)};
      const auto matches = [&](const std::vector<Condition>& conditions) {
        return std::ranges::count_if(conditions,
                                     [&](const Condition& c) { return holds(c, arguments); });
      };
      ASSERT_EQ(matches(rest), matches(covered) == 0 ? 1 : 0) << testing::PrintToString(arguments);
    }
  }
}

TEST(Conditions, RemainderOfEverythingIsNothing) {
  using Op = ArgumentTest::Op;
  EXPECT_TRUE(remainder_of({Condition{}}).value().empty());
  EXPECT_TRUE(
      remainder_of({one_test(0, Op::kLess, 9), one_test(0, Op::kGreaterEqual, 9)}).value().empty());
}

TEST(Conditions, RemainderGivesUpBeforeItGrowsWithoutBound) {
  Condition ragged;
  for (unsigned index = 0; index < 6; ++index) {
    ragged.push_back({.index = index, .op = ArgumentTest::Op::kNotEqual, .value = 0x5555});
  }
  EXPECT_FALSE(remainder_of({ragged}).has_value());
}

TEST(Conditions, OverlapIsFoundAcrossOperators) {
  using Op = ArgumentTest::Op;
  EXPECT_TRUE(overlap({}, one_test(3, Op::kEqual, 1)));
  EXPECT_TRUE(overlap(one_test(0, Op::kEqual, 1), one_test(1, Op::kEqual, 1)));
  EXPECT_TRUE(overlap(one_test(0, Op::kLess, 10), one_test(0, Op::kGreaterEqual, 9)));
  EXPECT_FALSE(overlap(one_test(0, Op::kLess, 10), one_test(0, Op::kGreaterEqual, 10)));
  EXPECT_FALSE(overlap(one_test(0, Op::kEqual, 7), one_test(0, Op::kNotEqual, 7)));
  EXPECT_TRUE(overlap(one_test(0, Op::kMaskedEqual, 1, 1), one_test(0, Op::kMaskedEqual, 2, 2)));
  EXPECT_FALSE(overlap(one_test(0, Op::kMaskedEqual, 1, 1), one_test(0, Op::kEqual, 4)));
}

}  // namespace
}  // namespace gobox::policies
