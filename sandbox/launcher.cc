// SPDX-License-Identifier: Apache-2.0

#include "sandbox/launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "sandbox/inside/host_ids.h"
#include "sandbox/inside/launcher_process.h"
#include "sandbox/launcher_image.h"
#include "sandbox/processor_lines.h"
#include "sandbox/supervision.h"

namespace gobox::sandbox {
namespace {

constexpr double kSetupCpus = 1;

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};

Result<SocketPair> make_socket_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    return Error::system("socketpair");
  }
  return SocketPair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::string encode_plan(const SandboxSpec& spec, const std::vector<policies::Bind>& binds,
                        const ControlGroup& group, std::size_t attach_count) {
  const policies::Limits& limits = spec.policy.limits;
  BlobBuilder blob(sizeof(Plan));
  std::vector<PlanBind> table;
  for (const policies::Bind& bind : binds) {
    table.push_back({blob.add(bind.source), blob.add(bind.target), bind.optional ? 1U : 0U});
  }
  const auto& filter = spec.filter.instructions;
  Plan plan;
  plan.program_count = spec.programs;
  plan.attach_count = static_cast<std::uint32_t>(attach_count);
  plan.has_unified_group = group.clone_into() >= 0 ? 1 : 0;
  plan.bind_count = static_cast<std::uint32_t>(table.size());
  plan.binds = blob.add(table.data(), table.size() * sizeof(PlanBind));
  plan.filter = blob.add(filter.data(), filter.size() * sizeof(sock_filter));
  plan.filter_count = static_cast<std::uint32_t>(filter.size());
  plan.loopback = spec.policy.network == policies::Network::kLoopback ? 1 : 0;
  plan.relay = spec.relay ? 1 : 0;
  if (spec.show_groups) plan.show_groups = group.is_unified() ? kShowUnified : kShowHierarchies;
  plan.has_scratch = spec.policy.scratch == policies::Scratch::kDisk ? 1 : 0;
  if (spec.policy.proc == policies::ProcView::kSystem) {
    plan.show_system = 1;
    plan.processors = static_cast<std::uint32_t>(std::ceil(limits.cpus));
    plan.processor = blob.add(processor_lines());
    plan.memory_bytes = limits.memory_bytes;
  }
  plan.disk_bytes = limits.disk_bytes;
  plan.disk_inodes = limits.disk_inodes;
  plan.open_files = limits.open_files;
  plan.file_bytes = limits.file_bytes;
  return blob.finish(plan);
}

// Invalid where the fork itself is to serve: memory may not be executed (vm.memfd_noexec=2), or
// this build wants the launcher to have the process's sanitizers.
UniqueFd image_to_execute() {
#ifdef GOBOX_LAUNCHER_FORK
  return UniqueFd();
#else
  auto image = launcher_image();
  return image ? std::move(*image) : UniqueFd();
#endif
}

// In the forked child.
[[noreturn]] void become_launcher(int socket, int image) {
  constexpr int kSocket = 3;
  const int moved =  // and without close-on-exec
      socket == kSocket ? ::fcntl(kSocket, F_SETFD, 0) : ::dup3(socket, kSocket, 0);
  if (moved < 0) {
    const Failed failed{.step = Step::kSettleLauncher, .errno_value = errno};
    send_message(socket, &failed, sizeof failed, nullptr, 0);
    ::_exit(1);
  }
  char name[] = "sandbox-launcher";
  char* const arguments[] = {name, nullptr};
  char* const environment[] = {nullptr};
  if (image >= 0) ::syscall(SYS_execveat, image, "", arguments, environment, AT_EMPTY_PATH);
  run_launcher(kSocket);
}

Result<void> check_spec(const SandboxSpec& spec, std::size_t binds) {
  if (spec.programs < 1 || spec.programs > kMaxPrograms) {
    return Error::host("a sandbox runs 1 to " + std::to_string(kMaxPrograms) + " programs");
  }
  if (binds > kMaxBinds) return Error::host("too many directories to show in the sandbox");
  return {};
}

}  // namespace

