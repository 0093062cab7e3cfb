// SPDX-License-Identifier: Apache-2.0

#include "sandbox/supervision.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "sandbox/dying.h"
#include "sandbox/seccomp/rule_match.h"
#include "sandbox/seccomp/seccomp_filter.h"
#include "sandbox/survivors.h"

namespace gobox::sandbox {
namespace {

constexpr auto kSettle = std::chrono::milliseconds(5);
constexpr auto kSearchPatience = std::chrono::milliseconds(250);
constexpr auto kDeathPatience = std::chrono::seconds(10);
constexpr auto kShortestCpuCheck = std::chrono::milliseconds(1);
constexpr auto kDumpEvery = std::chrono::milliseconds(4);
constexpr std::size_t kMaxRefused = 512;  // more than any system has calls

timespec until(std::chrono::steady_clock::time_point deadline) {
  const auto left =
      std::max(Nanoseconds(0), Nanoseconds(deadline - std::chrono::steady_clock::now()));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
}

void send_signal(const UniqueFd& pidfd, int signal) {
  if (pidfd) ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
}

GroupUsage difference(const GroupUsage& after, const GroupUsage& before) {
  GroupUsage usage = after;
  usage.cpu_user -= std::min(usage.cpu_user, before.cpu_user);
  usage.cpu_system -= std::min(usage.cpu_system, before.cpu_system);
  usage.cpu_total -= std::min(usage.cpu_total, before.cpu_total);
  usage.cpu_throttled -= std::min(usage.cpu_throttled, before.cpu_throttled);
  return usage;
}

using Action = policies::SyscallRule::Action;

// Whether the policy, not asked to explain, ends the run at this call: at one that it forbids,
// where it says so, and at one of a foreign architecture always.
bool ends_the_run(const policies::Seccomp& policy, const std::string& name,
                  const policies::SyscallRule* rule) {
  if (name.find(" (") != std::string::npos) return true;
  return policy.on_forbidden == policies::Seccomp::OnForbidden::kReport && rule != nullptr &&
         rule->action == Action::kForbid;
}

// What the policy itself would have answered, so that an explained program behaves as it would.
int errno_for(const policies::Seccomp& policy, const policies::SyscallRule* rule) {
  if (rule == nullptr) return policy.default_errno;
  if (rule->action == Action::kForbid) return EPERM;
  return rule->action == Action::kErrno ? rule->errno_value : 0;
}

}  // namespace

Supervision::Supervision(Sandbox& sandbox, const Execution& execution)
    : sandbox_(sandbox),
      execution_(execution),
      arbiter_(sandbox.init_pid(), sandbox.space(), execution.limits.memory_bytes) {}

Result<Ending> Supervision::run() {
  TRY(begin());
  while (phase_ != Phase::kKilled && phase_ != Phase::kEnded) TRY(wait_once());
  return finish();
}

Result<void> Supervision::begin() {
  if (execution_.programs.empty() || execution_.programs.size() > sandbox_.commands_.size()) {
    return Error::host("the sandbox was prepared for another number of programs");
  }
  output_.emplace(
      TRY(OutputCapture::create(execution_.limits.output_bytes, execution_.limits.output_limit,
                                sandbox_.program_uid_, execution_.sink)));
  ending_.setup = sandbox_.setup_time_;
  ending_.prepared = sandbox_.was_parked_;
  start_ = Clock::now();
  end_ = start_;
  output_->start(start_);
  if (execution_.stderr_filter) output_->filter_stderr(execution_.stderr_filter);
  wall_limit_ = execution_.limits.wall;
  if (execution_.total_left && *execution_.total_left < wall_limit_) {
    wall_limit_ = *execution_.total_left;
    wall_reason_ = KillReason::kTotalLimit;
  }
  wall_deadline_ = start_ + wall_limit_;
  if (execution_.limits.cpu) cpu_check_ = start_;
  if (execution_.sampler) sample_ = start_;
  if (execution_.core != nullptr) {
    core_ = std::make_unique<CoreKeeper>(*execution_.core, sandbox_.programs_[0]);
    core_look_ = start_;
  }
  TRY(engage_warden());
  return start_program(0);
}

Result<void> Supervision::engage_warden() {
  const Nanoseconds grace = execution_.quit_first ? execution_.limits.grace : Nanoseconds(0);
  const Nanoseconds farewell = execution_.cancel_signal ? execution_.limits.grace : Nanoseconds(0);
  watch_.emplace(*sandbox_.warden_,
                 Warden::Order{.sandbox = &sandbox_,
                               .start = start_,
                               .end = wall_deadline_ + std::max(grace, Nanoseconds(0)) +
                                      (core_ ? CoreKeeper::kPatience : Nanoseconds(0)),
                               .wall_reason = wall_reason_,
                               .wall_limit = wall_limit_,
                               .cpu_limit = execution_.limits.cpu,
                               .cpus = execution_.limits.cpus,
                               .cancel = execution_.cancel,
                               .cancel_grace = farewell});
  return watch_->begin();
}

void Supervision::heed_warden() {
  const auto killed = watch_->killed();
  watch_.reset();
  if (!killed || ending_.killed != KillReason::kNone) return;
  ending_.killed = killed->reason;
  ending_.limit = killed->limit;
  ending_.used = killed->used;
  end_ = std::max(start_, killed->at);
}

Result<void> Supervision::start_program(std::size_t index) {
  program_ = index;
  ending_.program = index;
  listening_ = true;
  int input = index == 0 ? execution_.standard_input : -1;
  if (input < 0) {
    null_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null_) return Error::system("open /dev/null");
    input = null_.get();
  }
  const int streams[3] = {input, output_->writing_end(execution_.merge_streams),
                          output_->writing_end(true)};
  std::vector<int> archives;
  for (const int archive : {execution_.files, execution_.more_files}) {
    if (index == 0 && archive >= 0) archives.push_back(archive);
  }
  TRY(sandbox_.send_command(index, execution_.programs[index], streams, archives));
  // The message in flight holds the ends it needs; ours would keep the pipes from ending.
  if (index + 1 == execution_.programs.size()) output_->close_writing_ends();
  null_.reset();
  if (const auto early = early_ends_[index]) return on_program_end(*early);
  return {};
}

