// SPDX-License-Identifier: Apache-2.0

#include "runner/source/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "base/file.h"
#include "base/quantity.h"

namespace gobox::runner {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::uint64_t kMaxEntries = 200'000;
constexpr std::size_t kMaxListedPaths = 20;

Result<UniqueFd> open_beneath(int directory, const std::string& path, unsigned flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const long fd = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
  if (fd < 0) return Error::system("open " + path);
  return UniqueFd(static_cast<int>(fd));
}

Result<void> copy_bytes(int from, int to, std::uint64_t size) {
  off_t offset = 0;  // of our own: `from` may be shared, and copied more than once
  while (size > 0) {
    const ssize_t copied = ::sendfile(to, from, &offset, size);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return Error::system("copy a file");
    if (copied == 0) return Error::host("a file shrank while it was copied");
    size -= static_cast<std::uint64_t>(copied);
  }
  return {};
}

// Copies what is in a file of `size` bytes and leaves its holes holes: a program may make a file
// look a thousand times as large as its disk.
Result<void> copy_sparsely(int from, int to, off_t size) {
  for (off_t at = 0; at < size;) {
    const off_t data = ::lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // nothing but a hole is left
    if (data < 0) return Error::system("look for the data of a file");
    const off_t hole = ::lseek(from, data, SEEK_HOLE);
    if (hole < 0) return Error::system("look for the holes of a file");
    const off_t end = std::min(hole, size);
    if (::lseek(to, data, SEEK_SET) < 0) return Error::system("lseek");
    for (off_t next = data; next < end;) {
      const ssize_t copied = ::sendfile(to, from, &next, static_cast<std::size_t>(end - next));
      if (copied < 0 && errno == EINTR) continue;
      if (copied < 0) return Error::system("copy a file");
      if (copied == 0) return Error::host("a file shrank while it was copied");
    }
    at = end;
  }
  return ::ftruncate(to, size) == 0 ? Result<void>() : Error::system("set the size of a file");
}

struct Entry {
  int directory = -1;
  std::string name;
  std::string path;  // from where the walk began

  struct stat status {};
};

// Visits everything below `directory`; a visitor's error ends the walk.
class Walk {
 public:
  using Visitor = std::function<Result<void>(const Entry&)>;

  explicit Walk(Visitor visitor) : visitor_(std::move(visitor)) {}

  Result<void> below(UniqueFd directory, const std::string& path, int depth) {
    if (depth > kMaxDepth) {
      ++passed_over_;
      return {};
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(directory.get()), ::closedir);
    if (!stream) return Error::system("read directory " + path);
    const int fd = directory.release();  // the stream's now
    while (const dirent* item = ::readdir(stream.get())) {
      const std::string name = item->d_name;
      if (name == "." || name == "..") continue;
      if (++entries_ > kMaxEntries) {
        ++passed_over_;
        return {};
      }
      Entry entry{fd, name, path.empty() ? name : path + "/" + name, {}};
      if (::fstatat(fd, name.c_str(), &entry.status, AT_SYMLINK_NOFOLLOW) != 0) {
        ++passed_over_;
        continue;
      }
      TRY(visitor_(entry));
      if (!S_ISDIR(entry.status.st_mode)) continue;
      auto inner = open_beneath(fd, name, O_RDONLY | O_DIRECTORY);
      if (!inner) ++passed_over_;
      if (inner) TRY(below(std::move(*inner), entry.path, depth + 1));
    }
    return {};
  }

  // Directories and entries not looked into: unreadable, too deep, too many.
  std::uint64_t passed_over() const { return passed_over_; }

 private:
  Visitor visitor_;
  std::uint64_t entries_ = 0;
  std::uint64_t passed_over_ = 0;
};

// Writes a copy of what a walk finds below a host directory: regular files and directories.
class Copying {
 public:
  Copying(UniqueFd target, std::string name) : target_(std::move(target)), name_(std::move(name)) {}

  Result<void> take(const Entry& entry) {
    if (S_ISDIR(entry.status.st_mode)) return make_directory(entry);
    if (!S_ISREG(entry.status.st_mode)) {
      ++left_out_;
      return {};
    }
    // Further names of a file are further names of its copy: else each would cost a file's room.
    const auto first = entry.status.st_nlink > 1 ? copied_.find(id_of(entry)) : copied_.end();
    static_cast<void>(::unlinkat(target_.get(), entry.path.c_str(), 0));  // an earlier stage's
    if (first == copied_.end()) return copy_file(entry);
    if (::linkat(target_.get(), first->second.c_str(), target_.get(), entry.path.c_str(), 0) != 0) {
      return Error::system("link " + name_ + "/" + entry.path);
    }
    return {};
  }

  std::uint64_t left_out() const { return left_out_; }

