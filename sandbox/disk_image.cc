// SPDX-License-Identifier: Apache-2.0

#include "sandbox/disk_image.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "base/file.h"
#include "base/quantity.h"

namespace gobox::sandbox {
namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kMebi = 1ULL << 20;
constexpr int kLoopTries = 64;                // others take the device that was free a moment ago
constexpr int kBallastTries = 8;              // what notes its blocks takes blocks too
constexpr std::uint64_t kOurDirectories = 3;  // work, tmp and shm, a block each
// EXT4_IOC_SHUTDOWN and EXT4_GOING_FLAGS_NOLOGFLUSH of fs/ext4/ext4.h, which no header has.
constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kWithoutFlush = 2;

Error lacking(const std::string& step, int errno_value = errno) {
  Error error = Error::system(step, errno_value);
  error.message +=
      "; a scratch on disk needs root of the host, loop devices (in a container: /dev/loop-control "
      "and block devices of major 7) and mkfs.ext4; scratch \"memory\" needs none of them";
  return error;
}

std::uint64_t blocks_of(std::uint64_t bytes) {
  return (bytes + kBlock - 1) / kBlock;
}

// With what ext4 needs for itself: inode tables, two bitmaps and at times a copy of the super block
// for each 128 MiB, and up to 16 MiB that it keeps back. The rest becomes ballast.
std::uint64_t image_size(std::uint64_t bytes, std::uint64_t inodes) {
  constexpr std::uint64_t kInode = 256;
  return blocks_of(bytes + inodes * kInode + bytes / 64 + 32 * kMebi) * kBlock;
}

Result<UniqueFd> make_file(const std::string& directory, std::uint64_t size) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) return Error::system("make " + directory, failure.value());
  const UniqueFd place = TRY(open_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY));

  struct statfs there {};

  if (::fstatfs(place.get(), &there) != 0) return Error::system("statfs " + directory);
  if (there.f_type == TMPFS_MAGIC || there.f_type == RAMFS_MAGIC) {
    return Error::host("a scratch on disk cannot lie in " + directory +
                       ", which is itself memory (tmpfs)");
  }
  UniqueFd file(::openat(place.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) return Error::system("make a file without a name in " + directory);
  if (::fallocate(file.get(), 0, 0, static_cast<off_t>(size)) != 0) {
    return Error::system("set " + format_size(size) + " of disk aside in " + directory);
  }
  return file;
}

Result<pid_t> start_mkfs(int file, const std::vector<std::string>& words) {
  constexpr int kItsFile = 3;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawn_file_actions_init(&actions);
  // First, before 0 to 2 could be it; and without close-on-exec.
  ::posix_spawn_file_actions_adddup2(&actions, file, kItsFile);
  for (int stream = 0; stream < 3; ++stream) {
    ::posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  }
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  char configuration[] = "MKE2FS_CONFIG=/dev/null";  // what we ask for, and nothing of the host's
  char* const environment[] = {configuration, nullptr};
  pid_t pid = -1;
  int failure = ENOENT;
  for (const char* path : {"/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"}) {
    if (failure != ENOENT) break;
    failure = ::posix_spawn(&pid, path, &actions, &attributes, arguments.data(), environment);
  }
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failure != 0) return lacking("start mkfs.ext4", failure);
  return pid;
}

Result<void> make_file_system(int file, std::uint64_t inodes, const Patience& patience) {
  constexpr std::uint64_t kReservedInodes = 11;  // EXT4_GOOD_OLD_FIRST_INO and the root before it
  const pid_t pid = TRY(start_mkfs(
      file, {"mkfs.ext4", "-q", "-F", "-b", std::to_string(kBlock), "-I", "256", "-m", "0", "-N",
             std::to_string(inodes + kReservedInodes), "-O",
             "none,extent,filetype,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,"
             "64bit,dir_index",
             "-E", "lazy_itable_init=1,nodiscard", "/proc/self/fd/3"}));
  const UniqueFd ending(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  Result<void> ended = Error::system("pidfd_open of mkfs.ext4");
  if (ending) ended = await(ending.get(), POLLIN, patience, "mkfs.ext4");
  if (!ended) ::kill(pid, SIGKILL);  // not reaped yet, so it is still its own id
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return ended.error();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Error::host("mkfs.ext4 failed (wait status " + std::to_string(status) + ")");
}

// The device with `file` behind it; it goes back when the last descriptor and mount of it are gone.
struct LoopDevice {
  UniqueFd fd;
  std::string path;
};

Result<LoopDevice> attach_loop(int file) {
  const UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control) return lacking("open /dev/loop-control");
  loop_config config{};
  config.fd = static_cast<std::uint32_t>(file);
  config.block_size = kBlock;
  // Direct: the file's pages are not cached a second time below those of the files in it.
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO;
  for (int tries = 0; tries < kLoopTries; ++tries) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return lacking("find a free loop device");
    LoopDevice device{UniqueFd(), "/dev/loop" + std::to_string(number)};
    device.fd.reset(::open(device.path.c_str(), O_RDWR | O_CLOEXEC));
    if (!device.fd) return lacking("open " + device.path);
    if (::ioctl(device.fd.get(), LOOP_CONFIGURE, &config) == 0) return device;
    if (errno != EBUSY) return lacking("put a file behind " + device.path);
  }
  return lacking("find a free loop device", EBUSY);
}

