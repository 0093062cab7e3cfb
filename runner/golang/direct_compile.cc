// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/direct_compile.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <set>

#include "base/file.h"
#include "base/line.h"
#include "runner/golang/go_header.h"
#include "runner/golang/go_source.h"
#include "runner/golang/probe_source.h"
#include "runner/source/path_parts.h"

namespace gobox::runner {
namespace {

constexpr const char* kObjectPath = "/tmp/gobox-main.a";
constexpr std::size_t kMaxFiles = 500;

using Reason = std::optional<std::string>;  // why the go command is needed; nothing if it is not

bool is_plain_name(std::string_view name) {
  const auto plain = [](char byte) {
    return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_' || byte == '.' ||
           byte == '-';
  };
  return !name.empty() && name.front() != '-' && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), plain);
}

// A module or package path whose parts are plain.
bool is_plain_path(std::string_view path) {
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!is_plain_name(part) || part.ends_with('.')) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool has_part(std::string_view path, std::string_view wanted) {
  return ("/" + std::string(path) + "/").find("/" + std::string(wanted) + "/") != std::string::npos;
}

// "v2", "gopkg.in": parts that make the go command read more out of a path.
bool has_version(std::string_view path) {
  if (path.starts_with("gopkg.in")) return true;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::string_view part = path.substr(at);
    if (part.size() > 1 && part[0] == 'v' && part[1] >= '0' && part[1] <= '9') return true;
    at = path.find('/', at);
    if (at != std::string_view::npos) ++at;
  }
  return false;
}

// The module path of a go.mod that holds only that and this toolchain's language version; and what
// it requires, where that has been found.
std::optional<std::string> trivial_module(std::string_view go_mod, const Toolchain& toolchain,
                                          bool may_require) {
  std::string module;
  bool language = false;
  bool in_requirements = false;
  while (!go_mod.empty()) {
    std::string_view line = take_line(go_mod);
    line = trimmed(line.substr(0, line.find("//")));
    if (line.empty()) continue;
    if (in_requirements) {
      in_requirements = line != ")";
      continue;
    }
    const std::string_view verb = take_word(line);
    const std::string_view value = trimmed(line);
    if (verb == "require" && may_require) {
      in_requirements = value == "(";
      continue;
    }
    if (verb == "module" && module.empty() && is_plain_path(value)) {
      module = value;
    } else if (verb == "go" && !language && value == toolchain.language_version()) {
      language = true;
    } else {
      return std::nullopt;
    }
  }
  const bool reserved = module == "std" || module == "cmd" || has_version(module);
  if (module.empty() || !language || reserved) return std::nullopt;
  return module;
}

// Files the go command would do more with than compile them.
bool is_other_input(std::string_view name) {
  constexpr std::array<std::string_view, 18> kEndings = {
      ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp",  ".hxx",
      ".f", ".F",  ".for", ".f90", ".s", ".S", ".sx", ".syso", ".pgo"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); }) ||
         name.find(".swig") != std::string_view::npos;
}

// What of the workspace, wherever it lies, changes how the go command works.
Reason refuse_workspace(const Workspace& workspace) {
  for (const SourceFile& file : workspace.files) {
    const std::string_view name = base_name_of(file.path);
    if (name == "go.work") return "there is a go.work";
    if (has_part(directory_of(file.path), "vendor")) return "there is a vendor directory";
  }
  return std::nullopt;
}

Reason refuse_build_lines(const GoFileHead& head, const BuildTarget& target) {
  std::size_t new_style = 0;
  for (const std::string& line : head.build_lines) {
    if (line.starts_with("//go:build")) ++new_style;
    const bool experiment = line.find("goexperiment") != std::string::npos;
    if (experiment || !build_line_holds(line, target)) return "an unusual build line";
  }
  if (new_style > 1) return "several build lines";
  return std::nullopt;
}

