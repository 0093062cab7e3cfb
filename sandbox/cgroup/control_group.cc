// SPDX-License-Identifier: Apache-2.0

#include "sandbox/cgroup/control_group.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <thread>
#include <utility>

#include "base/file.h"

namespace gobox::sandbox {
namespace {

using std::chrono::microseconds;

constexpr std::uint64_t kCpuPeriodUs = 100'000;
constexpr std::uint64_t kSocketShare = 10;  // of the memory limit, see limit_sockets
constexpr std::uint64_t kWorthReclaiming = 2
                                           << 20;  // kernel memory of a group whose tasks are gone
constexpr std::size_t kMaxKilled = 512;            // directly; the rest is PID 1's to take along

std::string quota_us(double cpus) {
  // The kernel refuses quotas under 1 ms.
  const double quota = std::max(1000.0, cpus * static_cast<double>(kCpuPeriodUs));
  return std::to_string(static_cast<std::uint64_t>(std::llround(quota)));
}

// cgroup v1 counts what lies in the buffers of TCP and UDP sockets on an account of its own, whose
// limit is none until it is written: beside the memory limit, so it is a small part of that. Full,
// it drops UDP packets and narrows TCP windows to their least; nothing fails. v2 counts it as
// memory.
Result<void> limit_sockets(const GroupDirectory& group, std::uint64_t memory_bytes) {
  auto limited = write_file_at(group.directory.get(), "memory.kmem.tcp.limit_in_bytes",
                               std::to_string(memory_bytes / kSocketShare));
  if (!limited && limited.error().errno_value == ENOENT) return {};  // no sockets in this kernel
  return limited;
}

Result<void> limit_memory(const GroupDirectory& group, std::uint64_t bytes) {
  const int at = group.directory.get();
  const std::string text = std::to_string(bytes);
  if (group.unified) {
    // Swap first, or a page could slip out between the two writes. Hosts without swap accounting
    // lack the file, and without swap there is nothing to bound.
    auto swap = write_file_at(at, "memory.swap.max", "0");
    if (!swap && swap.error().errno_value != ENOENT) return swap;
    TRY(write_file_at(at, "memory.max", text));
    // One member killed means the run is over: no half-dead trees.
    return write_file_at(at, "memory.oom.group", "1");
  }
  TRY(limit_sockets(group, bytes));
  // memory and swap together may never be below memory: when raising, the sum has to go first.
  auto memory = write_file_at(at, "memory.limit_in_bytes", text);
  if (!memory && memory.error().errno_value != EINVAL) return memory;
  auto both = write_file_at(at, "memory.memsw.limit_in_bytes", text);
  if (!both && both.error().errno_value != ENOENT) return both;
  if (!memory && memory.error().errno_value == EINVAL) {
    return write_file_at(at, "memory.limit_in_bytes", text);
  }
  return memory;
}

Result<void> throttle_memory(const GroupDirectory& group, std::optional<std::uint64_t> bytes) {
  if (!group.unified) {
    return Error::caller(
        "memory_high (--memory-high) needs cgroup v2: this host limits memory with v1, which "
        "cannot throttle, only kill");
  }
  return write_file_at(group.directory.get(), "memory.high",
                       bytes ? std::to_string(*bytes) : "max");
}

Result<void> limit_cpu(const GroupDirectory& group, double cpus) {
  const int at = group.directory.get();
  if (group.unified) {
    return write_file_at(at, "cpu.max", quota_us(cpus) + " " + std::to_string(kCpuPeriodUs));
  }
  // A new group's period is 100 ms (sched-bwc.rst), which is ours.
  return write_file_at(at, "cpu.cfs_quota_us", quota_us(cpus));
}

// The kernel makes the text anew for every read at offset 0.
Result<std::string> read_counter(const GroupDirectory& group, const std::string& file) {
  UniqueFd& opened = group.counters[file];
  if (!opened) {
    auto fresh = open_at(group.directory.get(), file, O_RDONLY);
    if (!fresh) return std::move(fresh).error().within(group.path);
    opened = std::move(*fresh);
  }
  char text[8192];
  const ssize_t size = ::pread(opened.get(), text, sizeof text, 0);
  if (size < 0) return Error::system("read " + group.path + "/" + file);
  return std::string(text, static_cast<std::size_t>(size));
}

Result<std::uint64_t> number_in(const GroupDirectory& group, const std::string& file) {
  const std::string text = TRY(read_counter(group, file));
  const auto number = lone_number(text);
  if (!number) return Error::host(group.path + "/" + file + " holds no number: " + text);
  return *number;
}

std::optional<std::uint64_t> optional_number(const GroupDirectory& group, const std::string& file) {
  const auto number = number_in(group, file);
  return number ? std::optional(*number) : std::nullopt;
}

Result<std::uint64_t> keyed_in(const GroupDirectory& group, const std::string& file,
                               std::string_view key) {
  const std::string text = TRY(read_counter(group, file));
  return keyed_number(text, key).value_or(0);
}

// What look-ups leave in the kernel (names that do not exist, inodes) outlives its maker, and the
// group above would inherit it: the kernel gives it up when asked. Only where it is much; best
// effort, as what is left can be reclaimed any time.
void reclaim_kernel_memory(const GroupDirectory& group) {
  if (!group.memory) return;
  const int at = group.directory.get();
  if (!group.unified) {
    const auto used = optional_number(group, "memory.kmem.usage_in_bytes");
    if (used.value_or(0) < kWorthReclaiming) return;
    static_cast<void>(write_file_at(at, "memory.force_empty", "0"));
    return;
  }
  const auto stat = read_counter(group, "memory.stat");
  const std::uint64_t slab = stat ? keyed_number(*stat, "slab_reclaimable").value_or(0) : 0;
  if (slab < kWorthReclaiming) return;
  static_cast<void>(write_file_at(at, "memory.reclaim", std::to_string(slab)));  // Linux 5.19
}

Result<std::vector<pid_t>> members_in(int directory) {
  std::vector<pid_t> members;
  const std::string text = TRY(read_file_at(directory, "cgroup.procs"));
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    pid_t pid = 0;
    const auto [next, failure] = std::from_chars(at, end, pid);
    if (failure != std::errc()) break;
    members.push_back(pid);
    at = next + 1;
  }
  return members;
}

Result<void> read_cpu(const GroupDirectory& group, GroupUsage& usage) {
  if (group.unified) {
    const std::string stat = TRY(read_counter(group, "cpu.stat"));
    usage.cpu_total = microseconds(keyed_number(stat, "usage_usec").value_or(0));
    usage.cpu_user = microseconds(keyed_number(stat, "user_usec").value_or(0));
    usage.cpu_system = microseconds(keyed_number(stat, "system_usec").value_or(0));
    return {};
  }
  usage.cpu_total = Nanoseconds(TRY(number_in(group, "cpuacct.usage")));
  usage.cpu_user = Nanoseconds(optional_number(group, "cpuacct.usage_user").value_or(0));
  usage.cpu_system = Nanoseconds(optional_number(group, "cpuacct.usage_sys").value_or(0));
  return {};
}

}  // namespace

