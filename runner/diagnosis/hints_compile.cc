// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "runner/diagnosis/hints.h"

namespace gobox::runner {
namespace {

constexpr std::uint64_t kManyInstantiations = 100;

// The go command calls a program of named files "command-line-arguments", the compiler "main".
std::string tool_name(const std::string& tool, const std::string& package) {
  const bool unnamed = package.empty() || package == "command-line-arguments";
  return tool + " of package " + (unnamed ? "main" : package);
}

std::string tool_text(const HintInput& input) {
  if (!input.diagnosis.compile) return {};
  const CompileDiagnosis& compile = *input.diagnosis.compile;
  const ProcessFigure* const largest = compile.largest.empty() ? nullptr : &compile.largest.front();
  if (compile.killed.empty()) {
    if (largest == nullptr) return {};
    return "the largest tool was " + tool_name(largest->name, largest->package) + " with " +
           format_size(largest->own_bytes);
  }
  const CompilerMessage& killed = compile.killed.front();
  std::string text = tool_name(killed.tool, killed.package) + " was killed";
  if (largest == nullptr) return text;
  const bool same = largest->name == killed.tool && compile.largest.size() == 1;
  return text +
         (same
              ? " at "
              : "; the largest tool was " + tool_name(largest->name, largest->package) + " with ") +
         format_size(largest->own_bytes);
}

// What in the sources is known to be expensive, dearest first.
std::optional<Hint> literal_suspect(const SourceFacts& facts) {
  const SourceFacts::File* where = nullptr;
  const SourceMark* most = nullptr;
  for (const SourceFacts::File& file : facts.files) {
    for (const SourceMark& mark : file.marks) {
      if (mark.kind != SourceMark::Kind::kLiteral) continue;
      if (most == nullptr || mark.amount > most->amount) {
        most = &mark;
        where = &file;
      }
    }
  }
  if (most == nullptr) return std::nullopt;
  return Hint{"compile_literal", "the composite literal at " + place(where->path, most->line) +
                                     " has about " + std::to_string(most->amount + 1) +
                                     " elements: read the data at run time (//go:embed a file and "
                                     "parse it)"}
      .at(where->path, most->line);
}

std::optional<Hint> array_suspect(const SourceFacts& facts) {
  const SourceFacts::File* where = nullptr;
  const SourceMark* const mark = facts.first(SourceMark::Kind::kBigArray, &where);
  if (mark == nullptr) return std::nullopt;
  return Hint{"compile_literal",
              "the array at " + place(where->path, mark->line) + " has " +
                  std::to_string(mark->amount) +
                  " elements, and an initialised one lies in the binary in full: "
                  "make it at run time"}
      .at(where->path, mark->line);
}

std::optional<Hint> generics_suspect(const SourceFacts& facts) {
  const SourceFacts::File* where = nullptr;
  const SourceMark* const mark = facts.first(SourceMark::Kind::kGeneric, &where);
  if (mark == nullptr) return std::nullopt;
  std::uint64_t uses = 0;
  for (const SourceFacts::File& file : facts.files) uses += file.instantiations;
  return Hint{"compile_generics",
              "generic code is compiled again for every set of types (" + mark->name + " at " +
                  place(where->path, mark->line) + ", " + std::to_string(uses) +
                  " uses of generic names in the sources): use fewer different types, flatter "
                  "nesting, or an interface"}
      .at(where->path, mark->line);
}

std::optional<Hint> constant_suspect(const SourceFacts& facts) {
  const SourceFacts::File* where = nullptr;
  const SourceMark* const mark = facts.first(SourceMark::Kind::kConcatenation, &where);
  if (mark == nullptr || facts.count(SourceMark::Kind::kConcatenation) < 8) return std::nullopt;
  return Hint{"compile_constant", "constants are added to themselves again and again from " +
                                      place(where->path, mark->line) +
                                      " on: their size doubles each time"}
      .at(where->path, mark->line);
}

std::optional<Hint> size_suspect(const SourceFacts& facts) {
  const auto largest = std::max_element(
      facts.files.begin(), facts.files.end(),
      [](const SourceFacts::File& a, const SourceFacts::File& b) { return a.bytes < b.bytes; });
  if (largest == facts.files.end() || largest->bytes < (256U << 10)) return std::nullopt;
  return Hint{"compile_size", "the largest file is " + largest->path + " with " +
                                  format_size(largest->bytes) + ": split the package"};
}

std::optional<Hint> suspect_of(const SourceFacts& facts) {
  std::uint64_t uses = 0;
  for (const SourceFacts::File& file : facts.files) uses += file.instantiations;
  auto generics = generics_suspect(facts);
  if (generics && uses >= kManyInstantiations) return generics;
  if (auto found = constant_suspect(facts)) return found;
  if (auto found = literal_suspect(facts)) return found;
  if (auto found = array_suspect(facts)) return found;
  if (generics) return generics;
  return size_suspect(facts);
}

void add_cure(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.diagnosis.compile || input.outcome != Outcome::kOom) return;
  const CompileDiagnosis& compile = *input.diagnosis.compile;
  // Small tools beside the large one are not what fills the memory.
  const auto large = std::count_if(
      compile.largest.begin(), compile.largest.end(), [&](const ProcessFigure& figure) {
        return figure.name != "go" && figure.own_bytes > input.limits.memory_bytes / 8;
      });
  const std::uint64_t memory = input.limits.memory_bytes;
  std::string text;
  if (large > 1 && compile.parallelism_that_fits) {
    const std::uint64_t share = memory / 10 * 9 / static_cast<std::uint64_t>(large);
    text = std::to_string(large) + " large tools ran at a time: -p " +
           std::to_string(*compile.parallelism_that_fits) +
           " would have fitted by the largest, or "
           "--gomemlimit " +
           std::to_string(share >> 20) + "M, as it holds for each tool";
  } else {
    text =
        "one tool alone needed it all, so -p does not help: a larger --compile-memory gives it "
        "room; "
        "--gogc 25 makes it slower and, where much of its memory is garbage, a third smaller";
  }
  hints.push_back({"compile_cure", text});
}

void add_limit_hint(const HintInput& input, std::vector<Hint>& hints) {
  const std::string tool = tool_text(input);
  const auto suspect = suspect_of(input.facts);
  const bool timeout = input.outcome == Outcome::kTimeout;
  const CpuDiagnosis* const cpu = input.diagnosis.cpu ? &*input.diagnosis.cpu : nullptr;
  if (suspect) {
    hints.push_back(*suspect);
    if (!tool.empty()) hints.back().text += " (" + tool + ")";
  } else if (timeout && cpu != nullptr && cpu->throttled_share > 0.3) {
    hints.push_back({"throttled", "the compiler was held back by --cpus for " +
                                      percent(cpu->throttled_share) +
                                      " of the time: raise --cpus or --compile-timeout"});
  } else if (!tool.empty()) {
    hints.push_back({"compile_tool", tool});
  }
  add_cure(input, hints);
}

void add_disk_hint(const HintInput& input, std::vector<Hint>& hints) {
  const auto suspect = suspect_of(input.facts);
  Hint hint = suspect ? *suspect : Hint{"tmpfs", ""};
  hint.text = "the compiler's files do not fit into the compile stage's " +
              format_size(input.limits.disk_bytes) + " of disk" +
              (suspect ? "; " + suspect->text : std::string());
  hints.push_back(std::move(hint));
}

// The go command leaves files with import "C" out in silence and complains of what they declare.
bool add_cgo_hint(const SourceFacts& facts, std::vector<Hint>& hints) {
  const SourceFacts::File* where = nullptr;
  const SourceMark* const mark = facts.first(SourceMark::Kind::kCgo, &where);
  if (mark == nullptr) return false;
  const std::string text =
      place(where->path, mark->line) +
      " imports \"C\": cgo is off in the sandbox, so the file is left out of the build and what it "
      "declares is missing";
  hints.push_back(Hint{"cgo_off", text}.at(where->path, mark->line));
  return true;
}

// "github.com/x/y" of the go command's sentence about it.
std::string missing_package(std::string_view said) {
  for (const std::string_view before : {"no required module provides package ",
                                        "missing go.sum entry for module providing package ",
                                        "cannot find module providing package "}) {
    const std::size_t at = said.find(before);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = said.substr(at + before.size());
    const std::string_view name = rest.substr(0, rest.find_first_of(" :;\n"));
    if (name.find('/') != std::string_view::npos) return printable(name, 200);
  }
  return {};
}

bool add_module_hint(std::string_view said, std::vector<Hint>& hints) {
  const auto has = [&](std::string_view text) { return said.find(text) != std::string_view::npos; };
  if (!has("no required module provides package") && !has("missing go.sum entry") &&
      !has("cannot find module providing package") && !has("module lookup disabled by GOPROXY")) {
    return false;
  }
  const std::string package = missing_package(said);
  hints.push_back({"module_missing",
                   (package.empty() ? "a package" : "the package " + package) +
                       " comes from a module that is not here, and the sandbox has no network to "
                       "fetch it: run go mod vendor outside and bring the directory with its "
                       "vendor folder"});
  return true;
}

}  // namespace

void add_compile_hints(const HintInput& input, std::vector<Hint>& hints) {
  if (input.outcome == Outcome::kOom || input.outcome == Outcome::kTimeout ||
      input.outcome == Outcome::kPidsLimit) {
    add_limit_hint(input, hints);
  } else if (input.diagnosis.compile && !input.diagnosis.compile->killed.empty()) {
    hints.push_back({"compile_tool", tool_text(input)});
  } else if (input.outcome == Outcome::kCompileError) {
    const std::string said = input.ending.text(true);
    if (said.find("no space left on device") != std::string::npos) {
      add_disk_hint(input, hints);
    } else if (!add_cgo_hint(input.facts, hints)) {
      add_module_hint(said, hints);
    }
  }
}

}  // namespace gobox::runner
