// SPDX-License-Identifier: Apache-2.0

#include "runner/job/fetch_stage.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/line.h"
#include "base/sha256.h"
#include "runner/golang/module_needs.h"
#include "runner/job/fetch_verdict.h"
#include "runner/source/file_archive.h"
#include "runner/source/scratch.h"
#include "sandbox/inside/message.h"

namespace gobox::runner {
namespace {

// A new version may have come out since; what a whole go.mod and go.sum name never changes.
constexpr auto kFreshChoice = std::chrono::hours(1);
constexpr auto kFreshForEver = std::chrono::hours(24 * 365 * 10);
constexpr std::uint64_t kMaxModuleFile = std::uint64_t{16} << 20;
constexpr const char* kScratchModules = "/tmp/modcache";
// Per package of others, or of the job's own: its path, its module's, and what replaces that.
constexpr const char* kListFormat =
    "{{if not .Standard}}{{.ImportPath}}\t{{with .Module}}{{.Path}}\t{{.Version}}\t"
    "{{with .Replace}}{{.Path}}\t{{.Version}}{{end}}{{end}}{{end}}";

// What one module of the job asks for.
struct Question {
  std::string directory;              // where the go command stands; go.mod is there or above
  std::vector<std::string> packages;  // as the go command, standing there, names them
  bool tests = false;
};

std::string joined(const std::string& directory, const char* name) {
  return directory.empty() ? name : directory + "/" + name;
}

std::vector<Question> questions_of(const JobContext& context) {
  if (context.job.kind != JobKind::kTest) {
    const bool is_test = !context.entry.test_source.empty();
    return {{context.entry.module_directory,
             is_test ? std::vector<std::string>{"."} : context.entry.build_arguments, is_test}};
  }
  std::vector<Question> questions;
  const std::vector<std::string> all{"./..."};
  for (const std::string& directory : context.test_modules) {
    const auto& named = context.job.test.packages;
    questions.push_back({directory, named.empty() ? all : named, true});
  }
  return questions;
}

std::string key_of(const JobContext& context, const ModuleService& service,
                   const ModuleNeeds& needs, const std::vector<Question>& questions) {
  Sha256 hash;
  const auto add = [&](std::string_view field) { hash.update_field(field); };
  add("resolution 1");
  add(context.toolchain.name);
  add(context.job.go.fake_time ? "faketime" : "");
  add(context.job.go.race ? "race" : "");
  add(context.job.go.cgo ? "cgo" : "");
  for (const std::string& tag : context.job.go.tags) add("tag " + tag);
  add(context.job.go.experiment);
  add(context.job.go.amd64);
  add(service.settings_text());
  add(module_files_text(context.job.workspace));
  for (const std::string& path : needs.imports) add(path);
  for (const Question& each : questions) {
    add(each.directory);
    add(each.tests ? "tests" : "");
    // Files that were named are all there is; packages are chosen among several.
    if (context.job.workspace.files_named) continue;
    for (const std::string& package : each.packages) add(package);
  }
  return hex(hash.finish());
}

// The job's files with what the go command added to its module files.
Result<void> apply(JobContext& context, const Resolution& resolution) {
  for (const auto& [path, text] : resolution.files) {
    TRY(put_file(context.job.workspace, {.path = path, .bytes = text}));
  }
  context.files = TRY(pack_and_share(context.job.workspace));
  return {};
}

std::vector<ModuleVersion> names_of(const std::vector<UsedModule>& modules) {
  std::vector<ModuleVersion> names;
  for (const UsedModule& each : modules) names.push_back(each.module);
  return names;
}

// True: it was resolved before, and all of it is there.
Result<bool> recall(JobContext& context, const std::shared_ptr<ModuleService>& service,
                    const std::string& key) {
  for (const bool chosen : {false, true}) {
    auto known = service->resolutions().find(key + (chosen ? "-latest" : ""),
                                             chosen ? kFreshChoice : kFreshForEver);
    if (!known) continue;
    auto pin = service->store().pin(names_of(known->modules), known->mods);
    if (!pin) continue;
    TRY(apply(context, *known));
    context.modules = JobModules{service, std::move(*known), std::move(*pin)};
    return true;
  }
  return false;
}

// Which versions were chosen; what was downloaded for it differs from time to time.
std::string notes_in(std::string_view text) {
  std::string notes;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.starts_with("go: finding ") || line.starts_with("go: found ")) {
      notes += std::string(line) + "\n";
    }
  }
  return notes;
}

// One run of the go command, and what came of it.
class Fetch {
 public:
  Fetch(JobContext& context, StageExecutor& executor, ModuleService& service)
      : context_(context), executor_(executor), service_(service) {}