Reason refuse_imports(const GoFileHead& head, const ImportConfig& packages) {
  for (const std::string& path : head.imports) {
    if (path == "unsafe") continue;
    const bool closed = path == "embed" || has_part(path, "internal") || has_part(path, "vendor");
    if (closed || !packages.contains(path)) return "the import of \"" + path + "\"";
  }
  return std::nullopt;
}

// The go command rewrites paths in messages; only line directives can bring other paths in.
bool has_line_directive(std::string_view source) {
  return source.find("//line ") != std::string_view::npos ||
         source.find("/*line ") != std::string_view::npos;
}

Reason refuse_source(const SourceFile& file, const GoFileHead& head, const ImportConfig& packages) {
  if (head.package != "main") return "a file outside package main";
  if (head.uses_cgo) return "cgo";
  if (head.has_embed) return "embedded files";
  if (head.has_linkname) return "go:linkname";
  if (head.has_go_debug) return "go:debug";
  if (!head.experiments.empty()) return "GOEXPERIMENT";
  if (has_line_directive(file.bytes)) return "a line directive";
  return refuse_imports(head, packages);
}

// The package's files in the order the go command gives them to the compiler, which is by name.
class PackageFiles {
 public:
  PackageFiles(const DirectRequest& request, const ImportConfig& packages)
      : request_(request), packages_(packages) {}

  Reason collect() {
    for (const SourceFile& file : request_.workspace.files) {
      if (directory_of(file.path) != request_.entry.package_directory) continue;
      if (Reason reason = take(file)) return file.path + ": " + *reason;
    }
    if (names_.empty()) return "there is no file to compile";
    if (names_.size() > kMaxFiles) return "there are too many files";
    return std::nullopt;
  }

  const std::vector<std::string>& names() const { return names_; }

 private:
  Reason take(const SourceFile& file) {
    const std::string_view name = base_name_of(file.path);
    const bool hidden = name.front() == '_' || name.front() == '.';
    if (hidden && !request_.workspace.files_named) return std::nullopt;  // not of the package
    if (is_other_input(name)) return "not Go";
    if (!name.ends_with(".go")) return std::nullopt;
    if (hidden || !is_plain_name(name)) return "an unusual name";
    if (name.ends_with("_test.go")) return "a test";
    std::string folded(name);
    for (char& byte : folded)
      byte = static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
    if (!folded_.insert(folded).second) return "a name that differs in case alone";
    const GoFileHead head = scan_go_file(file.bytes);
    if (!head.well_formed || !is_plain_go_head(file.bytes)) return "an unusual head";
    if (Reason reason = refuse_build_lines(head, request_.target)) return reason;
    const bool named = request_.workspace.files_named;
    if (!named && !is_file_built(name, head, request_.target)) return std::nullopt;
    if (Reason reason = refuse_source(file, head, packages_)) return reason;
    names_.emplace_back(name);
    return std::nullopt;
  }

  const DirectRequest& request_;
  const ImportConfig& packages_;
  std::vector<std::string> names_;
  std::set<std::string> folded_;
};

// The package as the go command names it in banners and build information.
struct PackageName {
  std::string module;  // "" where files were named
  std::string path;
  std::string directory;  // below the module's; "" is the module's own
};

std::optional<PackageName> name_package(const DirectRequest& request, const DirectTools& tools) {
  const EntryPlan& entry = request.entry;
  const std::string prefix = entry.module_directory.empty() ? "" : entry.module_directory + "/";
  const SourceFile* go_mod = find_file(request.workspace, prefix + "go.mod");
  if (go_mod == nullptr) return std::nullopt;
  const auto module = trivial_module(go_mod->bytes, request.toolchain, request.modules != nullptr);
  if (!module || tools.packages.overlaps(*module)) return std::nullopt;
  if (request.workspace.files_named) return PackageName{"", "command-line-arguments", ""};
  PackageName name{*module, *module, ""};
  if (entry.package_directory != entry.module_directory) {
    name.directory = entry.package_directory.substr(prefix.size());
    if (!is_plain_path(name.directory) || has_part(name.directory, "internal")) return std::nullopt;
    name.path += "/" + name.directory;
  }
  return name;
}

