// SPDX-License-Identifier: Apache-2.0

#include "sandbox/arbitration.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <string>

#include "base/file.h"
#include "base/unique_fd.h"
#include "sandbox/listening.h"
#include "sandbox/lock_table.h"

namespace gobox::sandbox {
namespace {

constexpr std::int64_t kMaxLocks = 8192;  // the kernel charges them to us
constexpr std::size_t kMaxNetlink = 12;   // at once, 208 KiB each
constexpr auto kNetlinkPatience = std::chrono::milliseconds(500);
constexpr auto kSettled = std::chrono::seconds(1);  // then a granted socket is counted, or gone
constexpr std::size_t kMaxLockTable = std::size_t{1} << 20;

// For a connection that nobody has accepted; the kernel doubles it. Afterwards it grows by itself.
constexpr int kWaitingBuffer = 8192;

#ifndef SO_BUF_LOCK
constexpr int SO_BUF_LOCK = 72;  // Linux 5.14
#endif

std::string text_of(const std::string& path) {
  auto text = read_file(path, kMaxLockTable);
  return text ? std::move(*text) : std::string();
}

// The number behind `key` in /proc/PID/status, the last of them; -1: it is gone.
pid_t status_number(pid_t thread, std::string_view key) {
  const std::string status = text_of("/proc/" + std::to_string(thread) + "/status");
  const std::size_t at = status.find("\n" + std::string(key) + ":");
  if (at == std::string::npos) return -1;
  const std::size_t end = status.find('\n', at + 1);
  const std::string line = status.substr(at, end - at);
  const std::size_t blank = line.find_last_of(" \t");
  return blank == std::string::npos ? -1 : static_cast<pid_t>(std::atoi(line.c_str() + blank));
}

bool still_waits(int listener, const seccomp_notif& notice) {
  return ::ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notice.id) == 0;
}

// A copy of the caller's descriptor: the same open file, whatever the caller does with its own.
UniqueFd copy_of(int listener, const seccomp_notif& notice, std::uint64_t fd) {
  constexpr unsigned kOfThread = O_EXCL;  // PIDFD_THREAD, Linux 6.9
  const auto thread = static_cast<pid_t>(notice.pid);
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, thread, kOfThread)));
  if (!process) {
    process.reset(static_cast<int>(::syscall(SYS_pidfd_open, status_number(thread, "Tgid"), 0)));
  }
  // Only now is it certain that the id was not somebody else's by then.
  if (!process || !still_waits(listener, notice)) return UniqueFd();
  return UniqueFd(
      static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), static_cast<int>(fd), 0)));
}

bool read_memory(const seccomp_notif& notice, std::uint64_t address, void* to, std::size_t size) {
  const iovec ours{to, size};
  const iovec theirs{reinterpret_cast<void*>(address), size};
  return ::process_vm_readv(static_cast<pid_t>(notice.pid), &ours, 1, &theirs, 1, 0) ==
         static_cast<ssize_t>(size);
}

bool write_memory(const seccomp_notif& notice, std::uint64_t address, void* from,
                  std::size_t size) {
  const iovec ours{from, size};
  const iovec theirs{reinterpret_cast<void*>(address), size};
  return ::process_vm_writev(static_cast<pid_t>(notice.pid), &ours, 1, &theirs, 1, 0) ==
         static_cast<ssize_t>(size);
}

bool is_on(const UniqueFd& file, dev_t device) {
  struct stat status {};

  return ::fstat(file.get(), &status) == 0 && status.st_dev == device &&
         (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}

// What F_GETLK is asked about, from the start of the file; nothing where that makes no sense.
std::optional<RecordLock> range_of(const UniqueFd& file, const struct flock& lock) {
  struct stat status {};

  if (::fstat(file.get(), &status) != 0) return std::nullopt;
  off_t start = lock.l_start;
  if (lock.l_whence == SEEK_CUR) start += ::lseek(file.get(), 0, SEEK_CUR);
  if (lock.l_whence == SEEK_END) start += status.st_size;
  off_t length = lock.l_len;
  if (length < 0) {  // the bytes before (fcntl(2))
    start += length;
    length = -length;
  }
  if (start < 0 || lock.l_whence > SEEK_END) return std::nullopt;
  RecordLock range{.write = lock.l_type == F_WRLCK, .owner = -1};
  range.first = static_cast<std::uint64_t>(start);
  if (length > 0) range.last = range.first + static_cast<std::uint64_t>(length) - 1;
  return range;
}

// "NETLINK   1096      5 ...": how many there are in the network namespace of that list. Not those
// of /proc/net/netlink, which has only such as have an address yet.
std::optional<std::size_t> netlink_sockets(const std::string& protocols) {
  std::istringstream lines(protocols);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    std::size_t size = 0;
    std::size_t count = 0;
    if (words >> name >> size >> count && name == "NETLINK") return count;
  }
  return std::nullopt;
}