  Result<StageResult> run(const Question& question) {
    question_ = &question;
    StageOrder order;
    order.kind = StageKind::kFetch;
    order.binds = toolchain_binds(context_.toolchain);
    order.program = program();
    order.files = context_.files.get();
    std::optional<Relay> relay;
    order.begin = [&](UniqueFd listener) {
      relay.emplace(std::move(listener), Relay::Sources{service_.downloads(), service_.store(),
                                                        service_.settings().rules});
    };
    order.collect = [&](int space) {
      return left_to_compiler_ ? Result<void>() : read_module_files(space);
    };
    order.review = [&](StageResult& stage) {
      if (relay) report_ = relay->finish();
      list_ = stage.ending.text(false);
      notes_ = notes_in(stage.ending.text(true));
      name_proxy(service_.settings(), stage);
      if (stage.outcome == Outcome::kFetchError && is_in_a_module(stage)) {
        judge_module(stage);
      } else if (stage.outcome == Outcome::kFetchError && !judge_fetch(report_, stage)) {
        left_to_compiler_ = true;
        stage.outcome = Outcome::kOk;  // as far as fetching goes
        stage.message = "left to the compiler";
      }
    };
    return executor_.execute(order);
  }

  // The go command's failure is not about modules.
  bool left_to_compiler() const { return left_to_compiler_; }

  // Puts what the go command verified into the store. An Error of kind caller: it is not what it
  // should be.
  Result<Resolution> keep() {
    Resolution resolution;
    resolution.files = std::move(files_);
    const GoSum sum = GoSum::parse(all_sums(resolution));
    TRY(keep_mods(sum, resolution));
    TRY(keep_trees(sum, resolution));
    read_list(resolution);
    resolution.notes = notes_;
    return resolution;
  }

 private:
  sandbox::ProgramStart program() const {
    const bool has_go_work = find_file(context_.job.workspace, "go.work") != nullptr;
    sandbox::ProgramStart start;
    start.arguments = {context_.toolchain.go_command(), "list", "-deps", "-f", kListFormat};
    if (question_->tests) start.arguments.emplace_back("-test");
    if (context_.job.go.race) start.arguments.emplace_back("-race");
    std::string tags = context_.job.go.fake_time ? "faketime" : "";
    for (const std::string& tag : context_.job.go.tags) tags += (tags.empty() ? "" : ",") + tag;
    if (!tags.empty()) start.arguments.push_back("-tags=" + tags);
    start.arguments.insert(start.arguments.end(), question_->packages.begin(),
                           question_->packages.end());
    start.environment = go_environment(context_.toolchain, context_.job.go,
                                       context_.job.policy.fetch.limits, has_go_work);
    const ModuleSettings& settings = service_.settings();
    for (const std::string& each : {
             "GOPROXY=http://127.0.0.1:" + std::to_string(sandbox::kRelayPort),
             "GOSUMDB=" + settings.sum_database,
             "GONOSUMDB=" + settings.no_sum_database,
             std::string("GOMODCACHE=") + kScratchModules,
             std::string(kNoModuleIndex),
             // Tests' made-up packages are written there; nothing is compiled.
             std::string("GOCACHE=/tmp/gocache"),
             // A workspace's own files say what is used; the go command changes none of them.
             std::string("GOFLAGS=") + (has_go_work ? "" : "-mod=mod"),
         }) {
      set_variable(start.environment, each);
    }
    start.working_directory = below_work(question_->directory);
    return start;
  }

  // The go command could not read a package that it had just downloaded.
  static bool is_in_a_module(const StageResult& stage) {
    return stage.ending.text(true).find("\n" + (kScratchModules + std::string("/"))) !=
           std::string::npos;
  }

  // The store looks closer than the go command and may say why; else what the go command said is
  // the reason, by the module's name.
  void judge_module(StageResult& stage) {
    Resolution unused;
    const std::string text = stage.ending.text(true);
    const std::string begin = "\n" + (kScratchModules + std::string("/"));
    std::string_view line = std::string_view(text).substr(text.find(begin) + begin.size());
    line = line.substr(0, line.find('\n'));
    stage.message = std::string(line.substr(0, 500));
    stage.retryable = false;
    for (const ModuleVersion& module : report_.zips) {
      const Downloads::Answer* answer = downloaded(module, "zip");
      if (answer == nullptr || !line.starts_with(module.path + "@")) continue;
      const auto zip = service_.store().check(module, {(*answer)->text, (*answer)->file.get()});
      if (!zip) stage.message = zip.error().message;
    }
  }

