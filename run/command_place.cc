// SPDX-License-Identifier: Apache-2.0

#include "run/command_place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "base/file.h"
#include "run/report.h"
#include "runner/golang/go_command.h"
#include "runner/source/host_tree.h"
#include "runner/source/source_path.h"

namespace gobox::run {
namespace {

namespace fs = std::filesystem;
using policies::Bind;

constexpr std::size_t kMostBinds = 12;
// Made by the sandbox itself: nothing can be shown there.
constexpr std::array<std::string_view, 15> kOwnPlaces = {"/proc",
                                                         "/dev",
                                                         "/sys",
                                                         "/run",
                                                         "/program",
                                                         "/etc/passwd",
                                                         "/etc/group",
                                                         "/etc/hosts",
                                                         "/etc/hostname",
                                                         "/etc/nsswitch.conf",
                                                         "/etc/resolv.conf",
                                                         "/etc/services",
                                                         "/etc/protocols",
                                                         "/etc/mime.types",
                                                         "/etc/localtime"};
// What a directory shown over it would hide.
constexpr std::array<std::string_view, 3> kCovered = {"/tmp", "/work", "/etc"};
// Kernel interfaces and the sockets of the host's services.
constexpr std::array<std::string_view, 4> kHidden = {"/proc", "/dev", "/sys", "/run"};
constexpr const char* kPathsInside[] = {"/usr/local/bin", "/usr/bin", "/bin"};

bool is_or_is_below(std::string_view path, std::string_view directory) {
  return path == directory || (path.starts_with(directory) && path[directory.size()] == '/');
}

// An absolute path without ".", ".." and a slash at its end.
std::string plain(const fs::path& path) {
  std::string text = path.lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

// Shown by the policy under its own name.
bool is_shown(const std::vector<Bind>& binds, std::string_view path) {
  return std::any_of(binds.begin(), binds.end(), [&](const Bind& bind) {
    return bind.source == bind.target && is_or_is_below(path, bind.source);
  });
}

Result<void> check_source(const std::string& flag, const std::string& source) {
  if (source == "/") {
    return Error::caller(flag + ": / is the whole host; name the directories that are needed");
  }
  for (const std::string_view hidden : kHidden) {
    if (is_or_is_below(source, hidden)) {
      return Error::caller(flag + ": " + source + " belongs to the host's kernel or services, " +
                           "which no program may see");
    }
  }
  return {};
}

Result<void> check_target(const std::string& flag, const std::string& target,
                          const std::vector<Bind>& shown) {
  const auto refuse = [&](std::string_view place) {
    return Error::caller(flag + ": nothing can be shown at " + target +
                         ": the sandbox needs its own " + std::string(place) + " there");
  };
  for (const std::string_view own : kOwnPlaces) {
    if (is_or_is_below(target, own)) return refuse(own);
  }
  for (const std::string_view covered : kCovered) {
    if (is_or_is_below(covered, target)) return refuse(covered);
  }
  for (const Bind& bind : shown) {
    if (is_or_is_below(bind.target, target) || is_or_is_below(target, bind.target)) {
      return refuse(bind.target);
    }
  }
  return {};
}

class Placing {
 public:
  Placing(const Options& options, const policies::JobPolicy& policy, runner::Job& job)
      : options_(options), policy_(policy), job_(job) {}

  Result<void> place() {
    std::error_code failure;
    here_ = plain(fs::current_path(failure));
    if (failure) return Error::caller("the current directory: " + failure.message());
    if (options_.copy) {
      TRY(bring_copies());
    } else if (options_.here) {
      TRY(check_readable());
      TRY(show("--here", here_, here_));
    }
    const bool stays = options_.here && !options_.copy;
    start_ = stays ? here_ : runner::kWorkDirectory;
    job_.place.directory =
        options_.workdir.empty() ? start_ : plain(fs::path(start_) / options_.workdir);
    for (const std::string& bind : options_.binds) TRY(show_named(bind));
    if (job_.place.binds.size() > kMostBinds) {
      return Error::caller("--bind: at most " + std::to_string(kMostBinds) + " can be shown");
    }
    return place_program();
  }

 private:
  // Where we are root the program is another user, outside as well as inside.
  Result<void> check_readable() const {
    struct stat status {};

    const bool others = ::stat(here_.c_str(), &status) != 0 || (status.st_mode & 05) == 05;
    if (others || ::geteuid() != 0) return {};
    return Error::caller("--here: " + here_ +
                         " may be read by its owner alone, and the program is another user: let "
                         "others in (chmod o+rx), or bring copies with --copy");
  }

  Result<void> bring_copies() {
    runner::TreeOptions tree{
        .limits = runner::input_limits(policy_.input), .exclude = options_.exclude, .progress = {}};
    auto copies = runner::read_host_tree(here_, tree);
    if (!copies) return std::move(copies).error().within("--copy");
    job_.workspace = std::move(*copies);
    return {};
  }

  Result<void> show(const std::string& flag, const std::string& source, const std::string& target) {
    TRY(check_source(flag, source));
    if (source == target && is_shown(policy_.run.binds, source)) return {};
    TRY(check_target(flag, target, policy_.run.binds));
    for (const Bind& other : job_.place.binds) {
      if (other.target == target) {
        return Error::caller(flag + ": " + target + " is shown already, from " + other.source);
      }
    }
    job_.place.binds.push_back(
        {.source = source, .target = target, .optional = false, .comment = flag});
    return {};
  }

  // SRC or SRC:DST.
  Result<void> show_named(const std::string& text) {
    const std::string flag = "--bind " + text;
    const std::size_t colon = text.find(':');
    std::error_code failure;
    const fs::path named = fs::path(here_) / text.substr(0, colon);
    const std::string source = plain(fs::canonical(named, failure));
    if (failure) return Error::caller(flag + ": " + failure.message());
    const std::string target =
        colon == std::string::npos ? plain(named) : plain(fs::path(text.substr(colon + 1)));
    if (!target.starts_with('/') || target == "/") {
      return Error::caller(flag + ": " + target +
                           " is no place to show it at; name an absolute path below /");
    }
    return show(flag, source, target);
  }

  // A bare name that is not among the programs shown is looked for as a shell would.
  std::string find_program(const std::string& name) const {
    if (name.find('/') != std::string::npos) return plain(fs::path(here_) / name);
    for (const char* directory : kPathsInside) {
      if (::access((std::string(directory) + "/" + name).c_str(), X_OK) == 0) return {};
    }
    const char* const path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
      const std::size_t colon = rest.find(':');
      const std::string file = std::string(rest.substr(0, colon)) + "/" + name;

      struct stat status {};

      const bool found = ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode);
      if (found && ::access(file.c_str(), X_OK) == 0) return plain(fs::path(here_) / file);
      rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    }
    return {};
  }