Supervision::Clock::time_point Supervision::next_deadline() const {
  Clock::time_point next = wall_deadline_;
  if (phase_ == Phase::kRunning && cpu_check_) next = std::min(next, *cpu_check_);
  if (phase_ == Phase::kQuitting) next = std::min(next, dump_read_);
  if (sample_) next = std::min(next, *sample_);
  if (phase_ == Phase::kRunning && core_look_) next = std::min(next, *core_look_);
  return next;
}

Result<void> Supervision::wait_once() {
  pollfd fds[] = {{sandbox_.control_.get(), POLLIN, 0},
                  {sandbox_.pidfd_.get(), POLLIN, 0},
                  {listening_ ? sandbox_.listeners_[program_].get() : -1, POLLIN, 0},
                  {output_->reading_end(false), POLLIN, 0},
                  {phase_ == Phase::kQuitting ? -1 : output_->reading_end(true), POLLIN, 0},
                  {execution_.cancel, POLLIN, 0}};
  const timespec timeout = until(next_deadline());
  const int ready = ::ppoll(fds, std::size(fds), &timeout, nullptr);
  if (ready < 0 && errno != EINTR) return Error::system("ppoll");
  if (ready > 0) {
    if (fds[3].revents != 0) output_->read_once(false);
    if (fds[4].revents != 0) output_->read_once(true);
    if ((fds[2].revents & POLLIN) != 0) {
      TRY(on_violation());
    } else if (fds[2].revents != 0) {
      listening_ = false;  // everyone who could make a call is gone
    }
    if (fds[0].revents != 0) TRY(on_control());
    // PID 1 gone without a word: killed with its group by the OOM killer, or the launcher died.
    if (fds[1].revents != 0 && phase_ != Phase::kEnded) phase_ = Phase::kEnded;
    if (fds[5].revents != 0) on_cancel(Clock::now());
    if (output_->over_cap() && phase_ == Phase::kRunning) {
      record_kill(KillReason::kOutputLimit, Nanoseconds(0), Nanoseconds(0));
    }
  }
  return on_deadlines(Clock::now());
}