  Result<void> read_module_files(int space) {
    const std::string module = module_directory_of(context_.job.workspace, question_->directory);
    for (const std::string& path :
         {joined(module, "go.mod"), joined(module, "go.sum"), std::string("go.work.sum")}) {
      const auto file = open_regular(space, "work/" + path, kMaxModuleFile);
      if (!file) continue;  // none was needed
      std::string text = TRY(read_fd(file->get(), kMaxModuleFile));
      const SourceFile* had = find_file(context_.job.workspace, path);
      if (had == nullptr || had->bytes.view() != text) files_.emplace_back(path, std::move(text));
    }
    return {};
  }

  std::string all_sums(const Resolution& resolution) const {
    std::string text;
    for (const auto& [path, bytes] : resolution.files) {
      if (path.ends_with(".sum")) text += bytes + "\n";
    }
    for (const SourceFile& file : context_.job.workspace.files) {
      if (file.path.ends_with("go.sum") || file.path == "go.work.sum")
        text += file.bytes.text() + "\n";
    }
    return text;
  }

  static Result<ModuleBytes> bytes_of(const Downloads::Answer& answer) {
    return ModuleBytes{answer->text, answer->file.get()};
  }

  const Downloads::Answer* downloaded(const ModuleVersion& module, const char* ending) const {
    const auto found = report_.files.find(proxy_path(module, ending));
    return found == report_.files.end() ? nullptr : &found->second.second;
  }

  Result<void> keep_mods(const GoSum& sum, Resolution& resolution) {
    for (const ModuleVersion& module : report_.mods) {
      if (const Downloads::Answer* answer = downloaded(module, "mod")) {
        std::string text = (*answer)->text;
        if ((*answer)->file) text = TRY(whole_file((*answer)->file.get()));
        if (!sum.names_mod(module, mod_hash(text))) continue;  // only looked at
        const auto request = parse_proxy_request("/" + proxy_path(module, "mod"));
        if (request) TRY(service_.store().add_small(*request, {text, -1}));
      }
      resolution.mods.push_back(module);
    }
    return {};
  }

  Result<void> keep_trees(const GoSum& sum, Resolution& resolution) {
    for (const ModuleVersion& module : report_.zips) {
      const std::string hash = sum.tree_hash(module);
      if (hash.empty()) continue;  // only looked at
      if (const Downloads::Answer* answer = downloaded(module, "zip")) {
        TRY(service_.store().add(module, {(*answer)->text, (*answer)->file.get()}, hash));
      }
      if (const Downloads::Answer* answer = downloaded(module, "info")) {
        const auto request = parse_proxy_request("/" + proxy_path(module, "info"));
        if (request) {
          TRY(service_.store().add_small(*request, {(*answer)->text, (*answer)->file.get()}));
        }
      }
      resolution.modules.push_back({module, hash, false});
    }
    return {};
  }

  static Result<std::string> whole_file(int file) {
    if (::lseek(file, 0, SEEK_SET) != 0) return Error::system("rewind a go.mod");
    return read_fd(file, kMaxModuleFile);
  }

  // go build says "go: found PACKAGE in MODULE VERSION" of what it looked for; go list does not.
  void name_found(const std::string& package, const ModuleVersion& module) {
    const std::string finding = "go: finding module for package " + package + "\n";
    const std::string found = "go: found " + package + " in ";
    if (notes_.find(finding) == std::string::npos || notes_.find(found) != std::string::npos) {
      return;
    }
    notes_ += found + module.path + " " + module.version + "\n";
  }

  // Lines of kListFormat: "PACKAGE\tMODULE\tVERSION\t[REPLACEMENT\tVERSION]".
  void read_list(Resolution& resolution) {
    std::set<std::string> packages;
    for (std::string_view rest = list_; !rest.empty();) {
      std::vector<std::string> fields;
      for (std::string_view line = take_line(rest);;) {
        const std::size_t tab = line.find('\t');
        fields.emplace_back(line.substr(0, tab));
        if (tab == std::string_view::npos) break;
        line.remove_prefix(tab + 1);
      }
      fields.resize(5);
      const bool replaced = !fields[3].empty();
      const ModuleVersion module =
          replaced ? ModuleVersion{fields[3], fields[4]} : ModuleVersion{fields[1], fields[2]};
      const auto known =
          std::find_if(resolution.modules.begin(), resolution.modules.end(),
                       [&](const UsedModule& each) { return each.module == module; });
      if (known == resolution.modules.end()) continue;  // the job's own
      known->used = true;
      // "p [q.test]" is p as q's tests see it; "q.test" is made up.
      if (fields[0].find(' ') == std::string::npos && !fields[0].ends_with(".test")) {
        name_found(fields[0], module);
        packages.insert(fields[0]);
      }
    }
    resolution.packages.assign(packages.begin(), packages.end());
  }

  JobContext& context_;
  StageExecutor& executor_;
  ModuleService& service_;
  const Question* question_ = nullptr;
  RelayReport report_;
  std::string list_;
  std::string notes_;
  std::vector<std::pair<std::string, std::string>> files_;
  bool left_to_compiler_ = false;
};