Result<std::unique_ptr<Launcher>> Launcher::start(CgroupTree::Degraded degraded) {
  // The groups first: opening them may move us, and the launcher must be where we are.
  std::unique_ptr<CgroupTree> groups = TRY(CgroupTree::open(degraded));
  SocketPair sockets = TRY(make_socket_pair());
  const UniqueFd image = image_to_execute();
  const pid_t pid = ::fork();
  if (pid < 0) return Error::system("fork the launcher");
  if (pid == 0) become_launcher(sockets.theirs.get(), image.get());
  return std::unique_ptr<Launcher>(
      new Launcher(std::move(groups), std::move(sockets.ours), pid, find_host_ids().own));
}

Launcher::~Launcher() {
  socket_.reset();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

Error Launcher::last_word(Error error) const {
  alignas(8) char buffer[sizeof(Failed)];
  const auto peek = [&] {
    return receive_message(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT | MSG_PEEK);
  };
  Received received = peek();
  // It left a plan unread: the socket says so once, before it gives what is in it.
  if (received.errno_value == ECONNRESET) received = peek();
  if (received.size != sizeof(Failed)) return error;
  return error_from(*reinterpret_cast<const Failed*>(buffer), {});
}

Result<std::unique_ptr<Sandbox>> Launcher::prepare(const SandboxSpec& spec, int cancel) {
  const Patience patience = Patience::of(kSetupPatience, cancel);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<policies::Bind> binds = spec.policy.binds;
  binds.insert(binds.end(), spec.more_binds.begin(), spec.more_binds.end());
  TRY(check_spec(spec, binds.size()));
  const policies::Limits& limits = spec.policy.limits;
  // All limits are written here, before anything is in the group. Of the processor set-up has what
  // it needs, for a hundredth would take it a second; the program's share is set when it is done.
  GroupLimits group_limits{.memory_bytes = limits.memory_bytes,
                           .pids = limits.pids,
                           .cpus = std::max(limits.cpus, kSetupCpus),
                           .memory_high = limits.memory_high};
  std::unique_ptr<Sandbox> sandbox(new Sandbox(TRY(groups_->create(group_limits))));
  sandbox->relay_wanted_ = spec.relay;
  for (const policies::Bind& bind : binds) sandbox->bind_sources_.push_back(bind.source);
  sandbox->seccomp_ = spec.filter.policy;
  sandbox->warden_ = &warden_;

  std::vector<UniqueFd> theirs;
  SocketPair control = TRY(make_socket_pair());
  sandbox->control_ = std::move(control.ours);
  theirs.push_back(std::move(control.theirs));
  for (unsigned i = 0; i < spec.programs; ++i) {
    SocketPair command = TRY(make_socket_pair());
    sandbox->commands_.push_back(std::move(command.ours));
    theirs.push_back(std::move(command.theirs));
  }
  const std::vector<UniqueFd> attach = TRY(sandbox->group_.open_attach_files());
  std::vector<int> fds;
  for (const UniqueFd& fd : theirs) fds.push_back(fd.get());
  if (sandbox->group_.clone_into() >= 0) fds.push_back(sandbox->group_.clone_into());
  DiskImage image;
  if (spec.policy.scratch == policies::Scratch::kDisk) {
    image =
        TRY(DiskImage::make(scratch_directory_, limits.disk_bytes, limits.disk_inodes, patience));
    fds.push_back(image.mount());
  }
  for (const UniqueFd& fd : attach) fds.push_back(fd.get());

  const std::string plan = encode_plan(spec, binds, sandbox->group_, attach.size());
  TRY(await(socket_.get(), POLLOUT, patience, "handing the sandbox plan to the launcher"));
  const int failure = send_message(socket_.get(), plan.data(), plan.size(), fds.data(), fds.size());
  if (failure == EPIPE || failure == ECONNRESET) {
    return last_word(Error::host("the launcher process is gone"));
  }
  if (failure != 0) return Error::system("send the sandbox plan", failure);
  theirs.clear();
  sandbox->image_ = std::move(image);
  sandbox->image_.handed_on();
  auto ready = sandbox->await_ready(patience);
  if (!ready) return last_word(std::move(ready).error());
  group_limits.cpus = limits.cpus;
  TRY(sandbox->set_limits(group_limits));
  sandbox->setup_time_ = std::chrono::steady_clock::now() - begin;
  return sandbox;
}

}  // namespace gobox::sandbox