Result<ControlGroup> ControlGroup::adopt(std::vector<GroupDirectory> directories,
                                         const GroupLimits& limits) {
  ControlGroup group(std::move(directories));
  TRY(group.write_limits(limits));
  return group;
}

ControlGroup::~ControlGroup() {
  if (!directories_.empty()) static_cast<void>(remove(std::chrono::milliseconds(500)));
}

Result<void> ControlGroup::write_limits(const GroupLimits& limits) {
  const GroupLimits before = std::exchange(limits_, GroupLimits{});  // unknown until all is written
  for (const GroupDirectory& group : directories_) {
    if (group.memory && limits.memory_bytes != before.memory_bytes) {
      TRY(limit_memory(group, limits.memory_bytes));
    }
    if (group.memory && limits.memory_high != before.memory_high) {
      TRY(throttle_memory(group, limits.memory_high));
    }
    if (group.pids && limits.pids != before.pids) {
      TRY(write_file_at(group.directory.get(), "pids.max", std::to_string(limits.pids)));
    }
    if (group.cpu && limits.cpus != before.cpus) TRY(limit_cpu(group, limits.cpus));
  }
  limits_ = limits;
  return {};
}

const GroupDirectory* ControlGroup::with(bool GroupDirectory::*controller) const {
  for (const GroupDirectory& group : directories_) {
    if (group.*controller) return &group;
  }
  return nullptr;
}

bool ControlGroup::is_unified() const {
  const GroupDirectory* group = with(&GroupDirectory::memory);
  return group != nullptr && group->unified;
}

int ControlGroup::clone_into() const {
  const GroupDirectory* group = with(&GroupDirectory::unified);
  return group == nullptr ? -1 : group->directory.get();
}

Result<std::vector<UniqueFd>> ControlGroup::open_attach_files() const {
  std::vector<UniqueFd> files;
  for (const GroupDirectory& group : directories_) {
    if (group.unified) continue;
    files.push_back(TRY(open_at(group.directory.get(), "tasks", O_WRONLY)));
  }
  return files;
}

Result<std::uint64_t> ControlGroup::oom_kills() const {
  const GroupDirectory* group = with(&GroupDirectory::memory);
  if (group == nullptr) return std::uint64_t{0};
  return keyed_in(*group, group->unified ? "memory.events" : "memory.oom_control", "oom_kill");
}

Result<Nanoseconds> ControlGroup::cpu_time() const {
  const GroupDirectory* group = with(&GroupDirectory::cpuacct);
  if (group == nullptr) return Nanoseconds(0);
  GroupUsage usage;
  TRY(read_cpu(*group, usage));
  return usage.cpu_total;
}

Result<Nanoseconds> ControlGroup::cpu_time_afresh() const {
  const GroupDirectory* group = with(&GroupDirectory::cpuacct);
  if (group == nullptr) return Nanoseconds(0);
  GroupDirectory own{.path = group->path, .directory = {}, .counters = {}};
  own.unified = group->unified;
  own.directory.reset(::fcntl(group->directory.get(), F_DUPFD_CLOEXEC, 0));
  if (!own.directory) return Error::system("dup the control group's directory");
  GroupUsage usage;
  TRY(read_cpu(own, usage));
  return usage.cpu_total;
}