sandbox::ProgramStart tool_start(const DirectRequest& request, const char* tool) {
  sandbox::ProgramStart start;
  start.arguments = {request.toolchain.tool_directory() / tool};
  start.environment = go_environment(request.toolchain, request.settings, request.limits, false);
  start.working_directory = kWorkDirectory;
  if (!request.entry.module_directory.empty()) {
    start.working_directory += "/" + request.entry.module_directory;
  }
  return start;
}

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

bool imports_probe(const DirectRequest& request, const DirectTools& tools) {
  return request.probe_memory_bytes.has_value() && tools.has_probe;
}

std::string import_config_path(const DirectRequest& request, const DirectTools& tools) {
  const std::string file =
      imports_probe(request, tools) ? probe_config_file() : std::string(kImportConfigFile);
  return std::string(kCacheDirectory) + "/" + file;
}

sandbox::ProgramStart compiler(const DirectRequest& request, const DirectTools& tools,
                               const PackageName& name, const std::vector<std::string>& files) {
  sandbox::ProgramStart start = tool_start(request, "compile");
  // -trimpath as the go command has it: what it cuts off never occurs, but it is not the default.
  append(start.arguments,
         {"-o", kObjectPath, "-trimpath", "/tmp/gobox-build=>", "-buildid", "direct/direct",
          "-importcfg", import_config_path(request, tools), "-lang=" + tools.recipe.language});
  const auto threads = std::min(4U, static_cast<unsigned>(std::ceil(request.limits.cpus)));
  if (threads > 1 && tools.recipe.concurrent)
    start.arguments.push_back("-c=" + std::to_string(threads));
  append(start.arguments, tools.recipe.compile_flags);
  start.arguments.emplace_back(kNoDebugInformation);  // the linker would drop it
  // "./main.go" in the module's root, "cmd/x/main.go" below: so messages name them.
  const std::string prefix = name.directory.empty() ? "./" : name.directory + "/";
  for (const std::string& file : files) start.arguments.push_back(prefix + file);
  return start;
}

sandbox::ProgramStart linker(const DirectRequest& request, const DirectTools& tools,
                             const PackageName& name) {
  sandbox::ProgramStart start = tool_start(request, "link");
  // What it reads it keeps: collecting that costs a tenth of its time and frees next to nothing.
  // The memory limit set beside this bounds it as before.
  if (!request.settings.gogc && request.settings.gomemlimit != "off") {
    start.environment.emplace_back("GOGC=400");
  }
  // Without symbol table and DWARF: half the time, and traces keep their lines.
  append(start.arguments,
         {"-o", kOutputPath, "-importcfg", import_config_path(request, tools), "-s", "-w",
          "-buildid=direct/direct/direct/direct",
          "-X=runtime.modinfo=" + tools.recipe.build_information(
                                      name.path, name.module,
                                      request.modules != nullptr ? used_modules(*request.modules)
                                                                 : std::vector<UsedModule>())});
  append(start.arguments, tools.recipe.link_flags);
  if (imports_probe(request, tools)) {
    append(start.arguments, probe_link_flags({.memory_bytes = *request.probe_memory_bytes,
                                              .stack_bytes = probe_stack_of(request.settings)}));
  }
  start.arguments.emplace_back(kObjectPath);
  return start;
}

Reason refuse_request(const DirectRequest& request, const DirectTools& tools) {
  if (request.settings.parallelism) return "-p was given";
  const GoSettings& settings = request.settings;
  const bool flags = !settings.tags.empty() || !settings.build.empty();
  if (flags || !settings.experiment.empty() || !settings.amd64.empty()) {
    return "build flags were given";
  }
  if (!request.entry.test_source.empty()) return "the program is a test";
  if (tools.recipe.language != "go" + request.toolchain.language_version()) {
    return "the prepared cache is of another language version";
  }
  return refuse_workspace(request.workspace);
}

