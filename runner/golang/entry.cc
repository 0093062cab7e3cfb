// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/entry.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "base/line.h"
#include "runner/golang/go_source.h"
#include "runner/golang/go_work.h"
#include "runner/source/path_parts.h"

namespace gobox::runner {
namespace {

// The go command's "./..." leaves these out, and no program lives in them.
bool is_ignored_directory(std::string_view directory) {
  while (!directory.empty()) {
    const std::size_t slash = directory.find('/');
    const std::string_view part = directory.substr(0, slash);
    if (part == "testdata" || part == "vendor" || part.front() == '_' || part.front() == '.') {
      return true;
    }
    directory.remove_prefix(slash == std::string_view::npos ? directory.size() : slash + 1);
  }
  return false;
}

// One directory's files, as far as the choice of an entry asks.
struct Directory {
  std::vector<const SourceFile*> sources;  // built, not tests
  bool has_main_package = false;
  bool has_tests = false;
  std::string other_package;  // of a built file outside package main
  std::string excluded_main;  // a file of package main that build constraints exclude
};

using Directories = std::map<std::string, Directory, std::less<>>;

void take_file(Directory& directory, const SourceFile& file, bool named,
               const BuildTarget& target) {
  const std::string_view name = base_name_of(file.path);
  const GoFileHead head = scan_go_file(file.bytes);
  const bool built = named || is_file_built(name, head, target);
  if (built && name.ends_with("_test.go")) {
    directory.has_tests = true;
  } else if (built) {
    directory.sources.push_back(&file);
    // What is no Go at all is the compiler's to refuse, in its own words, where it is plain that it
    // was meant to be the program: in the root.
    const bool is_program =
        head.package == "main" || (head.package.empty() && directory_of(file.path).empty());
    directory.has_main_package = directory.has_main_package || is_program;
    if (head.package != "main") directory.other_package = head.package;
  } else if (head.package == "main") {
    directory.excluded_main = file.path;
  }
}

bool is_at_or_below(std::string_view path, std::string_view directory) {
  return directory.empty() || path == directory ||
         (path.starts_with(directory) && path[directory.size()] == '/');
}

// Modules whose packages belong to what is built in `directory`: its own, and those a go.work
// uses. Empty: there is no module, and every directory belongs.
std::vector<std::string> modules_around(const Workspace& workspace, std::string_view directory) {
  std::vector<std::string> modules;
  const std::string own = module_directory_of(workspace, directory);
  const SourceFile* const go_work = find_file(workspace, "go.work");
  if (go_work != nullptr) modules = go_work_uses(go_work->bytes);
  const std::string go_mod = own.empty() ? "go.mod" : own + "/go.mod";
  if (find_file(workspace, go_mod) != nullptr) modules.push_back(own);
  return modules;
}

Directories survey(const Workspace& workspace, const BuildTarget& target,
                   const std::string& below = "") {
  const std::vector<std::string> modules = modules_around(workspace, below);
  const auto belongs = [&](std::string_view directory) {
    return modules.empty() || std::find(modules.begin(), modules.end(),
                                        module_directory_of(workspace, directory)) != modules.end();
  };
  Directories directories;
  std::string_view last;
  bool last_belongs = false;
  for (const SourceFile& file : workspace.files) {
    const std::string_view where = directory_of(file.path);
    if (!file.path.ends_with(".go") || is_ignored_directory(where)) continue;
    if (!is_at_or_below(where, below)) continue;
    if (where != last || directories.empty()) last_belongs = belongs(where);
    last = where;
    if (!last_belongs) continue;
    take_file(directories[std::string(where)], file, workspace.files_named, target);
  }
  return directories;
}

std::string shown(const std::string& directory) {
  return directory.empty() ? "the root directory" : quote_path(directory);
}

// Go files of another package than main: not a wrong request, but a program that does not compile.
std::string refusal_of(const Directories& directories) {
  std::string other;
  for (const auto& [name, directory] : directories) {
    if (directory.has_main_package || !directory.excluded_main.empty()) return {};
    if (!other.empty() || directory.sources.empty()) continue;
    other = "package name must be main: " + shown(name) + " holds " +
            (directory.other_package.empty() ? std::string("no package clause")
                                             : "package " + quote_path(directory.other_package));
  }
  return other;
}

// Why no directory holds a program, as near to the cause as can be told.
Error no_program(const Directories& directories) {
  bool tests = false;
  for (const auto& [name, directory] : directories) {
    if (!directory.excluded_main.empty()) {
      return Error::caller("build constraints exclude every file of package main, " +
                           quote_path(directory.excluded_main) + " among them");
    }
    tests = tests || directory.has_tests;
  }
  if (tests) return Error::caller("there are only tests here; run them as tests");
  return Error::caller("there is no Go file here that the go command would build");
}

Error several_programs(const std::vector<std::string>& found, const PackageChoice& choice) {
  constexpr std::size_t kMaxShown = 20;
  std::string text = "several directories hold a program; name one:";
  for (std::size_t i = 0; i < std::min(found.size(), kMaxShown); ++i) {
    text += "\n  " + choice.how_to_name + "./" + found[i];
  }
  if (found.size() > kMaxShown) {
    text += "\n  and " + std::to_string(found.size() - kMaxShown) + " more";
  }
  return Error::caller(text);
}

Result<std::string> program_directory(const Directories& directories, const PackageChoice& choice) {
  std::vector<std::string> found;
  for (const auto& [name, directory] : directories) {
    if (directory.has_main_package) found.push_back(name);
  }
  if (found.empty()) return no_program(directories);
  // Sorted, so the one that was named, or the root, comes first.
  if (found.front() == choice.directory || found.size() == 1) return found.front();
  return several_programs(found, choice);
}

// The file that makes a program a test, by the public playground's rule: prog.go, or else the only
// source of the directory, in package main without func main but with tests or examples.
std::optional<std::string> find_test_source(const Workspace& workspace, std::string_view where,
                                            const Directory& directory) {
  const SourceFile* candidate = find_file(workspace, "prog.go");
  if (!where.empty() || candidate == nullptr) {
    if (directory.sources.size() != 1) return std::nullopt;
    candidate = directory.sources.front();
  }
  const GoFileHead head = scan_go_file(candidate->bytes);
  if (head.package != "main" || head.has_main_func) return std::nullopt;
  if (!head.has_tests && !head.has_examples) return std::nullopt;
  return candidate->path;
}

std::string without_go_suffix(const std::string& path) {
  return path.substr(0, path.size() - 3);
}

// What the go command, started in `module`, calls `directory`, which is that or lies below it.
std::string package_argument(std::string_view module, std::string_view directory) {
  if (directory == module) return ".";
  const std::size_t skipped = module.empty() ? 0 : module.size() + 1;
  return "./" + std::string(directory.substr(skipped));
}

// Each file that was named; tests only where the program turned out to be one.
std::vector<std::string> named_arguments(const Workspace& workspace, const EntryPlan& plan) {
  std::vector<std::string> arguments;
  for (const SourceFile& file : workspace.files) {
    const bool renamed = file.path == plan.test_source;
    if (!renamed && plan.test_source.empty() && file.path.ends_with("_test.go")) continue;
    arguments.push_back("./" + (renamed ? plan.test_target : file.path));
  }
  return arguments;
}

bool has_go_line(std::string_view go_mod) {
  bool in_block = false;
  while (!go_mod.empty()) {
    std::string_view line = take_line(go_mod);
    line = trimmed(line.substr(0, line.find("//")));
    if (!in_block && begins_with_word(line, "go")) return true;
    if (line.ends_with('(')) in_block = true;
    if (line.starts_with(')')) in_block = false;
  }
  return false;
}

}  // namespace

std::string module_directory_of(const Workspace& workspace, std::string_view directory) {
  for (; !directory.empty(); directory = directory_of(directory)) {
    std::string candidate(directory);
    if (find_file(workspace, candidate + "/go.mod") != nullptr) return candidate;
  }
  return {};
}

Result<EntryPlan> plan_entry(const Workspace& workspace, const BuildTarget& target,
                             const PackageChoice& choice) {
  TRY(require_go(workspace));
  const Directories directories = survey(workspace, target, choice.directory);
  EntryPlan plan;
  plan.refusal = refusal_of(directories);
  if (!plan.refusal.empty()) return plan;
  plan.package_directory = TRY(program_directory(directories, choice));
  plan.module_directory = module_directory_of(workspace, plan.package_directory);
  const Directory& chosen = directories.find(plan.package_directory)->second;

  const auto test_source = find_test_source(workspace, plan.package_directory, chosen);
  if (test_source) {
    const std::string renamed = without_go_suffix(*test_source) + "_test.go";
    if (find_file(workspace, renamed) == nullptr) {
      plan.test_source = *test_source;
      plan.test_target = renamed;
    }
  }
  plan.build_arguments =
      workspace.files_named
          ? named_arguments(workspace, plan)
          : std::vector{package_argument(plan.module_directory, plan.package_directory)};
  return plan;
}

Result<std::string> find_package(const Workspace& workspace, std::string_view name) {
  const bool relative = name == "." || name.starts_with("./");
  std::string directory;
  if (name.starts_with('/') || name.starts_with("..")) {
    return Error::caller("package " + quote_path(name) + " lies outside the tree");
  }
  if (name.find("...") != std::string_view::npos) {
    return Error::caller("package " + quote_path(name) + " is a pattern; name one package");
  }
  std::string module_of_name;
  for (const SourceFile& file : workspace.files) {
    if (relative || base_name_of(file.path) != "go.mod") continue;
    const std::string module = go_mod_module(file.bytes);
    if (module.empty() || !is_at_or_below(name, module)) continue;
    if (module.size() < module_of_name.size()) continue;
    module_of_name = module;
    directory = std::string(directory_of(file.path)) + std::string(name.substr(module.size()));
  }
  if (module_of_name.empty()) directory = std::string(name);
  directory = std::filesystem::path(directory).lexically_normal();
  while (directory.ends_with('/')) directory.pop_back();
  while (directory.starts_with('/')) directory.erase(0, 1);
  if (directory == ".") directory.clear();
  const std::string prefix = directory.empty() ? "" : directory + "/";
  const bool known =
      std::any_of(workspace.files.begin(), workspace.files.end(),
                  [&](const SourceFile& file) { return file.path.starts_with(prefix); });
  if (directory.starts_with("..") || !known) {
    return Error::caller("package " + quote_path(name) + " is not in the tree");
  }
  return directory;
}

std::vector<std::string> test_directories(const Workspace& workspace, const BuildTarget& target) {
  std::vector<std::string> found;
  for (const auto& [name, directory] : survey(workspace, target)) {
    if (directory.has_tests) found.push_back(name);
  }
  return found;
}

Result<GoModChange> go_mod_fixup(Workspace& workspace, std::string_view language_version,
                                 std::string_view module_directory) {
  const std::string prefix = module_directory.empty() ? "" : std::string(module_directory) + "/";
  const std::string path = prefix + "go.mod";
  const std::string go_line = "go " + std::string(language_version) + "\n";
  const SourceFile* present = find_file(workspace, path);
  if (present == nullptr) {
    TRY(put_file(workspace, {path, "module play\n\n" + go_line}));
    return GoModChange::kAdded;
  }
  if (has_go_line(present->bytes)) return GoModChange::kNone;
  SourceFile fixed = *present;
  std::string text = present->bytes.text();
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  fixed.bytes = text + "\n" + go_line;
  TRY(put_file(workspace, std::move(fixed)));
  return GoModChange::kGoLineAdded;
}

}  // namespace gobox::runner
