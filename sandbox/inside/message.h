// SPDX-License-Identifier: Apache-2.0

#pragma once

// The messages between supervisor, launcher, PID 1 and program: plain structs over SOCK_SEQPACKET
// sockets, descriptors beside them as SCM_RIGHTS (unix(7)). One send is one message.
//
//   supervisor -> launcher   Plan + descriptors (control, commands..., v2 group, disk image's
//   mount,
//                            v1 `tasks` files)
//   launcher   -> supervisor Spawned + pidfd of PID 1, or Failed           (on the control socket);
//                            Failed on its own socket: it gives up
//   PID 1      -> supervisor Ready + the writable space, the file for a binary, a pidfd per
//                            program, the relay's listener where one was planned; Ended; or Failed
//   supervisor -> program    Command + descriptors                         (its command socket)
//   program    -> supervisor Listener + descriptor, or Failed; end-of-file: it has executed
//
// Plan and Command are a header and the bytes its offsets point into ("blob"). The receivers run
// between clone and exec: they use the bytes where they lie and allocate nothing.

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "sandbox/inside/step.h"

namespace gobox::sandbox {

inline constexpr std::size_t kMaxMessage =
    std::size_t{192} * 1024;  // below the default socket buffer
inline constexpr std::size_t kMaxDescriptors = 16;
inline constexpr std::uint32_t kMaxPrograms = 4;
inline constexpr std::uint32_t kMaxBinds = 24;
// Where a planned relay listens, on 127.0.0.1 of the sandbox's own network namespace.
inline constexpr std::uint16_t kRelayPort = 3000;
inline constexpr std::uint32_t kMaxArchives = 2;
// Plan::show_groups
inline constexpr std::uint32_t kShowUnified = 1;
inline constexpr std::uint32_t kShowHierarchies = 2;

// Where a binary brought from outside lies in the sandbox. Empty until then.
inline constexpr const char* kBinaryPath = "/program/main";
// A link to it: test binaries know themselves by the ending.
inline constexpr const char* kTestBinaryPath = "/program/main.test";

enum class MessageKind : std::uint32_t {
  kSpawned = 1,
  kFailed,
  kReady,
  kEnded,
  kListener,
  kBinaryPlace,
};

struct Spawned {
  MessageKind kind = MessageKind::kSpawned;
  pid_t init_pid = 0;             // in the launcher's pid namespace
  std::uint32_t program_uid = 0;  // the program's user id outside
};

struct Failed {
  MessageKind kind = MessageKind::kFailed;
  Step step = Step::kReadPlan;
  std::int32_t errno_value = 0;
  std::uint32_t detail = 0;  // kCollectBinds, kAttachBinds, kWriteFiles: which one
};

// The descriptor that comes along is kBinaryPath, open for writing. By the time of Ready the
// sandbox has no such descriptor any more: what is open for writing cannot be executed (execve(2),
// ETXTBSY).
struct BinaryPlace {
  MessageKind kind = MessageKind::kBinaryPlace;
};

struct Ready {
  MessageKind kind = MessageKind::kReady;
  pid_t programs[kMaxPrograms] = {};  // in the sandbox's pid namespace
};

struct Ended {
  MessageKind kind = MessageKind::kEnded;
  std::uint32_t program = 0;      // index
  std::int32_t wait_status = 0;   // as wait(2) gives it
  std::uint32_t others_left = 0;  // 0: PID 1 had no other child when the program ended
};

struct Listener {
  MessageKind kind = MessageKind::kListener;
};

struct PlanBind {
  std::uint32_t source = 0;  // offsets of zero-ended strings
  std::uint32_t target = 0;
  std::uint32_t optional = 0;
};

struct Plan {
  std::uint32_t size = 0;  // of header and bytes
  std::uint32_t program_count = 1;
  std::uint32_t attach_count = 0;
  std::uint32_t has_unified_group = 0;
  std::uint32_t bind_count = 0;
  std::uint32_t binds = 0;   // offset of PlanBind[]
  std::uint32_t filter = 0;  // offset of sock_filter[]
  std::uint32_t filter_count = 0;
  std::uint32_t loopback = 0;
  std::uint32_t relay = 0;        // make a listening socket and hand it out
  std::uint32_t show_groups = 0;  // the files of its control groups below /sys/fs/cgroup
  std::uint32_t has_scratch = 0;  // a mount without a place comes along, for the writable space
  std::uint32_t show_system = 0;  // /proc/cpuinfo and /proc/meminfo, with what follows
  std::uint32_t processors = 0;
  std::uint32_t processor = 0;  // offset of one processor's lines in cpuinfo, but for its number
  std::uint64_t memory_bytes = 0;
  std::uint64_t disk_bytes = 0;
  std::uint64_t disk_inodes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t file_bytes = 0;
};

struct Command {
  std::uint32_t size = 0;
  std::uint32_t argument_count = 0;
  std::uint32_t arguments = 0;  // offset of uint32 offsets
  std::uint32_t environment_count = 0;
  std::uint32_t environment = 0;
  std::uint32_t working_directory = 0;
  std::uint32_t paths = 0;  // where to look for argument 0 without a slash: "/usr/bin:/bin"
  std::uint32_t has_executable = 0;  // a descriptor is executed instead of a path
  std::uint32_t is_binary = 0;       // kBinaryPath is executed, whatever argument 0 says
  std::uint32_t archive_count = 0;  // archives of input files that come along, at most kMaxArchives
};

// An archive of input files: records back to back in one sealed memory file, 8-byte aligned. What
// a later archive holds replaces an earlier one's.
struct FileRecord {
  std::uint32_t path_size = 0;  // with its zero; the path follows the record
  std::uint32_t mode = 0644;    // with its type (inode(7)): a file, an empty directory, or a link
  std::uint64_t data_size = 0;  // the data follows the path; a link's is its target, with its zero
};

inline std::uint64_t aligned(std::uint64_t size) {
  return (size + 7) & ~std::uint64_t{7};
}

// Builds a blob: a header whose offsets point into the bytes behind it.
class BlobBuilder {
 public:
  explicit BlobBuilder(std::size_t header_size) : bytes_(header_size, '\0') {}

  std::uint32_t add(const void* data, std::size_t size) {
    bytes_.resize((bytes_.size() + 7) & ~std::size_t{7});
    const auto offset = static_cast<std::uint32_t>(bytes_.size());
    bytes_.append(static_cast<const char*>(data), size);
    return offset;
  }

  std::uint32_t add(std::string_view text) {
    const std::uint32_t offset = add(text.data(), text.size());
    bytes_ += '\0';
    return offset;
  }

  std::uint32_t add(const std::vector<std::string>& texts) {
    std::vector<std::uint32_t> offsets;
    for (const std::string& text : texts) offsets.push_back(add(text));
    return add(offsets.data(), offsets.size() * sizeof(std::uint32_t));
  }

  template <typename Header>
  std::string finish(Header header) {
    header.size = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

// One message with up to kMaxDescriptors descriptors. Returns 0 or an errno; async-signal-safe.
int send_message(int socket, const void* bytes, std::size_t size, const int* fds,
                 std::size_t count);

struct Received {
  ssize_t size = -1;  // 0: the other end is gone; -1: see errno_value
  int errno_value = 0;
  int fds[kMaxDescriptors] = {};
  std::size_t fd_count = 0;
};

// Waits for one message. Received descriptors are close-on-exec and the caller's to close.
Received receive_message(int socket, void* buffer, std::size_t capacity, int flags);

}  // namespace gobox::sandbox
