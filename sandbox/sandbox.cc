// SPDX-License-Identifier: Apache-2.0

#include "sandbox/sandbox.h"

#include <poll.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "sandbox/supervision.h"

namespace gobox::sandbox {
namespace {

constexpr auto kQuickDeath = std::chrono::milliseconds(20);
constexpr auto kSlowDeath = std::chrono::seconds(5);

std::string remedy_for(const Failed& failed) {
  if (failed.step == Step::kClone &&
      (failed.errno_value == EPERM || failed.errno_value == ENOSPC)) {
    return "; user namespaces are off or used up here (sysctl user.max_user_namespaces, "
           "kernel.unprivileged_userns_clone), or we are in a chroot, where the kernel makes none";
  }
  if (failed.step == Step::kProc && failed.errno_value == EPERM) {
    return "; the /proc we see is itself masked, as in an unprivileged container";
  }
  if (failed.step == Step::kExecute && failed.errno_value == ENOENT) return " (is it inside?)";
  return "";
}

}  // namespace

Error error_from(const Failed& failed, const std::vector<std::string>& bind_sources) {
  std::string step = std::string("could not ") + describe(failed.step);
  const bool about_bind = failed.step == Step::kCollectBinds || failed.step == Step::kAttachBinds;
  if (about_bind && failed.detail < bind_sources.size()) {
    step += " " + bind_sources[failed.detail];
  }
  Error error = Error::system(step, failed.errno_value);
  error.message += remedy_for(failed);
  return error;
}

Sandbox::~Sandbox() {
  if (!pidfd_) return;
  kill_init();
  if (!await_death(kQuickDeath)) {
    kill();
    await_death(kSlowDeath);
  }
  image_.abandon(space_.get());
  space_.reset();
  static_cast<void>(group_.remove(std::chrono::seconds(1)));
}

Result<void> Sandbox::await_ready(const Patience& patience) {
  for (;;) {
    TRY(await(control_.get(), POLLIN, patience, "setting up the sandbox"));
    alignas(8) char buffer[sizeof(Failed) + sizeof(Ready)];
    const Received received = receive_message(control_.get(), buffer, sizeof buffer, 0);
    std::vector<UniqueFd> fds;
    for (std::size_t i = 0; i < received.fd_count; ++i) fds.emplace_back(received.fds[i]);
    if (received.size < 0) return Error::system("hear from the sandbox", received.errno_value);
    if (received.size == 0) return Error::host("the sandbox died while it was being set up");
    const auto kind = *reinterpret_cast<const MessageKind*>(buffer);
    if (kind == MessageKind::kFailed) {
      return error_from(*reinterpret_cast<const Failed*>(buffer), bind_sources_);
    }
    if (kind == MessageKind::kSpawned && fds.size() == 1) {
      const auto* spawned = reinterpret_cast<const Spawned*>(buffer);
      init_pid_ = spawned->init_pid;
      program_uid_ = spawned->program_uid;
      pidfd_ = std::move(fds[0]);
    } else if (kind == MessageKind::kBinaryPlace && fds.size() == 1) {
      binary_ = std::move(fds[0]);
    } else if (kind == MessageKind::kReady &&
               fds.size() == 1 + commands_.size() + (relay_wanted_ ? 1 : 0)) {
      const auto* ready = reinterpret_cast<const Ready*>(buffer);
      space_ = std::move(fds[0]);
      for (std::size_t i = 0; i < commands_.size(); ++i) {
        programs_.push_back(std::move(fds[1 + i]));
        program_pids_.push_back(ready->programs[i]);
      }
      if (relay_wanted_) relay_ = std::move(fds.back());
      return await_parked(patience);
    } else {
      return Error::host("an unknown message from the sandbox");
    }
  }
}

// A program's last word before it waits is its listener: by then its filter is in force.
Result<void> Sandbox::await_parked(const Patience& patience) {
  for (const UniqueFd& socket : commands_) {
    TRY(await(socket.get(), POLLIN, patience, "setting up the sandbox"));
    alignas(8) char buffer[sizeof(Failed)];
    const Received received = receive_message(socket.get(), buffer, sizeof buffer, 0);
    if (received.fd_count > 0) listeners_.emplace_back(received.fds[0]);
    if (received.size < 0) {
      return Error::system("hear from the parked program", received.errno_value);
    }
    if (received.size == 0) return Error::host("the parked program died");
    const auto kind = *reinterpret_cast<const MessageKind*>(buffer);
    if (kind == MessageKind::kFailed) {
      return error_from(*reinterpret_cast<const Failed*>(buffer), bind_sources_);
    }
    if (kind != MessageKind::kListener || received.fd_count != 1) {
      return Error::host("an unknown message from the parked program");
    }
  }
  baseline_ = TRY(group_.usage());
  return {};
}

// Before the command, and closed by then: a file that is open for writing cannot be executed.
Result<void> Sandbox::install(int binary) {
  const UniqueFd place = std::move(binary_);
  if (!place) return Error::host("the sandbox has its binary already");

  struct stat status {};

  if (::fstat(binary, &status) != 0) return Error::system("fstat the binary");
  for (off_t offset = 0; offset < status.st_size;) {  // of our own: the binary may be shared
    const auto left = static_cast<std::size_t>(status.st_size - offset);
    const ssize_t copied = ::sendfile(place.get(), binary, &offset, left);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return Error::system("copy the binary into the sandbox");
    if (copied == 0) return Error::host("the binary shrank while it was copied");
  }
  return {};
}

Result<void> Sandbox::send_command(std::size_t program, const ProgramStart& start,
                                   const int streams[3], const std::vector<int>& archives) {
  if (start.binary >= 0) TRY(install(start.binary));
  BlobBuilder blob(sizeof(Command));
  Command command;
  command.argument_count = static_cast<std::uint32_t>(start.arguments.size());
  command.arguments = blob.add(start.arguments);
  command.environment_count = static_cast<std::uint32_t>(start.environment.size());
  command.environment = blob.add(start.environment);
  command.working_directory = blob.add(start.working_directory);
  command.paths = blob.add(start.paths);
  command.has_executable = start.executable >= 0 ? 1 : 0;
  command.is_binary = start.binary >= 0 ? 1 : 0;
  command.archive_count = static_cast<std::uint32_t>(archives.size());
  const std::string bytes = blob.finish(command);
  if (bytes.size() > kMaxMessage) {
    return Error::caller("arguments and environment are larger than " +
                         std::to_string(kMaxMessage) + " bytes together");
  }
  std::vector<int> fds(streams, streams + 3);
  if (start.executable >= 0) fds.push_back(start.executable);
  fds.insert(fds.end(), archives.begin(), archives.end());
  const int failure =
      send_message(commands_[program].get(), bytes.data(), bytes.size(), fds.data(), fds.size());
  if (failure != 0 && failure != EPIPE) return Error::system("send the command", failure);
  // EPIPE: it failed before; its message is waiting on the socket.
  return {};
}

void Sandbox::kill_init() const {
  if (pidfd_) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
}

// The death of PID 1 is everybody's, but PID 1 passes it on itself, when its turn on the processor
// comes: a hundred spinning threads under a hundredth of a processor would keep it waiting for
// minutes. So its turn is made to come, and everybody is told directly.
void Sandbox::kill() const {
  kill_init();
  group_.lift_cpu_limit();
  group_.kill();
}

Result<Nanoseconds> Sandbox::cpu_used() const {
  return TRY(group_.cpu_time_afresh()) - baseline_.cpu_total;
}

bool Sandbox::await_death(Nanoseconds patience) const {
  if (!pidfd_) return true;
  pollfd init{pidfd_.get(), POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = deadline - std::chrono::steady_clock::now();
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    const int ready = ::poll(&init, 1, ms > 0 ? static_cast<int>(ms) : 0);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Result<Ending> Sandbox::run(const Execution& execution) {
  Supervision supervision(*this, execution);
  return supervision.run();
}

}  // namespace gobox::sandbox