Result<void> Supervision::on_deadlines(Clock::time_point now) {
  if (phase_ == Phase::kKilled || phase_ == Phase::kEnded) return {};
  if (phase_ == Phase::kQuitting && now >= dump_read_) {
    output_->read_all(true);
    dump_read_ = now + kDumpEvery;
  }
  if (sample_ && now >= *sample_) {
    sample_ = now + execution_.sampler(sandbox_.group_, now - start_);
  }
  if (phase_ == Phase::kRunning && core_look_ && now >= *core_look_) look_near_limit(now);
  if (now >= wall_deadline_) {
    on_wall_limit(now);
  } else if (phase_ == Phase::kRunning && cpu_check_ && now >= *cpu_check_) {
    return check_cpu(now);
  }
  return {};
}

// The kernel bounds the rate of CPU use, so the limit cannot be reached before limit/rate has
// passed: a few checks, ever closer, find the moment to the millisecond.
Result<void> Supervision::check_cpu(Clock::time_point now) {
  const Nanoseconds used = TRY(sandbox_.group_.cpu_time()) - sandbox_.baseline_.cpu_total;
  const Nanoseconds limit = *execution_.limits.cpu;
  if (used >= limit) {
    record_kill(KillReason::kCpuLimit, limit, used);
    return {};
  }
  const double rate = std::max(execution_.limits.cpus, 0.01);
  const auto least =
      Nanoseconds(static_cast<std::int64_t>(static_cast<double>((limit - used).count()) / rate));
  cpu_check_ = now + std::max(least, Nanoseconds(kShortestCpuCheck));
  return {};
}

// First SIGQUIT, so that Go prints its goroutines; the second time round, the end. The dump comes
// in tens of thousands of tiny writes: it is fetched now and then, as waking us for each would cost
// the program more of its grace than the writing.
void Supervision::on_wall_limit(Clock::time_point now) {
  const Nanoseconds grace = execution_.limits.grace;
  const bool asked = phase_ == Phase::kQuitting || phase_ == Phase::kLeaving;
  if (asked || !execution_.quit_first || grace.count() <= 0) {
    record_kill(wall_reason_, wall_limit_, now - start_);
    return;
  }
  ending_.killed = wall_reason_;
  ending_.limit = wall_limit_;
  ending_.used = now - start_;
  take_core(wall_reason_);
  if (core_) now = Clock::now();  // it may have taken a while
  output_->begin_dump();
  send_signal(sandbox_.programs_[program_], SIGQUIT);
  phase_ = Phase::kQuitting;
  dump_read_ = now;
  wall_deadline_ = now + grace;
}

// The caller's own signal first, where there is one to pass on: a program may have something to
// finish. Asked a second time, and where the grace is over, it is killed.
void Supervision::on_cancel(Clock::time_point now) {
  const Nanoseconds grace = execution_.limits.grace;
  const bool first = phase_ == Phase::kRunning && ending_.killed == KillReason::kNone;
  const bool asks = first && grace.count() > 0 && execution_.cancel_signal;
  const int signal = asks ? execution_.cancel_signal() : 0;
  if (signal <= 0) {
    record_kill(KillReason::kCanceled, Nanoseconds(0), Nanoseconds(0));
    return;
  }
  ending_.killed = KillReason::kCanceled;
  ending_.forwarded = signal;
  send_signal(sandbox_.programs_[program_], signal);
  phase_ = Phase::kLeaving;
  wall_deadline_ = std::min(wall_deadline_, now + grace);
}

void Supervision::record_kill(KillReason reason, Nanoseconds limit, Nanoseconds used) {
  if (phase_ == Phase::kKilled || phase_ == Phase::kEnded) return;
  if (ending_.killed == KillReason::kNone) {
    ending_.killed = reason;
    ending_.limit = limit;
    ending_.used = used;
  }
  end_ = Clock::now();
  if (phase_ == Phase::kRunning) take_core(reason);
  sandbox_.kill();
  phase_ = Phase::kKilled;
}

