// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/program.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/inside/init.h"
#include "sandbox/inside/rights.h"

namespace gobox::sandbox {
namespace {

constexpr std::uint32_t kMaxWords = 8192;  // arguments and environment variables, each
constexpr int kSocketFd = 3;
constexpr int kExecutableFd = 4;

struct Start {
  const ProgramTask* task = nullptr;
  const Command* command = nullptr;
  int streams[3] = {-1, -1, -1};
  int executable = -1;
  int archives[kMaxArchives] = {-1, -1};
  char* arguments[kMaxWords];
  char* environment[kMaxWords];
  std::uint32_t detail = 0;
};

alignas(8) char command_bytes[kMaxMessage];

char* text_at(const Command& command, std::uint32_t offset) {
  return const_cast<char*>(reinterpret_cast<const char*>(&command)) + offset;
}

// The kernel's OOM killer takes the program before PID 1, and the sandbox before the host.
int oom_score(Start& start) {
  const int fd = ::openat(start.task->proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  ::close(start.task->proc);
  if (fd < 0) return errno;
  const int failure = ::write(fd, "1000", 4) == 4 ? 0 : errno;
  ::close(fd);
  return failure;
}

int program_ids(Start& start) {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
  return start.task->own_ids ? take_ids(kProgramId, kProgramId) : 0;
}

int drop_rights(Start&) {
  return clear_capabilities();
}

// Where whoever started us has less already, that is the limit: it cannot be raised, and need not.
int set_limit(int resource, std::uint64_t most) {
  rlimit limit{};
  if (::syscall(SYS_prlimit64, 0, resource, nullptr, &limit) != 0) return errno;
  if (most < limit.rlim_max) limit.rlim_max = most;
  limit.rlim_cur = limit.rlim_max;
  return ::syscall(SYS_prlimit64, 0, resource, &limit, nullptr) == 0 ? 0 : errno;
}

// No RLIMIT_AS or RLIMIT_DATA: Go reserves address space it never uses. No RLIMIT_NPROC: it counts
// per user, the group's pids.max counts per sandbox.
int resource_limits(Start& start) {
  const Plan& plan = *start.task->plan;
  // 1 and not 0: a handler in core_pattern, which the kernel starts as root outside, runs for a
  // limit of 0 too, and for 1 alone does not (core(5)). A file of one byte is never begun.
  if (const int failure = set_limit(RLIMIT_CORE, 1)) return failure;
  if (const int failure = set_limit(RLIMIT_NOFILE, plan.open_files)) return failure;
  if (const int failure = set_limit(RLIMIT_FSIZE, plan.file_bytes)) return failure;
  if (const int failure = set_limit(RLIMIT_MSGQUEUE, 0)) return failure;
  return set_limit(RLIMIT_MEMLOCK, 64 << 10);
}

// The command socket to 3, and nothing else above the standard streams.
int settle_descriptors(Start& start) {
  if (::dup3(start.task->command, kSocketFd, O_CLOEXEC) < 0) return errno;
  return ::syscall(SYS_close_range, static_cast<unsigned>(kSocketFd + 1), ~0U, 0) == 0 ? 0 : errno;
}

int await_command(Start& start) {
  const Received received = receive_message(kSocketFd, command_bytes, sizeof command_bytes, 0);
  if (received.size == 0) ::_exit(0);  // never needed
  if (received.size < 0) return received.errno_value;
  const auto* command = reinterpret_cast<const Command*>(command_bytes);
  if (received.size < static_cast<ssize_t>(sizeof(Command)) ||
      command->size != static_cast<std::uint32_t>(received.size)) {
    return EBADMSG;
  }
  if (command->archive_count > kMaxArchives) return EBADMSG;
  const std::size_t expected = 3 + (command->has_executable ? 1U : 0U) + command->archive_count;
  if (received.fd_count != expected) return EBADF;
  start.command = command;
  std::size_t next = 0;
  for (int& stream : start.streams) stream = received.fds[next++];
  if (command->has_executable) start.executable = received.fds[next++];
  for (std::uint32_t i = 0; i < command->archive_count; ++i) {
    start.archives[i] = received.fds[next++];
  }
  return 0;
}

int collect_words(const Command& command, std::uint32_t offsets, std::uint32_t count,
                  char** words) {
  if (count >= kMaxWords) return E2BIG;
  const auto* offset = reinterpret_cast<const std::uint32_t*>(text_at(command, offsets));
  for (std::uint32_t i = 0; i < count; ++i) words[i] = text_at(command, offset[i]);
  words[count] = nullptr;
  return 0;
}

int read_command(Start& start) {
  const Command& command = *start.command;
  if (const int failure =
          collect_words(command, command.arguments, command.argument_count, start.arguments)) {
    return failure;
  }
  return collect_words(command, command.environment, command.environment_count, start.environment);
}

// Directories above a file are made as they come; relative to the current directory.
int make_directories(char* path) {
  for (char* at = path; *at != '\0'; ++at) {
    if (*at != '/' || at == path) continue;
    *at = '\0';
    const int failure = ::mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : errno;
    *at = '/';
    if (failure != 0) return failure;
  }
  return 0;
}

int write_bytes(int fd, const char* data, std::uint64_t size) {
  while (size > 0) {
    const ssize_t written = ::write(fd, data, size);
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) {
      data += written;
      size -= static_cast<std::uint64_t>(written);
    }
  }
  return 0;
}

int write_record(char* path, const FileRecord& record, const char* data) {
  if (const int failure = make_directories(path)) return failure;
  if (S_ISDIR(record.mode)) {
    return ::mkdir(path, record.mode & 0777) == 0 || errno == EEXIST ? 0 : errno;
  }
  if (S_ISLNK(record.mode)) return ::symlink(data, path) == 0 ? 0 : errno;
  const int fd =
      ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, record.mode & 0777);
  if (fd < 0) return errno;
  const int failure = write_bytes(fd, data, record.data_size);
  ::close(fd);
  return failure;
}

int write_archive(Start& start, int archive) {
  struct stat status {};

  if (::fstat(archive, &status) != 0) return errno;
  if (status.st_size == 0) return 0;
  const auto size = static_cast<std::size_t>(status.st_size);
  // Private and writable: paths are cut at their slashes in place.
  void* map = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, archive, 0);
  if (map == MAP_FAILED) return errno;
  char* at = static_cast<char*>(map);
  char* const end = at + size;
  while (at + sizeof(FileRecord) <= end) {
    const auto* record = reinterpret_cast<const FileRecord*>(at);
    char* path = at + sizeof(FileRecord);
    char* data = path + aligned(record->path_size);
    if (const int failure = write_record(path, *record, data)) return failure;
    at = data + aligned(record->data_size);
    ++start.detail;
  }
  return ::munmap(map, size) == 0 ? 0 : errno;
}

