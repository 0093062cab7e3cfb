#include "sandbox/survivors.h"

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>

#include "base/file.h"

namespace gobox::sandbox {
namespace {

constexpr std::size_t kMaxListed = 4096;
constexpr std::size_t kMaxCommand = 512;
constexpr std::size_t kMaxOpenFiles = 16;
constexpr std::size_t kMaxDescribed = 64;  // with their open files
constexpr int kMaxLooks = 64;

struct Member {
  pid_t host_pid = 0;
  pid_t host_ppid = 0;
  LeakedProcess process;
};

std::string field_of(const std::string& status, const std::string& name) {
  const std::size_t at = status.find("\n" + name + ":\t");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 3;
  return status.substr(begin, status.find('\n', begin) - begin);
}

// The last number of "NSpid:\t4242\t7": the id in the innermost namespace.
int innermost(const std::string& numbers) {
  int last = 0;
  std::istringstream stream(numbers);
  for (int number = 0; stream >> number;) last = number;
  return last;
}

// Arguments are separated by NULs; control characters could play tricks on a terminal.
std::string command_line(const std::string& raw, const std::string& name) {
  std::string text = raw.substr(0, kMaxCommand);
  while (!text.empty() && text.back() == '\0') text.pop_back();
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = byte == 0 ? ' ' : '?';
  }
  return text.empty() ? "[" + name + "]" : text;
}

// Field 22 of /proc/PID/stat, in clock ticks since boot; the command in parentheses may hold
// blanks.
Nanoseconds age_from(const std::string& stat) {
  const std::size_t after = stat.rfind(')');
  if (after == std::string::npos) return Nanoseconds(0);
  std::istringstream fields(stat.substr(after + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  long long ticks = 0;
  fields >> ticks;
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const auto boot = std::chrono::seconds(now.tv_sec) + Nanoseconds(now.tv_nsec);
  const auto start = Nanoseconds(ticks * (1'000'000'000LL / ::sysconf(_SC_CLK_TCK)));
  return std::max(Nanoseconds(0), Nanoseconds(boot - start));
}

std::vector<std::string> open_files_of(pid_t pid) {
  std::vector<std::string> files;
  const std::string path = "/proc/" + std::to_string(pid) + "/fd";
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) return files;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] == '.' || files.size() >= kMaxOpenFiles) continue;
    char target[256];
    const ssize_t size =
        ::readlinkat(::dirfd(directory.get()), entry->d_name, target, sizeof target);
    if (size <= 0) continue;
    files.push_back(std::string(entry->d_name) + " " +
                    command_line(std::string(target, static_cast<std::size_t>(size)), "?"));
  }
  return files;
}

enum class Read { kAlive, kDead, kGone };  // kGone: it was reaped before it could be read

Read read_member(pid_t pid, Member& member) {
  const std::string path = "/proc/" + std::to_string(pid);
  const auto status = read_file(path + "/status", 1 << 16);
  const auto stat = read_file(path + "/stat", 1 << 16);
  const auto cmdline = read_file(path + "/cmdline", 1 << 22);
  if (!status || !stat) return Read::kGone;
  member.host_pid = pid;
  const std::string state = field_of(*status, "State");
  member.process.state = state.empty() ? '?' : state[0];
  if (member.process.state == 'Z' || member.process.state == 'X') return Read::kDead;
  member.host_ppid = innermost(field_of(*status, "PPid"));
  member.process.pid = innermost(field_of(*status, "NSpid"));
  const std::string name = status->substr(6, status->find('\n') - 6);
  member.process.command = command_line(cmdline ? *cmdline : std::string(), name);
  member.process.age = age_from(*stat);
  return Read::kAlive;
}

// A pipeline's first half may be in its last microseconds: give the dying the time to be dead.
void let_settle(const std::vector<pid_t>& pids, Nanoseconds settle) {
  std::vector<UniqueFd> handles;
  std::vector<pollfd> alive;
  for (const pid_t pid : pids) {
    if (handles.size() >= kMaxDescribed) return;  // not a few stragglers but a crowd
    UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!handle) continue;
    alive.push_back({handle.get(), POLLIN, 0});
    handles.push_back(std::move(handle));
  }
  const auto deadline = std::chrono::steady_clock::now() + settle;
  while (!alive.empty()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    if (::poll(alive.data(), alive.size(), static_cast<int>(left.count())) <= 0) return;
    std::erase_if(alive, [](const pollfd& each) { return each.revents != 0; });
  }
}

std::vector<pid_t> others(const std::vector<pid_t>& pids, pid_t init_pid) {
  std::vector<pid_t> rest;
  for (const pid_t pid : pids) {
    if (pid > 0 && pid != init_pid && rest.size() < kMaxListed) rest.push_back(pid);
  }
  return rest;
}

struct Look {
  std::vector<Member> alive;
  std::size_t dead = 0;
  std::size_t gone = 0;
};

Look look_at(const std::vector<pid_t>& pids, const std::vector<pid_t>& parked) {
  Look look;
  for (const pid_t pid : pids) {
    Member member;
    const Read read = read_member(pid, member);
    if (read == Read::kDead) ++look.dead;
    if (read == Read::kGone) ++look.gone;
    if (read != Read::kAlive) continue;
    const bool is_parked =
        std::find(parked.begin(), parked.end(), member.process.pid) != parked.end();
    if (!is_parked) look.alive.push_back(std::move(member));
  }
  return look;
}

LeakedProcess fleeting() {
  LeakedProcess process;
  process.command = "[forks a new self and ends, too fast to be read]";
  return process;
}

std::vector<LeakedProcess> describe(std::vector<Member>& members, pid_t init_pid) {
  std::map<pid_t, int> inside_pid{{init_pid, 1}};
  for (const Member& member : members) inside_pid[member.host_pid] = member.process.pid;
  std::vector<LeakedProcess> survivors;
  for (Member& member : members) {
    const auto parent = inside_pid.find(member.host_ppid);
    member.process.ppid = parent == inside_pid.end() ? 0 : parent->second;
    if (survivors.size() < kMaxDescribed) {
      member.process.open_files = open_files_of(member.host_pid);
    }
    survivors.push_back(std::move(member.process));
  }
  return survivors;
}

}  // namespace

Result<std::vector<LeakedProcess>> find_survivors(const ControlGroup& group, pid_t init_pid,
                                                  const std::vector<pid_t>& parked,
                                                  Nanoseconds settle) {
  std::vector<pid_t> pids = others(TRY(group.processes()), init_pid);
  if (pids.size() > parked.size() && pids.size() <= kMaxDescribed) {
    let_settle(pids, settle);
    pids = others(TRY(group.processes()), init_pid);
  }
  // A list is no picture of one moment: who ends meanwhile may have forked a new self that is not
  // in it. So it is read until it shows somebody alive, or nobody at all.
  int fruitless = 0;
  for (int looks = 0; looks < kMaxLooks; ++looks) {
    Look look = look_at(pids, parked);
    if (!look.alive.empty()) return describe(look.alive, init_pid);
    if (look.dead + look.gone == 0) break;
    if (look.gone > 0) ++fruitless;
    pids = others(TRY(group.processes()), init_pid);
  }
  std::vector<LeakedProcess> survivors;
  if (fruitless > kMaxLooks / 2) survivors.push_back(fleeting());
  return survivors;
}

}  // namespace gobox::sandbox
