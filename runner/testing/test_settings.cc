// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/test_settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/quantity.h"
#include "runner/testing/test_stream.h"

namespace gobox::runner {
namespace {

enum class Kind {
  kSwitch,    // true or false; the value only behind '='
  kText,      // anything
  kCount,     // a whole number
  kDuration,  // as Go writes them: "1m30s"
  kTimes,     // a duration, or "100x"
  kFile,      // a path below the package's directory
  kHostFile,  // where the caller wants a result; not the test's business
};

enum class Goes {
  kBinary,  // to the test binary, as -test.NAME
  kBuild,   // to the go command that builds
  kHere,    // ours to carry out
};

struct Flag {
  std::string_view name;
  Kind kind;
  Goes goes;
  bool selects = false;  // not every declared test runs
};

constexpr std::array kFlags = {
    Flag{"bench", Kind::kText, Goes::kBinary},
    Flag{"benchmem", Kind::kSwitch, Goes::kBinary},
    Flag{"benchtime", Kind::kTimes, Goes::kBinary},
    Flag{"blockprofile", Kind::kFile, Goes::kBinary},
    Flag{"blockprofilerate", Kind::kCount, Goes::kBinary},
    Flag{"count", Kind::kCount, Goes::kBinary},
    Flag{"cover", Kind::kSwitch, Goes::kHere},
    Flag{"covermode", Kind::kText, Goes::kHere},
    Flag{"coverpkg", Kind::kText, Goes::kHere},
    Flag{"coverprofile", Kind::kHostFile, Goes::kHere},
    Flag{"cpu", Kind::kText, Goes::kBinary},
    Flag{"cpuprofile", Kind::kFile, Goes::kBinary},
    Flag{"failfast", Kind::kSwitch, Goes::kBinary, true},
    Flag{"fullpath", Kind::kSwitch, Goes::kBinary},
    Flag{"fuzz", Kind::kText, Goes::kHere, true},
    Flag{"fuzzminimizetime", Kind::kTimes, Goes::kBinary},
    Flag{"fuzztime", Kind::kTimes, Goes::kBinary},
    Flag{"json", Kind::kSwitch, Goes::kHere},
    Flag{"list", Kind::kText, Goes::kBinary, true},
    Flag{"memprofile", Kind::kFile, Goes::kBinary},
    Flag{"memprofilerate", Kind::kCount, Goes::kBinary},
    Flag{"mutexprofile", Kind::kFile, Goes::kBinary},
    Flag{"mutexprofilefraction", Kind::kCount, Goes::kBinary},
    Flag{"parallel", Kind::kCount, Goes::kBinary},
    Flag{"run", Kind::kText, Goes::kBinary, true},
    Flag{"short", Kind::kSwitch, Goes::kBinary},
    Flag{"shuffle", Kind::kText, Goes::kBinary},
    Flag{"skip", Kind::kText, Goes::kBinary, true},
    Flag{"timeout", Kind::kDuration, Goes::kHere},
    Flag{"trace", Kind::kFile, Goes::kBinary},
    Flag{"v", Kind::kSwitch, Goes::kHere},
    Flag{"vet", Kind::kText, Goes::kBuild},
};

struct Refusal {
  std::string_view name;
  std::string_view why;
};

constexpr std::array kRefused = {
    Refusal{"exec", "the sandbox is what runs the tests"},
    Refusal{"o", "the binaries stay inside; --artifacts brings files out"},
    Refusal{"c", "tests are compiled and run; the binaries stay inside"},
    Refusal{"i", "nothing can be installed inside"},
    Refusal{"outputdir", "profiles lie beside their package; --artifacts brings them out"},
    Refusal{"toolexec", "only the toolchain's own tools compile"},
    Refusal{"overlay", "files come from the tree alone"},
    Refusal{"pkgdir", "the compile cache is the sandbox's own"},
    Refusal{"modfile", "the module's own go.mod is used"},
    Refusal{"modcacherw", "there is no module cache to write"},
    Refusal{"n", "what would be run is not shown"},
    Refusal{"x", "the commands of the build are not shown"},
    Refusal{"work", "nothing of the build is kept"},
    Refusal{"C", "name the directory as the first argument"},
    Refusal{"artifacts", "--artifacts GLOB brings files out"},
    Refusal{"testlogfile", "it is the go command's own"},
    Refusal{"paniconexit0", "it is always on"},
    Refusal{"gocoverdir", "-coverprofile brings the coverage out"},
};

const Flag* find_flag(std::string_view name) {
  const auto found = std::find_if(kFlags.begin(), kFlags.end(),
                                  [&](const Flag& each) { return each.name == name; });
  return found == kFlags.end() ? nullptr : &*found;
}

std::optional<bool> parse_switch(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

// "300ms", "1m30s", "1.5h", "0".
bool is_duration(std::string_view text) {
  if (text == "0") return true;
  bool any = false;
  while (!text.empty()) {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos || digits > 12) return false;
    if (text.substr(0, digits).find_first_of("0123456789") == std::string_view::npos) return false;
    if (std::count(text.begin(), text.begin() + static_cast<long>(digits), '.') > 1) return false;
    text.remove_prefix(digits);
    const std::size_t unit = text.find_first_of("0123456789.");
    const std::string_view name = text.substr(0, unit);
    if (name != "ns" && name != "us" && name != "ms" && name != "s" && name != "m" && name != "h") {
      return false;
    }
    text.remove_prefix(name.size());
    any = true;
  }
  return any;
}

bool is_count(std::string_view text) {
  return !text.empty() && text.size() <= 9 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_inner_path(std::string_view path) {
  return !path.empty() && !path.starts_with('/') && path != ".." && !path.starts_with("../") &&
         path.find("/../") == std::string_view::npos && !path.ends_with("/..");
}

Result<void> check_value(const Flag& flag, const std::string& value) {
  const std::string name = "-" + std::string(flag.name);
  const auto wrong = [&](const char* what) {
    return Error::caller(name + ": \"" + value + "\" is " + what);
  };
  switch (flag.kind) {
    case Kind::kSwitch:
      if (!parse_switch(value)) return wrong("neither true nor false");
      break;
    case Kind::kCount:
      if (!is_count(value)) return wrong("not a whole number");
      break;
    case Kind::kDuration:
      if (!is_duration(value)) return wrong("not a duration such as 30s or 1m30s");
      break;
    case Kind::kTimes:
      if (!is_duration(value) &&
          !(value.ends_with('x') && is_count(value.substr(0, value.size() - 1)))) {
        return wrong("neither a duration such as 30s nor a number of times such as 100x");
      }
      break;
    case Kind::kFile:
      if (!is_inner_path(value)) {
        return wrong(
            "outside the package's directory; name it below, and bring it out with "
            "--artifacts");
      }
      break;
    case Kind::kHostFile:
      if (value.empty()) return Error::caller(name + ": the value is empty");
      break;
    case Kind::kText:
      if (value.find('\0') != std::string::npos) return wrong("not a word without NUL");
      break;
  }
  return {};
}

Result<void> set_here(std::string_view name, const std::string& value, TestSettings& settings) {
  const auto build = [&](const std::string& flag) { settings.build.push_back(flag); };
  if (name == "v") settings.verbose = *parse_switch(value);
  if (name == "json") settings.json = *parse_switch(value);
  if (name == "timeout") settings.timeout = value;
  if (name == "cover") settings.cover = *parse_switch(value);
  if (name == "covermode") {
    if (value != "set" && value != "count" && value != "atomic") {
      return Error::caller("-covermode: \"" + value + "\" is none of set, count and atomic");
    }
    settings.cover = true;
    build("-covermode=" + value);
  }
  if (name == "coverpkg") {
    settings.cover = true;
    build("-coverpkg=" + value);
  }
  if (name == "coverprofile") {
    settings.cover = true;
    settings.cover_profile = value;
  }
  if (name == "fuzz") {
    settings.fuzz = value;
    if (!value.empty()) settings.binary.push_back("-test.fuzz=" + value);
  }
  return {};
}

}  // namespace

Result<void> set_test_flag(std::string_view name, const std::string& value,
                           TestSettings& settings) {
  const Flag* const flag = find_flag(name);
  if (flag == nullptr) return Error::caller("-" + std::string(name) + ": go test has no such flag");
  TRY(check_value(*flag, value));
  settings.selects = settings.selects || flag->selects;
  if (name == "list") settings.lists = true;
  if (name == "bench") settings.benches = true;
  if (name == "count") {
    settings.repeats = value != "1";
    settings.selects = settings.selects || value == "0";
  }
  switch (flag->goes) {
    case Goes::kBinary:
      settings.binary.push_back("-test." + std::string(name) + "=" + value);
      break;
    case Goes::kBuild:
      settings.build.push_back("-" + std::string(name) + "=" + value);
      break;
    case Goes::kHere:
      return set_here(name, value, settings);
  }
  return {};
}

Result<std::size_t> take_test_flag(const std::vector<std::string>& words, std::size_t at,
                                   TestSettings& settings) {
  std::string_view word = words[at];
  if (!word.starts_with('-') || word == "-" || word == "--") return std::size_t{0};
  const bool long_form = word.starts_with("--");
  word.remove_prefix(long_form ? 2 : 1);
  if (word.starts_with("test.")) word.remove_prefix(5);
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  // "--json" and "--artifacts" are flags of ours.
  if (long_form && (name == "json" || name == "artifacts")) return std::size_t{0};
  const auto refused = std::find_if(kRefused.begin(), kRefused.end(),
                                    [&](const Refusal& each) { return each.name == name; });
  if (refused != kRefused.end()) {
    return Error::caller("-" + std::string(name) +
                         " of go test is not offered: " + std::string(refused->why));
  }
  const Flag* const flag = find_flag(name);
  // "--vet" was ours before: it advises.
  if (flag == nullptr || (long_form && name == "vet" && equals == std::string_view::npos)) {
    return std::size_t{0};
  }
  const bool has_value = equals != std::string_view::npos;
  if (has_value || flag->kind == Kind::kSwitch) {
    const std::string value(has_value ? word.substr(equals + 1) : "true");
    TRY(set_test_flag(name, value, settings));
    return std::size_t{1};
  }
  if (at + 1 == words.size()) {
    return Error::caller("-" + std::string(name) + ": the value is missing");
  }
  TRY(set_test_flag(name, words[at + 1], settings));
  return std::size_t{2};
}

std::vector<std::string> test_binary_arguments(const TestSettings& settings, int go_minor) {
  // A list of tests has no lines to mark.
  const bool marked = test_framing(go_minor) == TestFraming::kMarked;
  std::vector<std::string> arguments{"-test.paniconexit0"};
  if (!settings.lists) {
    arguments.push_back(marked ? "-test.v=test2json" : "-test.v=true");
  }
  arguments.push_back("-test.timeout=" + settings.timeout);
  arguments.insert(arguments.end(), settings.binary.begin(), settings.binary.end());
  return arguments;
}

Result<void> check_for_version(const TestSettings& settings, int go_minor) {
  struct Since {
    std::string_view flag;
    int minor;
  };

  constexpr std::array kSince = {Since{"-test.skip=", 20}, Since{"-test.fullpath=", 21}};
  for (const Since& since : kSince) {
    for (const std::string& flag : settings.binary) {
      if (!flag.starts_with(since.flag) || go_minor >= since.minor) continue;
      const std::string name(since.flag.substr(6, since.flag.size() - 7));
      return Error::caller("-" + name + " needs Go 1." + std::to_string(since.minor) +
                           ", and this is Go 1." + std::to_string(go_minor));
    }
  }
  return {};
}

}  // namespace gobox::runner