// The input files are written from within, as the program's own user: they count against the
// sandbox's memory and disk, and nothing outside ever walks a path in here.
int write_files(Start& start) {
  if (start.command->archive_count == 0) return 0;
  if (::chdir("/work") != 0) return errno;
  for (std::uint32_t i = 0; i < start.command->archive_count; ++i) {
    if (const int failure = write_archive(start, start.archives[i])) return failure;
  }
  start.detail = 0;
  return 0;
}

int working_directory(Start& start) {
  ::umask(022);
  if (::chdir(text_at(*start.command, start.command->working_directory)) != 0) return errno;
  // CVE-2024-21626: a directory outside the root reads as "(unreachable)".
  char path[4096];
  const long size = ::syscall(SYS_getcwd, path, sizeof path);
  if (size < 0) return errno;
  return path[0] == '/' ? 0 : ENOENT;
}

// Its socket is 3 from the beginning, so that what the command brings comes after it. Streams go to
// 0, 1, 2, the executable to 4; everything else is closed now, not at exec (CVE-2024-21626 again).
// The socket and the executable are close-on-exec.
int standard_streams(Start& start) {
  for (int target = 0; target < 3; ++target) {
    if (::dup3(start.streams[target], target, 0) < 0) return errno;
  }
  unsigned first = kSocketFd + 1;
  if (start.executable >= 0) {
    if (start.executable != kExecutableFd &&
        ::dup3(start.executable, kExecutableFd, O_CLOEXEC) < 0) {
      return errno;
    }
    ++first;
  }
  return ::syscall(SYS_close_range, first, ~0U, 0) == 0 ? 0 : errno;
}

