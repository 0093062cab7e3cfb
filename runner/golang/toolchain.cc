// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/toolchain.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <tuple>

#include "base/file.h"
#include "base/line.h"
#include "runner/golang/build_constraint.h"
#include "runner/source/source_path.h"

namespace gobox::runner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSmallFile = std::size_t{1} << 20;

// go1.26.8, go1.27rc1, go1.21-custom; what follows the numbers is carried by the name alone.
struct Version {
  int minor = 0;
  int stage = 0;  // 0 beta, 1 release candidate, 2 release
  int patch = 0;  // or the number of the beta or candidate

  auto key() const { return std::tuple(minor, stage, patch); }
};

std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<Version> parse_version(std::string_view name) {
  constexpr std::string_view kVersionPrefix = "go1.";
  if (!name.starts_with(kVersionPrefix)) return std::nullopt;
  name.remove_prefix(kVersionPrefix.size());
  const auto minor = take_number(name);
  if (!minor) return std::nullopt;
  Version version{.minor = *minor, .stage = 2, .patch = 0};
  if (name.starts_with("rc") || name.starts_with("beta")) {
    version.stage = name.starts_with("rc") ? 1 : 0;
    name.remove_prefix(version.stage == 1 ? 2 : 4);
  } else if (name.starts_with('.')) {
    name.remove_prefix(1);
  } else {
    return version;
  }
  version.patch = take_number(name).value_or(0);
  return version;
}

// The word of VERSION's first line that names a release; "devel go1.27-abc ..." has it second.
std::string version_name(std::string_view text) {
  std::string_view line = take_line(text);
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    if (parse_version(word)) return std::string(word);
  }
  return {};
}

bool is_executable(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::string platform() {
  return "linux_" + std::string(kHostArchitecture);
}

// Up to Go 1.19 the standard library comes built; one package of it stands for all.
bool has_std_archives(const fs::path& goroot) {
  std::error_code ignored;
  return fs::is_regular_file(goroot / "pkg" / platform() / "fmt.a", ignored);
}

// Go 1.20 moved amd64's object into a directory per micro-architecture level.
bool has_race_object(const fs::path& goroot) {
  std::error_code ignored;
  const fs::path race = goroot / "src" / "runtime" / "race";
  const bool plain = fs::is_regular_file(race / ("race_" + platform() + ".syso"), ignored);
  const bool levelled = kHostArchitecture == "amd64" &&
                        fs::is_regular_file(race / "internal/amd64v1/race_linux.syso", ignored);
  return plain || levelled;
}

bool is_within(const fs::path& path, const fs::path& directory) {
  const auto [rest, _] =
      std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return rest == directory.end();
}

// Where the links directly in `directory` lead, if out of `goroot`.
void add_link_targets(const fs::path& directory, const fs::path& goroot,
                      std::vector<fs::path>& targets) {
  std::error_code failure;
  for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    std::error_code dangling;
    if (!entry->is_symlink(dangling)) continue;
    const fs::path target = fs::canonical(entry->path(), dangling);
    if (!dangling && !is_within(target, goroot)) targets.push_back(target);
  }
}

// Debian links src, api, misc, test and pkg/include into /usr/share: the top and pkg are enough.
std::vector<fs::path> linked_paths(const fs::path& goroot) {
  std::vector<fs::path> targets;
  add_link_targets(goroot, goroot, targets);
  add_link_targets(goroot / "pkg", goroot, targets);
  std::sort(targets.begin(), targets.end());
  std::vector<fs::path> kept;
  for (const fs::path& target : targets) {
    // Sorted by parts: a directory comes right before everything within it.
    if (kept.empty() || !is_within(target, kept.back())) kept.push_back(target);
  }
  return kept;
}

bool is_newer(const Toolchain& left, const Toolchain& right) {
  const auto key = [](const Toolchain& toolchain) {
    return parse_version(toolchain.name).value_or(Version{}).key();
  };
  return key(left) > key(right);
}

void add_once(std::vector<Toolchain>& found, Toolchain toolchain) {
  const auto same = std::find_if(found.begin(), found.end(), [&](const Toolchain& other) {
    return other.goroot == toolchain.goroot;
  });
  if (same == found.end()) found.push_back(std::move(toolchain));
}

// The GOROOTs whose go command is what PATH's "go" entries lead to. A wrapper script leads nowhere.
// Relative entries are passed over, as Go itself does: they would follow the working directory.
void add_from_path(std::string_view path_env, std::vector<Toolchain>& found) {
  while (!path_env.empty()) {
    const std::size_t colon = path_env.find(':');
    const fs::path directory = path_env.substr(0, colon);
    path_env.remove_prefix(colon == std::string_view::npos ? path_env.size() : colon + 1);
    if (!directory.is_absolute()) continue;
    std::error_code failure;
    const fs::path command = fs::canonical(directory / "go", failure);
    if (failure || !is_executable(command)) continue;
    auto toolchain = inspect_toolchain(command.parent_path().parent_path());
    if (!toolchain || toolchain->go_command() != command) continue;
    toolchain->on_path = true;
    add_once(found, std::move(toolchain).value());
  }
}