struct Kind {
  int family = 0;
  int type = 0;

  bool is_tcp() const { return (family == AF_INET || family == AF_INET6) && type == SOCK_STREAM; }
};

std::optional<Kind> kind_of(const UniqueFd& socket) {
  Kind kind;
  socklen_t size = sizeof kind.family;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &kind.family, &size) != 0 ||
      ::getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &kind.type, &size) != 0) {
    return std::nullopt;
  }
  return kind;
}

bool is_connected(const UniqueFd& socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_state == TCP_ESTABLISHED;
}

// Connections are born with the buffer of the socket that listens, which may have been connected
// itself before, and grown. Without the lock theirs grow as they are read.
void narrow(const UniqueFd& socket) {
  const int unlocked = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kWaitingBuffer, sizeof kWaitingBuffer);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_BUF_LOCK, &unlocked, sizeof unlocked);
}

// The ids of the thread that asks, for as long as this lives: a local socket that listens tells
// whoever connects whose it is (SO_PEERCRED). The C library would change all threads.
class ActingFor {
 public:
  explicit ActingFor(pid_t thread) {
    const pid_t group = status_number(thread, "Gid");
    const pid_t user = status_number(thread, "Uid");
    if (group >= 0) ::syscall(SYS_setresgid, -1, group, -1);
    if (user >= 0) ::syscall(SYS_setresuid, -1, user, -1);
  }

  ActingFor(const ActingFor&) = delete;
  ActingFor& operator=(const ActingFor&) = delete;

  ~ActingFor() {
    ::syscall(SYS_setresuid, -1, user_, -1);
    ::syscall(SYS_setresgid, -1, group_, -1);
    ::prctl(PR_SET_DUMPABLE, dumpable_);  // changing ids took it away, from the whole process
  }

 private:
  int dumpable_ = ::prctl(PR_GET_DUMPABLE);
  uid_t user_ = ::geteuid();
  gid_t group_ = ::getegid();
};

}  // namespace

Arbitration::Arbitration(pid_t init_pid, dev_t own_device, std::uint64_t memory_bytes)
    : init_pid_(init_pid),
      own_device_(own_device),
      backlogs_(memory_bytes, [init_pid] { return listening_in(init_pid); }) {}

std::optional<Verdict> Arbitration::decide(int listener, const seccomp_notif& notice,
                                           Clock::time_point since) {
  switch (notice.data.nr) {
    case SYS_flock:
      return lock_file(listener, notice);
    case SYS_fcntl:
      return ask_for_lock(listener, notice);
    case SYS_socket:
      return open_netlink(notice, since);
    case SYS_setsockopt:
      return set_receive_buffer(listener, notice);
    case SYS_listen:
      return listen_on(listener, notice);
    default:
      return Verdict{.errno_value = ENOSYS};
  }
}

// A lock belongs to the open file, so the one that we take through our copy is the program's.
std::optional<Verdict> Arbitration::lock_file(int listener, const seccomp_notif& notice) {
  const UniqueFd file = copy_of(listener, notice, notice.data.args[0]);
  if (!file) return Verdict{.errno_value = EBADF};
  if (!is_on(file, own_device_)) return Verdict{.errno_value = ENOLCK};
  const auto operation = static_cast<int>(notice.data.args[1]);
  const bool gives_back = (operation & ~LOCK_NB) == LOCK_UN;
  if (!gives_back && locks_held_ >= kMaxLocks) return Verdict{.errno_value = ENOLCK};
  if (::flock(file.get(), operation | LOCK_NB) == 0) {
    locks_held_ = std::max<std::int64_t>(0, locks_held_ + (gives_back ? -1 : 1));
    return Verdict{};
  }
  const int failure = errno;
  if (failure == EWOULDBLOCK && (operation & LOCK_NB) == 0) return std::nullopt;
  return Verdict{.errno_value = failure};
}