// Loaded before parking: loading costs a third of a millisecond, and everything between here and
// the program is something every program may do.
int filter(Start& start) {
  const Plan& plan = *start.task->plan;
  const auto* instructions =
      reinterpret_cast<const sock_filter*>(reinterpret_cast<const char*>(&plan) + plan.filter);
  int listener = -1;
  const int failure = load_filter(instructions, plan.filter_count, &listener);
  if (failure != 0) return failure;
  const Listener message;
  const int unsent = send_message(kSocketFd, &message, sizeof message, &listener, 1);
  ::close(listener);
  return unsent;
}

// Tries the directories of `paths` in turn, as execvp(3) does.
int execute_by_name(Start& start, const char* name) {
  int failure = ENOENT;
  for (const char* at = text_at(*start.command, start.command->paths); *at != '\0';) {
    const char* colon = at;
    while (*colon != '\0' && *colon != ':') ++colon;
    char path[4096];
    const auto directory = static_cast<std::size_t>(colon - at);
    const std::size_t size = std::strlen(name);
    if (directory + size + 2 <= sizeof path) {
      std::memcpy(path, at, directory);
      path[directory] = '/';
      std::memcpy(path + directory + 1, name, size + 1);
      ::execve(path, start.arguments, start.environment);
      if (errno != ENOENT && errno != ENOTDIR) failure = errno;
    }
    at = *colon == '\0' ? colon : colon + 1;
  }
  return failure;
}

int execute(Start& start) {
  if (start.executable >= 0) {
    ::syscall(SYS_execveat, kExecutableFd, "", start.arguments, start.environment, AT_EMPTY_PATH);
    return errno;
  }
  if (start.command->is_binary != 0) {
    ::execve(kBinaryPath, start.arguments, start.environment);
    return errno;
  }
  const char* name = start.arguments[0];
  if (std::strchr(name, '/') == nullptr) return execute_by_name(start, name);
  ::execve(name, start.arguments, start.environment);
  return errno;
}

struct ProgramStep {
  Step step;
  int (*run)(Start&);
};

constexpr ProgramStep kProgramSteps[] = {
    {Step::kOomScore, oom_score},
    {Step::kSettleDescriptors, settle_descriptors},
    {Step::kProgramIds, program_ids},
    {Step::kDropRights, drop_rights},
    {Step::kResourceLimits, resource_limits},
    {Step::kFilter, filter},
    {Step::kAwaitCommand, await_command},
    {Step::kReadCommand, read_command},
    {Step::kWriteFiles, write_files},
    {Step::kWorkingDirectory, working_directory},
    {Step::kStandardStreams, standard_streams},
    {Step::kExecute, execute},
};

}  // namespace

void run_program(const ProgramTask& task) noexcept {
  static Start start;
  start.task = &task;
  int socket = task.command;
  for (const ProgramStep& step : kProgramSteps) {
    const int failure = step.run(start);
    if (failure == 0) {
      if (step.step == Step::kSettleDescriptors) socket = kSocketFd;
      continue;
    }
    const Failed failed{.step = step.step, .errno_value = failure, .detail = start.detail};
    send_message(socket, &failed, sizeof failed, nullptr, 0);
    ::_exit(127);
  }
  ::_exit(127);
}

}  // namespace gobox::sandbox