Result<void> Supervision::on_control() {
  alignas(8) char buffer[sizeof(Failed) + sizeof(Ended)];
  const Received received =
      receive_message(sandbox_.control_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (received.size <= 0) {
    if (received.size < 0 && received.errno_value == EAGAIN) return {};
    if (received.size < 0) return Error::system("hear from PID 1", received.errno_value);
    if (phase_ != Phase::kKilled) phase_ = Phase::kEnded;
    return {};
  }
  if (*reinterpret_cast<const MessageKind*>(buffer) != MessageKind::kEnded) {
    return Error::host("an unknown message from PID 1");
  }
  return on_program_end(*reinterpret_cast<const Ended*>(buffer));
}

Result<void> Supervision::on_program_end(const Ended& ended) {
  if (ended.program != program_) {
    // Killed while it was parked, by the OOM killer say: nobody will tell us again.
    if (ended.program < kMaxPrograms) early_ends_[ended.program] = ended;
    return {};
  }
  end_ = Clock::now();
  if (WIFEXITED(ended.wait_status)) ending_.exit_code = WEXITSTATUS(ended.wait_status);
  if (WIFSIGNALED(ended.wait_status)) ending_.signal = WTERMSIG(ended.wait_status);
  TRY(check_execution());
  const bool more = program_ + 1 < execution_.programs.size();
  if (ending_.killed == KillReason::kNone && more && ending_.exit_code == 0) {
    ending_.exit_code.reset();
    return start_program(program_ + 1);
  }
  others_left_ = ended.others_left != 0;
  if (ending_.killed == KillReason::kNone && others_left_) {
    TRY(list_survivors());
  }
  phase_ = Phase::kEnded;
  return {};
}

Result<void> Supervision::list_survivors() {
  const Nanoseconds time_left = std::max<Nanoseconds>(wall_deadline_ - end_, kSettle);
  SurvivorSearch search{.members = TRY(sandbox_.group_.members()),
                        .init_pid = sandbox_.init_pid_,
                        .parked = {sandbox_.program_pids_.begin() + static_cast<long>(program_) + 1,
                                   sandbox_.program_pids_.end()}};
  ending_.leaked = TRY(find_survivors(std::move(search), kSettle,
                                      std::min<Nanoseconds>(kSearchPatience, time_left)));
  return {};
}

// The command socket ends when the program executes. What is left to read there is a failure
// before.
Result<void> Supervision::check_execution() {
  alignas(8) char buffer[sizeof(Failed)];
  const int socket = sandbox_.commands_[program_].get();
  Received received = receive_message(socket, buffer, sizeof buffer, MSG_DONTWAIT);
  if (received.size < 0 && received.errno_value == ECONNRESET) {
    // It died with our command unread; what it said before that is still in the queue.
    received = receive_message(socket, buffer, sizeof buffer, MSG_DONTWAIT);
  }
  if (received.size != sizeof(Failed)) return {};
  return on_failed_start(*reinterpret_cast<const Failed*>(buffer));
}

// What the caller named or sent may be at fault; everything else is ours.
Result<void> Supervision::on_failed_start(const Failed& failed) {
  const ProgramStart& start = execution_.programs[program_];
  const int cause = failed.errno_value;
  if (failed.step == Step::kWriteFiles && (cause == ENOSPC || cause == EDQUOT || cause == EFBIG)) {
    return Error::caller("the input files do not fit on the sandbox's disk of " +
                         format_size(execution_.limits.disk_bytes) + " (--disk, disk_bytes)");
  }
  const bool too_many = failed.step == Step::kReadCommand || failed.step == Step::kExecute;
  if (too_many && cause == E2BIG) {
    return Error::caller("the program's arguments and environment are too many or too long");
  }
  const bool missing = cause == ENOENT || cause == ENOTDIR;
  if (start.named_by_caller && failed.step == Step::kWorkingDirectory) {
    return Error::caller("the working directory " + start.working_directory + ": " +
                         ::strerrordesc_np(cause) + ", inside the sandbox");
  }
  const bool unusable = cause == EACCES || cause == ENOEXEC || cause == EPERM || cause == EISDIR ||
                        cause == ELOOP || cause == ENAMETOOLONG || cause == ELIBBAD;
  if (start.named_by_caller && failed.step == Step::kExecute && (missing || unusable)) {
    // As a shell puts it.
    ending_.exit_code = missing ? 127 : 126;
    output_->add(true, start.arguments[0] + ": " +
                           (missing ? "command not found" : ::strerrordesc_np(cause)) + "\n");
    return {};
  }
  Error error = error_from(failed, sandbox_.bind_sources_);
  const bool named = start.executable < 0 && start.binary < 0;
  if (named) return std::move(error).within(start.arguments[0]);
  return error;
}

Result<void> Supervision::on_violation() {
  const int listener = sandbox_.listeners_[program_].get();
  seccomp_notif notice{};
  if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notice) != 0) {
    // ENOENT: the caller was killed meanwhile.
    if (errno == ENOENT || errno == EINTR) return {};
    return Error::system("receive a reported system call");
  }
  Violation violation{.syscall = syscall_name(notice.data.arch, notice.data.nr),
                      .arguments = {notice.data.args, notice.data.args + 6},
                      .pid = static_cast<int>(notice.pid)};
  const policies::SyscallRule* rule =
      matching_rule(*sandbox_.seccomp_, violation.syscall, violation.arguments);
  if (rule != nullptr && rule->action == Action::kAsk) {
    arbiter_.take(listener, notice);
    return {};
  }
  if (!execution_.explain) {
    ending_.violation = std::move(violation);
    record_kill(KillReason::kViolation, Nanoseconds(0), Nanoseconds(0));
    return {};
  }
  seccomp_notif_resp answer{};
  answer.id = notice.id;
  answer.error = -errno_for(*sandbox_.seccomp_, rule);
  ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  if (!ending_.violation && ends_the_run(*sandbox_.seccomp_, violation.syscall, rule)) {
    ending_.violation = violation;
  }
  const auto known =
      std::find_if(ending_.refused.begin(), ending_.refused.end(),
                   [&](const Violation& each) { return each.syscall == violation.syscall; });
  if (known != ending_.refused.end()) return {};
  if (ending_.refused.size() == kMaxRefused) {
    ending_.more_refused = true;
  } else {
    ending_.refused.push_back(std::move(violation));
  }
  return {};
}