// As Go's syscall.Signal writes it: "killed", "segmentation fault".
std::string describe_signal(int signal) {
  const char* known = ::sigdescr_np(signal);
  std::string text = known != nullptr ? known : "signal " + std::to_string(signal);
  text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

// `directory` is said as `shorter` where a path begins with it: at the start, behind a blank, at
// the start of a line, also of an indented one (cmd/go/internal/work, replacePrefix).
// user_view() of the diagnosis is a looser reading, good for naming files and not for being equal.
std::string with_shorter_paths(std::string_view text, const std::string& directory,
                               const std::string& shorter) {
  std::string result;
  while (true) {
    const std::size_t at = text.find(directory);
    result += text.substr(0, at);
    if (at == std::string_view::npos) return result;
    const bool begins = result.empty() || result.ends_with(' ') || result.ends_with('\n') ||
                        result.ends_with("\n\t");
    result += begins ? shorter : directory;
    text.remove_prefix(at + directory.size());
  }
}

// The output of a tool as the go command hands it on: all at once, with paths below the current
// directory relative to it. Some of the compiler's messages have absolute ones.
std::string as_handed_on(const DirectPlan& plan, const sandbox::Ending& ending) {
  std::string text;
  for (const sandbox::OutputChunk& chunk : ending.output) text += chunk.bytes;
  const std::string& current = plan.programs[0].working_directory;
  if (!plan.directory.empty()) {
    text = with_shorter_paths(text, current + "/" + plan.directory, plan.directory);
  }
  return with_shorter_paths(text, current, ".");
}

}  // namespace

std::shared_ptr<const DirectTools> DirectTools::load(const std::string& cache_directory) {
  const auto packages = read_file(cache_directory + "/" + kImportConfigFile);
  const auto commands = read_file(cache_directory + "/" + kBuildCommandsFile);
  if (!packages || !commands) return nullptr;
  auto config = ImportConfig::parse(*packages);
  auto recipe = BuildRecipe::parse(*commands);
  if (!config || !recipe) return nullptr;
  const auto with_probe = read_file(cache_directory + "/" + probe_config_file());
  const bool has_probe = with_probe && !with_probe->empty();
  return std::make_shared<const DirectTools>(
      DirectTools{std::move(*config), std::move(*recipe), has_probe});
}

DirectDecision plan_direct_compile(const DirectRequest& request, const DirectTools& tools) {
  if (Reason reason = refuse_request(request, tools)) return {std::nullopt, *reason};
  const auto name = name_package(request, tools);
  if (!name) return {std::nullopt, "go.mod says more than a module and this Go's version"};
  PackageFiles files(request, tools.packages);
  if (Reason reason = files.collect()) return {std::nullopt, *reason};
  DirectPlan plan;
  plan.programs = {compiler(request, tools, *name, files.names()), linker(request, tools, *name)};
  plan.banner = "# " + name->path + "\n";
  plan.directory = name->directory;
  plan.refusal_status = tools.recipe.refusal_status;
  plan.imports_probe = imports_probe(request, tools);
  return {std::move(plan), ""};
}

void present_as_go_build(const DirectPlan& plan, sandbox::Ending& ending) {
  if (!ending.output.empty()) {
    const Nanoseconds first = ending.output.front().offset;
    ending.output = {{true, first, plan.banner + as_handed_on(plan, ending)}};
  }
  ending.stderr_truncated = ending.stderr_truncated || ending.stdout_truncated;
  ending.stdout_truncated = false;
  if (ending.killed != sandbox::KillReason::kNone) return;
  if (ending.signal) {
    const std::string& tool = plan.programs[ending.program].arguments[0];
    const std::string package = plan.banner.substr(2, plan.banner.size() - 3);
    ending.output.push_back(
        {true, ending.wall,
         package + ": " + tool + ": signal: " + describe_signal(*ending.signal) + "\n"});
    ending.signal.reset();
    ending.exit_code = plan.refusal_status;
  } else if (ending.exit_code && *ending.exit_code != 0) {
    ending.exit_code = plan.refusal_status;
  }
}

}  // namespace gobox::runner