  // What is missing here is looked for inside all the same, where it may be: the run's own ending
  // says that it is not (127), or that it cannot be executed (126).
  Result<void> place_program() {
    std::string& named = job_.arguments[0];
    const std::string file = find_program(named);

    struct stat status {};

    if (file.empty() || ::stat(file.c_str(), &status) != 0) return {};
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return {};
    const bool below_here = is_or_is_below(file, here_);
    if (options_.copy && below_here) {
      named = start_ + file.substr(here_.size());
      return {};
    }
    const bool keeps_name = job_.place.directory == here_ && named.find('/') != std::string::npos;
    if (!keeps_name) named = file;
    const bool seen = is_shown(policy_.run.binds, file) || is_shown(job_.place.binds, file);
    // Others may not read it, and the program is somebody else where we are root.
    const bool private_file = S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0 &&
                              (status.st_mode & 05) != 05 && ::geteuid() == 0;
    if (private_file) return bring_program(file);
    if (seen) return {};
    std::error_code failure;
    const std::string source = plain(fs::canonical(file, failure));
    if (failure) return {};
    if (show("the command", source, file)) return {};
    return S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0 ? bring_program(file)
                                                                   : Result<void>();
  }

  Result<void> bring_program(const std::string& file) {
    auto opened = open_at(AT_FDCWD, file, O_RDONLY);
    if (!opened) return Error::caller(opened.error().message);
    job_.place.program = std::make_shared<const UniqueFd>(std::move(*opened));
    return {};
  }

  const Options& options_;
  const policies::JobPolicy& policy_;
  runner::Job& job_;
  std::string here_;
  std::string start_;
};

}  // namespace

Result<void> place_command(const Options& options, const policies::JobPolicy& policy,
                           runner::Job& job) {
  return Placing(options, policy, job).place();
}

}  // namespace gobox::run
