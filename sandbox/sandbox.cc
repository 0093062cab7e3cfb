#include "sandbox/sandbox.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "sandbox/supervision.h"

namespace gobox::sandbox {
namespace {

std::string remedy_for(const Failed& failed) {
  if (failed.step == Step::kClone &&
      (failed.errno_value == EPERM || failed.errno_value == ENOSPC)) {
    return "; user namespaces are off or used up here (sysctl user.max_user_namespaces, "
           "kernel.unprivileged_userns_clone)";
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
  kill();
  await_death(std::chrono::seconds(5));
  space_.reset();
  static_cast<void>(group_.remove(std::chrono::seconds(1)));
}

Result<void> Sandbox::await_ready() {
  for (;;) {
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
    } else if (kind == MessageKind::kReady && fds.size() == 1 + commands_.size()) {
      const auto* ready = reinterpret_cast<const Ready*>(buffer);
      space_ = std::move(fds[0]);
      for (std::size_t i = 0; i < commands_.size(); ++i) {
        programs_.push_back(std::move(fds[1 + i]));
        program_pids_.push_back(ready->programs[i]);
      }
      return await_parked();
    } else {
      return Error::host("an unknown message from the sandbox");
    }
  }
}

// A program's last word before it waits is its listener: by then its filter is in force.
Result<void> Sandbox::await_parked() {
  for (const UniqueFd& socket : commands_) {
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

Result<void> Sandbox::send_command(std::size_t program, const ProgramStart& start,
                                   const int streams[3], int files) {
  BlobBuilder blob(sizeof(Command));
  Command command;
  command.argument_count = static_cast<std::uint32_t>(start.arguments.size());
  command.arguments = blob.add(start.arguments);
  command.environment_count = static_cast<std::uint32_t>(start.environment.size());
  command.environment = blob.add(start.environment);
  command.working_directory = blob.add(start.working_directory);
  command.paths = blob.add(start.paths);
  command.has_executable = start.executable >= 0 ? 1 : 0;
  command.has_files = files >= 0 ? 1 : 0;
  const std::string bytes = blob.finish(command);
  if (bytes.size() > kMaxMessage) {
    return Error::caller("arguments and environment are larger than " +
                         std::to_string(kMaxMessage) + " bytes together");
  }
  std::vector<int> fds(streams, streams + 3);
  if (start.executable >= 0) fds.push_back(start.executable);
  if (files >= 0) fds.push_back(files);
  const int failure =
      send_message(commands_[program].get(), bytes.data(), bytes.size(), fds.data(), fds.size());
  if (failure != 0 && failure != EPIPE) return Error::system("send the command", failure);
  // EPIPE: it failed before; its message is waiting on the socket.
  return {};
}

void Sandbox::kill() const {
  if (pidfd_) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
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