Verdict Arbitration::ask_for_lock(int listener, const seccomp_notif& notice) const {
  const UniqueFd file = copy_of(listener, notice, notice.data.args[0]);
  if (!file) return {.errno_value = EBADF};
  if (!is_on(file, own_device_)) return {.errno_value = EINVAL};
  const auto command = static_cast<int>(notice.data.args[1]);

  struct flock lock {};

  if (!read_memory(notice, notice.data.args[2], &lock, sizeof lock)) return {.errno_value = EFAULT};
  if (lock.l_type != F_RDLCK && lock.l_type != F_WRLCK) return {.errno_value = EINVAL};
  if (command == F_OFD_GETLK) {
    if (::fcntl(file.get(), F_OFD_GETLK, &lock) != 0) return {.errno_value = errno};
  } else {
    auto range = range_of(file, lock);
    if (!range) return {.errno_value = EINVAL};
    range->owner = status_number(static_cast<pid_t>(notice.pid), "Tgid");

    struct stat status {};

    if (::fstat(file.get(), &status) != 0) return {.errno_value = errno};
    const auto held =
        conflicting_lock(text_of("/proc/locks"), status.st_dev, status.st_ino, *range);
    lock.l_type = !held ? F_UNLCK : held->write ? F_WRLCK : F_RDLCK;
    if (held) {
      lock.l_whence = SEEK_SET;
      lock.l_start = static_cast<off_t>(held->first);
      lock.l_len = held->last == kEndOfFile ? 0 : static_cast<off_t>(held->last - held->first + 1);
      lock.l_pid = held->owner < 0 ? -1 : status_number(held->owner, "NSpid");
    }
  }
  const bool written = write_memory(notice, notice.data.args[2], &lock, sizeof lock);
  return {.errno_value = written ? 0 : EFAULT};
}

// What the kernel puts into their queues is charged to nobody, so their number is bounded. Those
// just granted may not be counted by the kernel yet; a thread that asks again has made its last
// one.
std::optional<Verdict> Arbitration::open_netlink(const seccomp_notif& notice,
                                                 Clock::time_point since) {
  const auto thread = static_cast<pid_t>(notice.pid);
  const auto now = Clock::now();
  just_granted_.erase(thread);
  std::erase_if(just_granted_, [&](const auto& each) { return now - each.second > kSettled; });
  const auto open =
      netlink_sockets(text_of("/proc/" + std::to_string(init_pid_) + "/net/protocols"));
  if (!open) return Verdict{.errno_value = ENOBUFS};
  if (*open + just_granted_.size() < kMaxNetlink) {
    just_granted_[thread] = now;
    return Verdict{.carry_out = true};
  }
  if (now - since < kNetlinkPatience) return std::nullopt;
  return Verdict{.errno_value = ENOBUFS};
}

// A netlink socket keeps the size it was born with. So does TCP, which grows its buffers by itself
// and charges nobody for what has come in on a connection that is not accepted yet; SO_RCVLOWAT
// makes the buffer as large as what it waits for (tcp_set_rcvlowat).
Verdict Arbitration::set_receive_buffer(int listener, const seccomp_notif& notice) {
  const UniqueFd file = copy_of(listener, notice, notice.data.args[0]);
  if (!file) return {.errno_value = EBADF};
  const auto kind = kind_of(file);
  if (!kind) return {.errno_value = errno};
  const auto option = static_cast<int>(notice.data.args[2]);
  int bytes = 0;
  if (notice.data.args[4] < sizeof bytes) return {.errno_value = EINVAL};
  if (!read_memory(notice, notice.data.args[3], &bytes, sizeof bytes)) {
    return {.errno_value = EFAULT};
  }
  if (kind->family == AF_NETLINK) return {};
  if (kind->is_tcp() && (option == SO_RCVBUF || !is_connected(file))) return {};
  const int failed = ::setsockopt(file.get(), SOL_SOCKET, option, &bytes, sizeof bytes);
  return {.errno_value = failed == 0 ? 0 : errno};
}

// In the caller's stead, as nothing but our copy is certain to be the socket that was looked at.
Verdict Arbitration::listen_on(int listener, const seccomp_notif& notice) {
  const UniqueFd file = copy_of(listener, notice, notice.data.args[0]);
  if (!file) return {.errno_value = EBADF};
  const auto kind = kind_of(file);
  if (!kind) return {.errno_value = errno};
  const auto wanted = static_cast<int>(notice.data.args[1]);
  if (!kind->is_tcp()) {
    const ActingFor caller(static_cast<pid_t>(notice.pid));
    return {.errno_value = ::listen(file.get(), wanted) == 0 ? 0 : errno};
  }

  struct stat status {};

  if (::fstat(file.get(), &status) != 0) return {.errno_value = errno};
  const auto number = backlogs_.grant(status.st_ino, wanted);
  if (!number) return {.errno_value = ENOBUFS};
  narrow(file);
  if (::listen(file.get(), *number) == 0) return {};
  const int failure = errno;
  backlogs_.forget(status.st_ino);
  return {.errno_value = failure};
}

}  // namespace gobox::sandbox
