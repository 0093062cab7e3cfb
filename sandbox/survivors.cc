// SPDX-License-Identifier: Apache-2.0

#include "sandbox/survivors.h"

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>

#include "base/file.h"
#include "base/side_thread.h"
#include "base/utf8.h"
#include "sandbox/living_thread.h"

namespace gobox::sandbox {
namespace {

constexpr std::size_t kMaxListed = 4096;
constexpr std::size_t kMaxCommand = 512;
constexpr std::size_t kMaxOpenFiles = 16;
constexpr std::size_t kMaxDescribed = 64;  // with their open files
constexpr int kMaxLooks = 64;
constexpr int kManyBirths = 4;  // lists with somebody new in them

struct Member {
  pid_t host_pid = 0;
  pid_t host_ppid = 0;
  pid_t thread = 0;  // to be asked: the process itself where its first thread lives
  std::string name;
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
  std::string text(cut_utf8(raw, kMaxCommand));
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

std::vector<std::string> open_files_of(const Member& member) {
  std::vector<std::string> files;
  const std::string path = thread_directory(member.host_pid, member.thread) + "/fd";
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

// Everything but the command line.
Read read_member(pid_t pid, Member& member) {
  const std::string path = "/proc/" + std::to_string(pid);
  const auto status = read_file(path + "/status", 1 << 16);
  const auto stat = read_file(path + "/stat", 1 << 16);
  if (!status || !stat) return Read::kGone;
  member.host_pid = pid;
  member.thread = living_thread(pid);
  if (member.thread == 0) return Read::kDead;
  const auto of_thread = member.thread == pid
                             ? *status
                             : read_file(thread_directory(pid, member.thread) + "/status", 1 << 16);
  if (!of_thread) return Read::kGone;
  const std::string state = field_of(*of_thread, "State");
  member.process.state = state.empty() ? '?' : state[0];
  member.host_ppid = innermost(field_of(*status, "PPid"));
  member.process.pid = innermost(field_of(*status, "NSpid"));
  member.name = status->substr(6, status->find('\n') - 6);
  member.process.command = command_line("", member.name);
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

LeakedProcess named(const char* command) {
  LeakedProcess process;
  process.command = command;
  return process;
}

void name_parents(std::vector<Member>& members, pid_t init_pid) {
  std::map<pid_t, int> inside_pid{{init_pid, 1}};
  for (const Member& member : members) inside_pid[member.host_pid] = member.process.pid;
  for (Member& member : members) {
    const auto parent = inside_pid.find(member.host_ppid);
    member.process.ppid = parent == inside_pid.end() ? 0 : parent->second;
  }
}

// Those of `pids` that were never seen before; now they were.
std::size_t count_new(const std::vector<pid_t>& pids, std::set<pid_t>& seen) {
  return static_cast<std::size_t>(
      std::count_if(pids.begin(), pids.end(), [&](pid_t pid) { return seen.insert(pid).second; }));
}

// A list is no picture of one moment: who ends meanwhile may have forked a new self that is not in
// it. So it is read until it shows somebody alive, or twice nobody at all. Where it never does,
// processes that were not there before tell that somebody forks: the dead do not.
Result<std::vector<Member>> find_alive(const SurvivorSearch& search, Nanoseconds settle) {
  std::vector<pid_t> pids = others(TRY(search.members.list()), search.init_pid);
  if (pids.size() > search.parked.size() && pids.size() <= kMaxDescribed) {
    let_settle(pids, settle);
    pids = others(TRY(search.members.list()), search.init_pid);
  }
  int fruitless = 0;
  int births = 0;
  int empty = 0;
  std::set<pid_t> seen(pids.begin(), pids.end());
  for (int looks = 0; looks < kMaxLooks; ++looks) {
    Look look = look_at(pids, search.parked);
    if (!look.alive.empty()) {
      name_parents(look.alive, search.init_pid);
      return std::move(look.alive);
    }
    empty = look.dead + look.gone == 0 ? empty + 1 : 0;
    if (empty > 0 && (looks == 0 || empty > 1)) break;
    if (look.gone > 0) ++fruitless;
    pids = others(TRY(search.members.list()), search.init_pid);
    if (count_new(pids, seen) > 0) ++births;
  }
  std::vector<Member> members;
  if (fruitless > kMaxLooks / 2 || births >= kManyBirths) {
    members.emplace_back().process = named("[forks a new self and ends, too fast to be read]");
  }
  return members;
}

// What the searching thread has found so far, and whoever waits for it takes.
struct Findings {
  std::mutex mutex;
  Result<std::vector<LeakedProcess>> list{{named("[does not let itself be looked at in time]")}};

  void put(Result<std::vector<LeakedProcess>> found) {
    const std::lock_guard lock(mutex);
    list = std::move(found);
  }

  Result<std::vector<LeakedProcess>> get() {
    const std::lock_guard lock(mutex);
    return list;
  }

  void put(std::size_t index, const LeakedProcess& process) {
    const std::lock_guard lock(mutex);
    (*list)[index] = process;
  }
};

void search_into(Findings& findings, const SurvivorSearch& search, Nanoseconds settle) {
  auto members = find_alive(search, settle);
  if (!members) return findings.put(std::move(members).error());
  std::vector<LeakedProcess> survivors;
  for (const Member& member : *members) survivors.push_back(member.process);
  findings.put(std::move(survivors));
  for (std::size_t i = 0; i < members->size(); ++i) {
    Member& member = (*members)[i];
    if (member.host_pid == 0) continue;
    const auto line =
        read_file(thread_directory(member.host_pid, member.thread) + "/cmdline", 1 << 22);
    if (line) member.process.command = command_line(*line, member.name);
    if (i < kMaxDescribed) member.process.open_files = open_files_of(member);
    findings.put(i, member.process);
  }
}

}  // namespace

Result<std::vector<LeakedProcess>> find_survivors(SurvivorSearch search, Nanoseconds settle,
                                                  Nanoseconds patience) {
  const auto findings = std::make_shared<Findings>();
  const auto owned = std::make_shared<const SurvivorSearch>(std::move(search));
  SideThread side;
  if (side.begin([=] { search_into(*findings, *owned, settle); })) side.wait(patience);
  return findings->get();
}

}  // namespace gobox::sandbox