void add_from_debian(const fs::path& root, std::vector<Toolchain>& found) {
  std::error_code failure;
  for (fs::directory_iterator entry(root, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (!entry->path().filename().string().starts_with("go-")) continue;
    if (auto toolchain = inspect_toolchain(entry->path())) {
      add_once(found, std::move(toolchain).value());
    }
  }
}

Result<void> add_from_list(const std::string& list_file, std::vector<Toolchain>& found) {
  if (list_file.empty()) return {};
  const std::string text = TRY(read_file(list_file, kLongestSmallFile));
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = trimmed(take_line(rest));
    if (line.empty() || line.starts_with('#')) continue;
    auto toolchain = inspect_toolchain(fs::path(line));
    if (!toolchain) return std::move(toolchain).error().within(list_file);
    add_once(found, std::move(toolchain).value());
  }
  return {};
}

std::string listed(const std::vector<Toolchain>& toolchains) {
  std::string names;
  for (const Toolchain& toolchain : toolchains) {
    if (!names.empty()) names += ", ";
    names += toolchain.name + " (" + toolchain.goroot.string() + ")";
  }
  return names;
}

// "1.26" asks for any go1.26.x and its candidates, "1.26.8" for that one alone.
bool is_named(const Toolchain& toolchain, const std::string& wanted) {
  if (toolchain.name == wanted) return true;
  return wanted == "go" + toolchain.language_version();
}

}  // namespace

fs::path Toolchain::tool_directory() const {
  return goroot / "pkg" / "tool" / platform();
}

Result<Toolchain> inspect_toolchain(const fs::path& goroot) {
  const std::string shown = quote_path(goroot.string());
  if (!goroot.is_absolute()) return Error::caller(shown + " is not an absolute path");
  std::error_code failure;
  Toolchain toolchain;
  toolchain.goroot = fs::canonical(goroot, failure);
  if (failure) return Error::caller(shown + " is not a Go toolchain: " + failure.message());
  if (!is_executable(toolchain.go_command())) {
    return Error::caller(shown + " is not a Go toolchain: it has no bin/go");
  }
  const auto text = read_file((toolchain.goroot / "VERSION").string(), kLongestSmallFile);
  if (!text) return Error::caller(shown + " is not a Go toolchain: it has no readable VERSION");
  toolchain.name = version_name(*text);
  if (toolchain.name.empty()) {
    return Error::caller(shown + " is not a Go toolchain: its VERSION names no release of Go 1");
  }
  toolchain.minor = parse_version(toolchain.name)->minor;
  toolchain.extra_paths = linked_paths(toolchain.goroot);
  for (const char* tool : {"compile", "link", "asm", "vet", "cgo"}) {
    const bool there = is_executable(toolchain.tool_directory() / tool);
    if (!there) toolchain.missing_tools.emplace_back(tool);
  }
  toolchain.ships_std_archives = has_std_archives(toolchain.goroot);
  toolchain.has_race_runtime = has_race_object(toolchain.goroot);
  return toolchain;
}

Result<std::vector<Toolchain>> discover_toolchains(const DiscoveryOptions& options) {
  std::vector<Toolchain> found;
  add_from_path(options.path_env, found);
  for (const fs::path& root : options.fixed_roots) {
    if (auto toolchain = inspect_toolchain(root)) add_once(found, std::move(toolchain).value());
  }
  add_from_debian(options.debian_root, found);
  TRY(add_from_list(options.extra_list_file, found));
  std::stable_sort(found.begin(), found.end(), [](const Toolchain& left, const Toolchain& right) {
    if (left.on_path != right.on_path) return left.on_path;
    return is_newer(left, right);
  });
  return found;
}

Result<Toolchain> find_toolchain(const std::vector<Toolchain>& toolchains, std::string_view name) {
  if (toolchains.empty()) {
    return Error::host(
        "there is no Go toolchain on this machine: install Debian's golang-go, or put Go at "
        "/usr/local/go or on PATH");
  }
  if (name.empty()) return toolchains.front();
  const bool is_path = name.front() == '/';
  while (is_path && name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
  const std::string wanted =
      is_path || name.starts_with("go") ? std::string(name) : "go" + std::string(name);
  const Toolchain* best = nullptr;
  for (const Toolchain& toolchain : toolchains) {
    const bool fits = is_path ? toolchain.goroot == fs::path(wanted).lexically_normal()
                              : is_named(toolchain, wanted);
    if (fits && (best == nullptr || is_newer(toolchain, *best))) best = &toolchain;
  }
  if (best != nullptr) return *best;
  return Error::caller("there is no toolchain " + quote_path(name) + "; there are " +
                       listed(toolchains));
}

}  // namespace gobox::runner