Result<Ending> Supervision::finish() {
  output_->close_writing_ends();
  // Where PID 1 has no child left, nothing foreign is alive and every counter is final: its own
  // death can wait until after the answer.
  heed_warden();
  if (others_left_) {
    if (phase_ != Phase::kKilled) sandbox_.kill();
    const auto dead = [this](Nanoseconds patience) { return sandbox_.await_death(patience); };
    if (!await_last_breath(sandbox_.group_, dead, kDeathPatience)) {
      return Error::host("a process in the sandbox would not die within 10 s of SIGKILL");
    }
  }
  if (end_ == start_) end_ = Clock::now();
  output_->drain();
  if (output_->over_cap() && ending_.killed == KillReason::kNone) {
    ending_.killed = KillReason::kOutputLimit;
  }
  // Explained, it went on; it is a violation all the same.
  if (ending_.violation && ending_.killed == KillReason::kNone) {
    ending_.killed = KillReason::kViolation;
  }
  const GroupUsage after = TRY(sandbox_.group_.usage());
  ending_.usage = difference(after, sandbox_.baseline_);
  ending_.wall = end_ - start_;
  if (core_) core_->finish(ending_.usage.oom_kills > 0);
  // What an out-of-memory kill leaves is its tmpfs; the run may have been too short for a look
  // before.
  if (ending_.usage.oom_kills > 0 && execution_.sampler) {
    execution_.sampler(sandbox_.group_, ending_.wall);
  }
  const bool vanished = !ending_.exit_code && !ending_.signal;
  if (vanished && ending_.killed == KillReason::kNone && ending_.usage.oom_kills == 0) {
    return Error::host("PID 1 of the sandbox was killed from outside");
  }
  // Whoever was alive died of our SIGKILL, or of the OOM killer's.
  if (vanished) ending_.signal = SIGKILL;
  output_->move_into(ending_);
  return std::move(ending_);
}

}  // namespace gobox::sandbox
