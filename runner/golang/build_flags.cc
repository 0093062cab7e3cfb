// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/build_flags.h"

#include <algorithm>
#include <array>

#include "base/line.h"
#include "base/quantity.h"
#include "runner/source/source_path.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxValue = 4096;

enum class Kind { kSwitch, kValue };

struct Flag {
  std::string_view name;
  Kind kind;
};

constexpr std::array kFlags = {
    Flag{"tags", Kind::kValue},      Flag{"ldflags", Kind::kValue},   Flag{"gcflags", Kind::kValue},
    Flag{"mod", Kind::kValue},       Flag{"trimpath", Kind::kSwitch}, Flag{"cover", Kind::kSwitch},
    Flag{"covermode", Kind::kValue}, Flag{"coverpkg", Kind::kValue},  Flag{"race", Kind::kSwitch},
    Flag{"p", Kind::kValue},
};

struct Refusal {
  std::string_view name;
  std::string_view why;
};

constexpr std::array kRefused = {
    Refusal{"toolexec", "only the toolchain's own tools compile"},
    Refusal{"exec", "the sandbox is what runs the program"},
    Refusal{"o", "the binary stays inside"},
    Refusal{"C", "name the directory as the first argument"},
    Refusal{"overlay", "files come from the tree alone"},
    Refusal{"pkgdir", "the compile cache is the sandbox's own"},
    Refusal{"modfile", "the module's own go.mod is used"},
    Refusal{"modcacherw", "there is no module cache to write"},
    Refusal{"asmflags", "assembly is built as it is"},
    Refusal{"gccgoflags", "the gc toolchain compiles"},
    Refusal{"compiler", "the gc toolchain compiles"},
    Refusal{"buildmode", "a program is what is built"},
    Refusal{"buildvcs", "there is no version control inside"},
    Refusal{"linkshared", "a program is linked whole"},
    Refusal{"installsuffix", "nothing is installed"},
    Refusal{"msan", "its runtime is not there"},
    Refusal{"asan", "its runtime is not there"},
    Refusal{"pgo", "a default.pgo in the main package is used by itself"},
    Refusal{"work", "nothing of the build is kept"},
    Refusal{"a", "what is prepared is current"},
    Refusal{"n", "what would be run is not shown"},
};

// Of `go tool link`: those that neither run a program, nor name a file, nor end the build.
constexpr std::array<std::string_view, 12> kLinkerFlags = {
    "s", "w",    "X", "B",    "T", "buildid", "checklinkname", "compressdwarf",
    "E", "race", "v", "dwarf"};
// Of `go tool compile`, likewise.
constexpr std::array<std::string_view, 19> kCompilerFlags = {
    "N", "l", "m", "B", "C",    "E",     "K",      "L",  "S", "W",
    "e", "h", "j", "r", "live", "dwarf", "shared", "wb", "d"};

Error wrong(std::string_view name, const std::string& value, const std::string& why) {
  return Error::caller("-" + std::string(name) + ": " + quote_path(value) + " " + why);
}

bool holds_only(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char byte) {
    const bool word = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                      (byte >= '0' && byte <= '9') || byte == '_';
    return word || more.find(byte) != std::string_view::npos;
  });
}

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Result<void> set_tags(const std::string& value, GoSettings& settings) {
  const std::vector<std::string> tags = split(value, ", ");
  for (const std::string& tag : tags) {
    if (!holds_only(tag, ".")) return wrong("tags", tag, "is not a build tag");
    // Those are ours: they decide which prepared packages fit.
    for (const char* const ours : {"race", "faketime", "cgo", "msan", "asan"}) {
      if (tag == ours) return wrong("tags", tag, "is set by the build itself");
    }
  }
  settings.tags = tags;
  return {};
}

// Words as the go command splits them: single or double quotes hold spaces together.
Result<std::vector<std::string>> quoted_words(std::string_view name, std::string_view text) {
  std::vector<std::string> words;
  while (!(text = trimmed(text)).empty()) {
    const char quote = text.front();
    if (quote == '"' || quote == '\'') {
      const std::size_t end = text.find(quote, 1);
      if (end == std::string_view::npos) {
        return wrong(name, std::string(text), "has a quote that is not closed");
      }
      words.emplace_back(text.substr(1, end - 1));
      text.remove_prefix(end + 1);
    } else {
      words.emplace_back(take_word(text));
    }
  }
  return words;
}

template <std::size_t N>
Result<void> check_tool_flags(std::string_view name, const std::string& value,
                              const std::array<std::string_view, N>& known) {
  std::string_view text = value;
  // "pattern=flags": for those packages alone.
  const std::size_t dash = text.find_first_of("-'\" \t");
  const std::size_t equals = text.find('=');
  if (equals != std::string_view::npos && equals < dash) text.remove_prefix(equals + 1);
  const std::vector<std::string> words = TRY(quoted_words(name, text));
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view flag = words[i];
    if (!flag.starts_with('-')) return wrong(name, words[i], "is not a flag");
    flag.remove_prefix(flag.starts_with("--") ? 2 : 1);
    const bool has_value = flag.find('=') != std::string_view::npos;
    flag = flag.substr(0, flag.find('='));
    if (std::find(known.begin(), known.end(), flag) == known.end()) {
      return wrong(name, words[i], "is not one of the flags that may be given");
    }
    // -X takes its value from the next word too.
    if (flag == "X" && !has_value) ++i;
  }
  return {};
}