Result<GroupUsage> ControlGroup::usage() const {
  GroupUsage usage;
  if (const GroupDirectory* group = with(&GroupDirectory::cpuacct)) {
    TRY(read_cpu(*group, usage));
  }
  if (const GroupDirectory* group = with(&GroupDirectory::cpu)) {
    const std::string stat = TRY(read_counter(*group, "cpu.stat"));
    usage.cpu_throttled = group->unified
                              ? microseconds(keyed_number(stat, "throttled_usec").value_or(0))
                              : Nanoseconds(keyed_number(stat, "throttled_time").value_or(0));
  }
  if (const GroupDirectory* group = with(&GroupDirectory::memory)) {
    const char* peak = group->unified ? "memory.peak" : "memory.memsw.max_usage_in_bytes";
    auto bytes = optional_number(*group, peak);
    if (!bytes && !group->unified) bytes = optional_number(*group, "memory.max_usage_in_bytes");
    usage.memory_peak_bytes = bytes.value_or(0);
    usage.oom_kills = TRY(oom_kills());
    if (group->unified) usage.memory_high_events = TRY(keyed_in(*group, "memory.events", "high"));
  }
  if (const GroupDirectory* group = with(&GroupDirectory::pids)) {
    usage.pids_peak = optional_number(*group, "pids.peak");
    usage.pids_refused = TRY(keyed_in(*group, "pids.events", "max"));
  }
  return usage;
}

Result<MemorySample> ControlGroup::memory() const {
  MemorySample sample;
  const GroupDirectory* group = with(&GroupDirectory::memory);
  if (group == nullptr) return sample;
  const std::string stat = TRY(read_counter(*group, "memory.stat"));
  const bool unified = group->unified;
  sample.total_bytes = TRY(number_in(*group, unified ? "memory.current" : "memory.usage_in_bytes"));
  sample.anonymous_bytes = keyed_number(stat, unified ? "anon" : "rss").value_or(0);
  sample.shared_bytes = keyed_number(stat, "shmem").value_or(0);
  const std::uint64_t file = keyed_number(stat, unified ? "file" : "cache").value_or(0);
  sample.file_bytes = file > sample.shared_bytes ? file - sample.shared_bytes : 0;
  return sample;
}

std::uint64_t ControlGroup::processes_now() const {
  const GroupDirectory* group = with(&GroupDirectory::pids);
  return group == nullptr ? 0 : optional_number(*group, "pids.current").value_or(0);
}

Result<std::vector<pid_t>> ControlGroup::processes() const {
  if (directories_.empty()) return std::vector<pid_t>();
  return members_in(directories_.front().directory.get());
}

Result<GroupMembers> ControlGroup::members() const {
  if (directories_.empty()) return Error::host("the sandbox has no control group");
  const int directory = ::fcntl(directories_.front().directory.get(), F_DUPFD_CLOEXEC, 0);
  if (directory < 0) return Error::system("dup the control group's directory");
  return GroupMembers(UniqueFd(directory));
}

Result<std::vector<pid_t>> GroupMembers::list() const {
  return members_in(directory_.get());
}

void ControlGroup::lift_cpu_limit() const {
  for (const GroupDirectory& group : directories_) {
    if (!group.cpu) continue;
    const char* const file = group.unified ? "cpu.max" : "cpu.cfs_quota_us";
    static_cast<void>(write_file_at(group.directory.get(), file, group.unified ? "max" : "-1"));
  }
}

void ControlGroup::kill() const {
  const GroupDirectory* group = with(&GroupDirectory::unified);
  if (group != nullptr && write_file_at(group->directory.get(), "cgroup.kill", "1")) return;
  const auto pids = processes();
  if (!pids) return;
  std::map<pid_t, UniqueFd> handles;
  for (const pid_t pid : *pids) {
    if (pid <= 0 || handles.size() >= kMaxKilled) continue;
    UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (handle) handles.emplace(pid, std::move(handle));
  }
  // An id may have changed hands before its handle was taken; who is in the group now is meant.
  const auto now = processes();
  if (!now) return;
  for (const pid_t pid : *now) {
    const auto handle = handles.find(pid);
    if (handle == handles.end()) continue;
    ::syscall(SYS_pidfd_send_signal, handle->second.get(), SIGKILL, nullptr, 0);
  }
}

Result<void> ControlGroup::remove(Nanoseconds patience) {
  for (const GroupDirectory& group : directories_) reclaim_kernel_memory(group);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  microseconds pause(200);
  while (!directories_.empty()) {
    if (::rmdir(directories_.back().path.c_str()) == 0 || errno == ENOENT) {
      directories_.pop_back();
      continue;
    }
    const int failure = errno;
    const std::string path = directories_.back().path;
    // EBUSY: the last task is still on its way out; the kernel has no event for v1's directories.
    if (failure != EBUSY || std::chrono::steady_clock::now() >= deadline) {
      return Error::system("remove control group " + path, failure);
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, microseconds(20'000));
  }
  return {};
}

}  // namespace gobox::sandbox
