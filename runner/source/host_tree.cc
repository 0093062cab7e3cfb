// SPDX-License-Identifier: Apache-2.0

#include "runner/source/host_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>

#include "base/file.h"
#include "runner/source/host_file.h"
#include "runner/source/workspace_builder.h"

namespace gobox::runner {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kQuiet{2};
constexpr std::chrono::seconds kBetweenReports{1};

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

// Sorted names, at most `most` of them and one more, so that a vast directory costs little.
Result<std::vector<std::string>> names_in(UniqueFd directory, std::size_t most,
                                          std::string_view shown) {
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(directory.get()));
  if (!stream) return cannot_read(shown, errno);
  static_cast<void>(directory.release());  // closedir closes it
  std::vector<std::string> names;
  while (names.size() <= most) {
    errno = 0;  // readdir(3): the end and an error both give a null pointer
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) return cannot_read(shown, errno);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Whether a relative link at `path` leads to a place in the tree, by its words alone.
bool stays_inside(std::string_view path, std::string_view target) {
  if (target.empty() || target.front() == '/') return false;
  std::ptrdiff_t depth = std::count(path.begin(), path.end(), '/');
  while (!target.empty()) {
    const std::size_t slash = std::min(target.find('/'), target.size());
    const std::string_view part = target.substr(0, slash);
    if (part == "..") --depth;
    if (!part.empty() && part != "." && part != "..") ++depth;
    if (depth < 0) return false;
    target.remove_prefix(std::min(slash + 1, target.size()));
  }
  return true;
}

// Reads a tree, directory by directory, in a loop: how deep it is costs neither stack nor
// descriptors.
class TreeReader {
 public:
  TreeReader(const TreeOptions& options, UniqueFd root)
      : options_(options), builder_(options.limits), root_(std::move(root)) {}

  Result<Workspace> read() && {
    TRY(read_directory(""));
    while (!pending_.empty()) {
      const std::string path = std::move(pending_.back());
      pending_.pop_back();
      TRY(read_directory(path));
    }
    return std::move(builder_).finish();
  }

 private:
  Result<UniqueFd> open_directory(const std::string& path) const {
    open_how how{};
    how.flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const char* const name = path.empty() ? "." : path.c_str();
    const long fd = ::syscall(SYS_openat2, root_.get(), name, &how, sizeof how);
    if (fd < 0) return cannot_read(name, errno);
    return UniqueFd(static_cast<int>(fd));
  }

  Result<void> read_directory(const std::string& path) {
    const UniqueFd directory = TRY(open_directory(path));
    UniqueFd copy(::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) return cannot_read(path, errno);
    const std::size_t most = 2 * options_.limits.max_files;
    const auto names = TRY(names_in(std::move(copy), most, path.empty() ? "." : path));
    bool empty = true;
    for (const std::string& name : names) {
      empty = !TRY(take(directory.get(), name, path.empty() ? name : path + "/" + name)) && empty;
    }
    if (empty && !path.empty()) TRY(builder_.add_empty_directory(path));
    return {};
  }

  // False: left out.
  Result<bool> take(int directory, const std::string& name, const std::string& path) {
    struct stat status = {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return cannot_read(path, errno);
    }
    if (is_excluded(name, path)) return false;
    if (name == ".git") {
      builder_.leave_out(path, "version control");
      return false;
    }
    if (S_ISDIR(status.st_mode)) {
      TRY(check_path(path, options_.limits));
      TRY(builder_.count_directory(path));
      pending_.push_back(path);
      return true;
    }
    if (S_ISLNK(status.st_mode)) return take_link(directory, name, path);
    if (!S_ISREG(status.st_mode)) {
      builder_.leave_out(path, kind_of_file(status.st_mode));
      return false;
    }
    TRY(add_host_file(builder_, directory, name, path, path));
    report();
    return true;
  }

  Result<bool> take_link(int directory, const std::string& name, const std::string& path) {
    char target[4096];  // PATH_MAX
    const ssize_t size = ::readlinkat(directory, name.c_str(), target, sizeof target);
    if (size < 0) return cannot_read(path, errno);
    std::string text(target, static_cast<std::size_t>(size));
    if (!stays_inside(path, text)) {
      builder_.leave_out(path, "a symbolic link to " + quote_path(text) + ", outside the tree");
      return false;
    }
    TRY(builder_.add_link({path, std::move(text)}));
    return true;
  }

  bool is_excluded(const std::string& name, const std::string& path) const {
    return std::any_of(
        options_.exclude.begin(), options_.exclude.end(), [&](const std::string& pattern) {
          const bool whole = pattern.find('/') != std::string::npos;
          const std::string& subject = whole ? path : name;
          return ::fnmatch(pattern.c_str(), subject.c_str(), whole ? FNM_PATHNAME : 0) == 0;
        });
  }

  void report() {
    if (!options_.progress) return;
    const auto now = Clock::now();
    if (now < report_at_) return;
    options_.progress(builder_.files(), builder_.bytes());
    report_at_ = now + kBetweenReports;
  }

  const TreeOptions& options_;
  WorkspaceBuilder builder_;
  UniqueFd root_;
  std::vector<std::string> pending_;
  Clock::time_point report_at_ = Clock::now() + kQuiet;
};

}  // namespace

Result<Workspace> read_host_tree(const std::string& path, const TreeOptions& options) {
  // "link/" would be followed where "link" is not.
  std::string named = path;
  while (named.size() > 1 && named.ends_with('/')) named.pop_back();
  struct stat status = {};
  if (::fstatat(AT_FDCWD, named.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return cannot_read(path, errno);
  }
  if (!S_ISDIR(status.st_mode)) {
    return Error::caller(quote_path(path) + " is " + kind_of_file(status.st_mode) +
                         ", not a directory");
  }
  auto root = open_at(AT_FDCWD, named, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
  if (!root) return cannot_read(path, root.error().errno_value);
  return TreeReader(options, std::move(*root)).read();
}

Result<Workspace> workspace_from_directory(const std::string& path, const InputLimits& limits) {
  return read_host_tree(path, {.limits = limits, .exclude = {}, .progress = {}});
}

}  // namespace gobox::runner