Result<void> check_value(std::string_view name, const std::string& value) {
  if (name == "ldflags") return check_tool_flags(name, value, kLinkerFlags);
  if (name == "gcflags") return check_tool_flags(name, value, kCompilerFlags);
  if (name == "mod" && value != "mod" && value != "vendor" && value != "readonly") {
    return wrong(name, value, "is not one of readonly, vendor, mod");
  }
  if (name == "covermode" && value != "set" && value != "count" && value != "atomic") {
    return wrong(name, value, "is not one of set, count, atomic");
  }
  if (name == "coverpkg" && !holds_only(value, "./-,~+@")) {
    return wrong(name, value, "is not a list of packages");
  }
  return {};
}

void put(std::vector<std::string>& flags, std::string_view name, const std::string& value) {
  const std::string head = "-" + std::string(name) + "=";
  std::erase_if(flags, [&](const std::string& old) { return old.starts_with(head); });
  flags.push_back(head + value);
}

Result<bool> parse_switch(std::string_view name, const std::string& value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return wrong(name, value, "is neither true nor false");
}

const Flag* find_flag(std::string_view name) {
  const auto found = std::find_if(kFlags.begin(), kFlags.end(),
                                  [&](const Flag& flag) { return flag.name == name; });
  return found == kFlags.end() ? nullptr : &*found;
}

}  // namespace

Result<void> set_build_flag(std::string_view name, const std::string& value, GoSettings& settings) {
  for (const Refusal& refused : kRefused) {
    if (refused.name == name) {
      return Error::caller("-" + std::string(name) + " is not taken: " + std::string(refused.why));
    }
  }
  const Flag* const flag = find_flag(name);
  if (flag == nullptr) return Error::caller("-" + std::string(name) + " is not a build flag");
  if (value.size() > kMaxValue || value.find('\0') != std::string::npos) {
    return Error::caller("-" + std::string(name) + ": the value is too long, or holds a NUL byte");
  }
  if (flag->kind == Kind::kSwitch) {
    const bool on = TRY(parse_switch(name, value));
    if (name == "race") {
      settings.race = on;
    } else {
      put(settings.build, name, on ? "true" : "false");
    }
    return {};
  }
  if (name == "tags") return set_tags(value, settings);
  if (name == "p") {
    settings.parallelism = static_cast<unsigned>(TRY(parse_count("-p", value, 1, 4096)));
    return {};
  }
  TRY(check_value(name, value));
  put(settings.build, name, value);
  return {};
}

Result<void> set_go_variable(std::string_view name, const std::string& value,
                             GoSettings& settings) {
  const auto refused = [&](const std::string& why) {
    return Error::caller(std::string(name) + ": " + quote_path(value) + " " + why);
  };
  if (name == "GOEXPERIMENT") {
    if (value.size() > kMaxValue || !holds_only(value, ","))
      return refused("is not a list of experiments");
    settings.experiment = value;
    return {};
  }
  if (value != "v1" && value != "v2" && value != "v3" && value != "v4") {
    return refused("is not one of v1, v2, v3, v4");
  }
  settings.amd64 = value;
  return {};
}

bool rebuilds_standard_library(const GoSettings& settings) {
  const auto rebuilds = [](const std::string& flag) {
    return flag == "-trimpath=true" || flag.starts_with("-gcflags=all=") ||
           flag.starts_with("-gcflags=std=") || flag.starts_with("-coverpkg=");
  };
  return !settings.experiment.empty() || (!settings.amd64.empty() && settings.amd64 != "v1") ||
         std::any_of(settings.build.begin(), settings.build.end(), rebuilds);
}

Result<std::size_t> take_build_flag(const std::vector<std::string>& words, std::size_t at,
                                    GoSettings& settings) {
  std::string_view word = words[at];
  const bool two_dashes = word.starts_with("--");
  if (!word.starts_with('-') || word.size() < 2) return std::size_t{0};
  word.remove_prefix(two_dashes ? 2 : 1);
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const bool refused = std::any_of(kRefused.begin(), kRefused.end(),
                                   [&](const Refusal& each) { return each.name == name; });
  const Flag* const flag = find_flag(name);
  if (flag == nullptr && !refused) return std::size_t{0};
  if (refused || flag->kind == Kind::kSwitch || equals != std::string_view::npos) {
    const std::string value =
        equals == std::string_view::npos ? "true" : std::string(word.substr(equals + 1));
    TRY(set_build_flag(name, value, settings));
    return std::size_t{1};
  }
  if (at + 1 == words.size()) {
    return Error::caller("-" + std::string(name) + ": the value is missing");
  }
  TRY(set_build_flag(name, words[at + 1], settings));
  return std::size_t{2};
}

}  // namespace gobox::runner