template <typename T>
void append(std::vector<T>& list, std::vector<T> more) {
  for (T& each : more) {
    if (std::find(list.begin(), list.end(), each) == list.end()) list.push_back(std::move(each));
  }
}

void merge(Resolution& whole, Resolution part) {
  append(whole.files, std::move(part.files));
  append(whole.modules, std::move(part.modules));
  append(whole.mods, std::move(part.mods));
  append(whole.packages, std::move(part.packages));
  whole.notes += part.notes;
}

// What the store refused is about the module, and said so.
StageResult refused(StageResult stage, const Error& error) {
  const bool theirs = error.kind == Error::Kind::kCaller;
  stage.outcome = theirs ? Outcome::kFetchError : Outcome::kSandboxError;
  stage.message = theirs ? error.message : "could not keep a module: " + error.message;
  if (theirs) stage.retryable = false;
  return stage;
}

}  // namespace

Result<std::optional<StageResult>> fetch_modules(JobContext& context, StageExecutor& executor) {
  const Job& job = context.job;
  if (job.modules == ModuleMode::kOff || !context.entry.refusal.empty()) {
    return std::optional<StageResult>();
  }
  const bool tests = job.kind == JobKind::kTest || !context.entry.test_source.empty();
  const ModuleNeeds needs = find_module_needs(job.workspace, tests);
  if (job.modules == ModuleMode::kVendor) context.module_flag = "-mod=vendor";
  const bool vendored = needs.has_vendor && job.modules == ModuleMode::kAuto;
  if (!needs.any() || vendored || job.modules == ModuleMode::kVendor) {
    return std::optional<StageResult>();
  }
  const auto service = TRY(context.services.modules());
  if (!service) return std::optional<StageResult>();
  if (needs.has_vendor && !needs.has_go_work) context.module_flag = "-mod=readonly";

  const std::vector<Question> questions = questions_of(context);
  const std::string key = key_of(context, *service, needs, questions);
  if (TRY(recall(context, service, key))) return std::optional<StageResult>();
  Resolution whole;
  std::optional<StageResult> last;
  for (const Question& question : questions) {
    Fetch fetch(context, executor, *service);
    StageResult stage = TRY(fetch.run(question));
    if (fetch.left_to_compiler()) return std::optional<StageResult>();
    if (stage.outcome != Outcome::kOk) return std::optional<StageResult>(std::move(stage));
    auto kept = fetch.keep();
    if (!kept) return std::optional<StageResult>(refused(std::move(stage), kept.error()));
    TRY(apply(context, *kept));
    merge(whole, std::move(*kept));
    last = std::move(stage);
  }
  auto pin = service->store().pin(names_of(whole.modules), whole.mods);
  if (!pin) return Error::host("a module is gone from the store as soon as it was put there");
  const bool was_whole = std::none_of(whole.files.begin(), whole.files.end(), [](const auto& file) {
    return file.first.ends_with("go.mod");
  });
  TRY(service->resolutions().keep(key + (was_whole ? "" : "-latest"), whole));
  std::sort(whole.modules.begin(), whole.modules.end(),
            [](const auto& a, const auto& b) { return a.module < b.module; });
  context.modules = JobModules{service, std::move(whole), std::move(*pin)};
  service->store().trim();
  return last;
}

// Modules' packages are compiled once for all jobs that use the same, and differently for direct
// compiles than for the go command.
Result<std::optional<Layer>> layer_of(const JobContext& context, bool for_direct) {
  if (!context.modules || context.layer) return std::optional<Layer>();
  // Packages built with flags of the caller's are the caller's own.
  const GoSettings& go = context.job.go;
  const bool flags =
      !go.tags.empty() || !go.build.empty() || !go.experiment.empty() || !go.amd64.empty();
  if (flags || find_module_needs(context.job.workspace, true).has_replacements) {
    return std::optional<Layer>();
  }
  std::string go_sum;
  for (const SourceFile& file : context.job.workspace.files) {
    if (file.path.ends_with("go.sum") || file.path == "go.work.sum") {
      go_sum += file.bytes.text() + "\n";
    }
  }
  const Resolution& resolution = context.modules->resolution;
  const LayerRequest request{.toolchain = context.toolchain,
                             .compile = context.job.policy.compile,
                             .variant = variant_of(go),
                             .prepared = context.cache,
                             .module_cache = context.modules->service->store().mod_cache(),
                             .for_direct = for_direct,
                             .go_sum = std::move(go_sum),
                             .modules = resolution.modules,
                             .packages = resolution.packages,
                             .cancel = context.job.cancel};
  return context.services.layers(*context.modules->service)
      .prepare(context.services.launcher(), request);
}

}  // namespace gobox::runner