Result<UniqueFd> mount_nowhere(const std::string& device) {
  const UniqueFd context(static_cast<int>(::syscall(SYS_fsopen, "ext4", FSOPEN_CLOEXEC)));
  if (!context) return lacking("prepare to mount an ext4 file system");
  const auto set = [&](unsigned command, const char* key, const char* value) {
    return ::syscall(SYS_fsconfig, context.get(), command, key, value, 0) == 0;
  };
  // No thread that zeroes inode tables; no writing out where a program renames or truncates.
  if (!set(FSCONFIG_SET_STRING, "source", device.c_str()) ||
      !set(FSCONFIG_SET_FLAG, "noinit_itable", nullptr) ||
      !set(FSCONFIG_SET_FLAG, "noauto_da_alloc", nullptr) ||
      !set(FSCONFIG_CMD_CREATE, nullptr, nullptr)) {
    return lacking("mount the file system on " + device);
  }
  constexpr unsigned kAttributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME;
  UniqueFd mount(
      static_cast<int>(::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, kAttributes)));
  if (!mount) return lacking("mount the file system on " + device);
  return mount;
}

// A file without a name in it that takes all but `blocks`, to the block.
Result<UniqueFd> fill_up(int root, std::uint64_t blocks) {
  UniqueFd ballast(::openat(root, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!ballast) return Error::system("make the ballast of the disk image");
  std::uint64_t taken = 0;
  for (int tries = 0; tries < kBallastTries; ++tries) {
    struct statfs now {};

    if (::fstatfs(root, &now) != 0) return Error::system("statfs of the disk image");
    if (now.f_bavail == blocks) return ballast;
    if (now.f_bavail > blocks) {
      taken += now.f_bavail - blocks;
      if (::fallocate(ballast.get(), 0, 0, static_cast<off_t>(taken * kBlock)) != 0) {
        return Error::system("fill the disk image up to its limit");
      }
    } else {
      const std::uint64_t missing = blocks - now.f_bavail;
      if (missing > taken) return Error::host("the disk image came out too small");
      taken -= missing;
      if (::ftruncate(ballast.get(), static_cast<off_t>(taken * kBlock)) != 0) {
        return Error::system("leave the disk image its limit");
      }
    }
  }
  return Error::host("the disk image could not be made as large as its limit");
}

}  // namespace

Result<DiskImage> DiskImage::make(const std::string& directory, std::uint64_t bytes,
                                  std::uint64_t inodes, const Patience& patience) {
  if (directory.empty()) return Error::host("there is no directory for a scratch on disk");
  const UniqueFd file = TRY(make_file(directory, image_size(bytes, inodes)));
  TRY(make_file_system(file.get(), inodes, patience));
  const LoopDevice device = TRY(attach_loop(file.get()));
  DiskImage image;
  image.mount_ = TRY(mount_nowhere(device.path));
  const UniqueFd root = TRY(open_at(image.mount_.get(), ".", O_RDONLY | O_DIRECTORY));
  static_cast<void>(::unlinkat(root.get(), "lost+found", AT_REMOVEDIR));
  // PID 1 makes the directories by its own id, which nobody knows yet; no program reaches the root.
  if (::fchmod(root.get(), 0777) != 0) return Error::system("open the disk image to its sandbox");
  image.ballast_ = TRY(fill_up(root.get(), blocks_of(bytes) + kOurDirectories));
  return image;
}

void DiskImage::abandon(int space) {
  if (ballast_ && space >= 0) {
    std::uint32_t how = kWithoutFlush;
    static_cast<void>(::ioctl(space, kShutdown, &how));
  }
  ballast_.reset();
  mount_.reset();
}

}  // namespace gobox::sandbox