 private:
  static std::pair<dev_t, ino_t> id_of(const Entry& entry) {
    return {entry.status.st_dev, entry.status.st_ino};
  }

  Result<void> make_directory(const Entry& entry) {
    if (::mkdirat(target_.get(), entry.path.c_str(), 0755) == 0 || errno == EEXIST) return {};
    return Error::system("mkdir " + name_ + "/" + entry.path);
  }

  Result<void> copy_file(const Entry& entry) {
    const auto source = open_regular(entry.directory, entry.name, ~std::uint64_t{0} >> 1);
    if (!source) {
      ++left_out_;
      return {};
    }
    const unsigned mode = (entry.status.st_mode & 0111) != 0 ? 0755 : 0644;
    const UniqueFd copy =
        TRY(open_at(target_.get(), entry.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
    if (entry.status.st_nlink > 1) copied_.emplace(id_of(entry), entry.path);
    return copy_sparsely(source->get(), copy.get(), entry.status.st_size);
  }

  UniqueFd target_;
  std::string name_;
  std::map<std::pair<dev_t, ino_t>, std::string> copied_;  // files with several names
  std::uint64_t left_out_ = 0;
};

}  // namespace

Result<UniqueFd> open_regular(int space, const std::string& path, std::uint64_t most) {
  UniqueFd file = TRY(open_beneath(space, path, O_RDONLY));

  struct stat status {};

  if (::fstat(file.get(), &status) != 0) return Error::system("fstat " + path);
  if (!S_ISREG(status.st_mode)) return Error::host(path + " is not a regular file");
  if (static_cast<std::uint64_t>(status.st_size) > most) {
    return Error::host(path + " is larger than " + format_size(most));
  }
  return file;
}

Result<void> remove_file(int space, const std::string& directory, const std::string& name) {
  const UniqueFd opened = TRY(open_beneath(space, directory, O_RDONLY | O_DIRECTORY));
  if (::unlinkat(opened.get(), name.c_str(), 0) != 0) {
    return Error::system("remove " + directory + "/" + name);
  }
  return {};
}

Result<UniqueFd> sealed_copy(int file, const char* name) {
  struct stat status {};

  if (::fstat(file, &status) != 0) return Error::system("fstat the binary");
  UniqueFd copy(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!copy) return Error::system("memfd_create");
  TRY(copy_bytes(file, copy.get(), static_cast<std::uint64_t>(status.st_size)));
  if (::fchmod(copy.get(), 0555) != 0) return Error::system("fchmod the binary");
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0) return Error::system("seal the binary");
  return reopen_for_reading(copy);
}

LeftoverFiles find_leftovers(int space, const Workspace& inputs,
                             const std::vector<std::string>& expected) {
  LeftoverFiles leftover;
  Walk walk([&](const Entry& entry) -> Result<void> {
    if (S_ISDIR(entry.status.st_mode)) return {};
    if (std::find(expected.begin(), expected.end(), entry.path) != expected.end()) return {};
    const bool in_work = entry.path.rfind("work/", 0) == 0;
    if (in_work && find_file(inputs, entry.path.substr(5)) != nullptr) return {};
    if (in_work && find_link(inputs, entry.path.substr(5)) != nullptr) return {};
    ++leftover.count;
    leftover.bytes += static_cast<std::uint64_t>(entry.status.st_blocks) * 512;
    if (leftover.paths.size() < kMaxListedPaths) leftover.paths.push_back("/" + entry.path);
    return {};
  });
  auto root = open_beneath(space, ".", O_RDONLY | O_DIRECTORY);
  if (root) static_cast<void>(walk.below(std::move(*root), "", 0));
  return leftover;
}

Result<void> visit_regular(int space, const std::string& from, const RegularVisitor& visitor) {
  Walk walk([&](const Entry& entry) -> Result<void> {
    if (!S_ISREG(entry.status.st_mode)) return {};
    const auto file = open_beneath(entry.directory, entry.name, O_RDONLY);
    if (!file) return {};
    return visitor(entry.path, file->get(), static_cast<std::uint64_t>(entry.status.st_size));
  });
  return walk.below(TRY(open_beneath(space, from, O_RDONLY | O_DIRECTORY)), "", 0);
}

Result<std::uint64_t> copy_out(int space, const std::string& from, const std::string& to) {
  Copying copying(TRY(open_at(AT_FDCWD, to, O_RDONLY | O_DIRECTORY)), to);
  Walk walk([&](const Entry& entry) { return copying.take(entry); });
  UniqueFd source = TRY(open_beneath(space, from, O_RDONLY | O_DIRECTORY));
  TRY(walk.below(std::move(source), "", 0));
  return copying.left_out() + walk.passed_over();
}

}  // namespace gobox::runner
