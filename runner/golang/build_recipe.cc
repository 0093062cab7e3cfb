// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/build_recipe.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/line.h"
#include "runner/golang/go_lexer.h"

namespace gobox::runner {
namespace {

// Around the text in a binary, for tools that search for it; readers of it cut off 16 bytes on each
// side. The end mark has a NUL as its tenth byte, which no argument can carry: 0x01 stands for it.
constexpr std::string_view kInformationBegin =
    "\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
constexpr std::string_view kInformationEnd =
    "\xf9\x32\x43\x31\x86\x18\x20\x72\x01\x82\x42\x10\x41\x16\xd8\xf2";

// The words of a command as `go build -x` prints it: spaces between, quotes around some.
std::optional<std::vector<std::string>> split_command(std::string_view line) {
  std::vector<std::string> words;
  while (!(line = trimmed(line)).empty()) {
    const char quote = line.front();
    if (quote == '"' || quote == '\'') {
      const std::size_t end = line.find(quote, 1);
      if (end == std::string_view::npos) return std::nullopt;
      words.emplace_back(line.substr(1, end - 1));
      line.remove_prefix(end + 1);
    } else {
      words.emplace_back(take_word(line));
    }
  }
  return words;
}

// The arguments behind the first word that ends in "/TOOL", of the last command that has one.
std::optional<std::vector<std::string>> arguments_of(std::string_view output,
                                                     std::string_view tool) {
  const std::string ending = "/" + std::string(tool);
  std::optional<std::vector<std::string>> found;
  while (!output.empty()) {
    const std::string_view line = take_line(output);
    if (line.find(ending + " -o ") == std::string_view::npos) continue;
    auto words = split_command(line);
    if (!words) return std::nullopt;
    const auto at = std::find_if(words->begin(), words->end(),
                                 [&](const std::string& word) { return word.ends_with(ending); });
    if (at == words->end()) return std::nullopt;
    found = std::vector<std::string>(at + 1, words->end());
  }
  return found;
}

// What is left without the flags that are each job's own. Nothing where an argument other than
// `input` is no flag.
std::optional<std::vector<std::string>> common_flags(const std::vector<std::string>& arguments,
                                                     std::string_view input) {
  constexpr std::array<std::string_view, 4> kDropped = {"-o", "-trimpath", "-buildid",
                                                        "-importcfg"};
  constexpr std::array<std::string_view, 3> kKept = {"-p", "-goversion", "-installsuffix"};
  constexpr std::array<std::string_view, 3> kDroppedPrefixes = {"-buildid=", "-c=", "-lang="};
  std::vector<std::string> flags;
  bool input_seen = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const auto is_word = [&](std::string_view name) { return word == name; };
    const auto begins = [&](std::string_view name) { return word.starts_with(name); };
    const bool dropped = std::any_of(kDropped.begin(), kDropped.end(), is_word);
    const bool has_value = dropped || std::any_of(kKept.begin(), kKept.end(), is_word);
    if (has_value && i + 1 == arguments.size()) return std::nullopt;
    if (std::any_of(kDroppedPrefixes.begin(), kDroppedPrefixes.end(), begins)) continue;
    if (!begins("-")) {
      if (input_seen || !word.ends_with(input)) return std::nullopt;
      input_seen = true;
      continue;
    }
    if (!dropped) flags.push_back(word);
    if (!has_value) continue;
    ++i;
    if (!dropped) flags.push_back(arguments[i]);
  }
  if (!input_seen) return std::nullopt;
  return flags;
}

// Behind the "-flag=" that an argument begins with; "" where none does.
std::string value_of(const std::vector<std::string>& arguments, std::string_view flag) {
  for (const std::string& word : arguments) {
    if (word.starts_with(flag)) return word.substr(flag.size());
  }
  return {};
}

// The number in the line that begins with kRefusalWord.
std::optional<int> refusal_status_of(std::string_view output) {
  std::optional<int> status;
  while (!output.empty()) {
    std::string_view line = take_line(output);
    if (take_word(line) != kRefusalWord) continue;
    line = trimmed(line);
    int number = 0;
    const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), number);
    const bool whole = failure == std::errc() && end == line.data() + line.size();
    status = whole && number > 0 && number < 126 ? std::optional(number) : std::nullopt;
  }
  return status;
}

// The build settings of the sample, out of the line that hands them to the linker.
std::optional<std::string> settings_of(std::string_view output) {
  constexpr std::string_view kWord = "modinfo ";
  const std::string sample(kSampleModule);
  const std::string head = "path\t" + sample + "\nmod\t" + sample + "\t(devel)\t\n";
  while (!output.empty()) {
    std::string_view line = take_line(output);
    if (!line.starts_with(kWord)) continue;
    const auto framed = unquote_go(trimmed(line.substr(kWord.size())));
    const std::size_t frame = kInformationBegin.size() + kInformationEnd.size();
    if (!framed || framed->size() < frame || !framed->starts_with(kInformationBegin)) {
      return std::nullopt;
    }
    const std::string text = framed->substr(kInformationBegin.size(), framed->size() - frame);
    if (!text.starts_with(head)) return std::nullopt;
    return text.substr(head.size());
  }
  return std::nullopt;
}

}  // namespace

std::optional<BuildRecipe> BuildRecipe::parse(std::string_view build_output) {
  const auto compile = arguments_of(build_output, "compile");
  const auto link = arguments_of(build_output, "link");
  const auto settings = settings_of(build_output);
  const auto refusal_status = refusal_status_of(build_output);
  if (!compile || !link || !settings || !refusal_status) return std::nullopt;
  const auto compile_flags = common_flags(*compile, "main.go");
  const auto link_flags = common_flags(*link, "_pkg_.a");
  BuildRecipe recipe;
  recipe.language = value_of(*compile, "-lang=");
  recipe.concurrent = !value_of(*compile, "-c=").empty();
  if (!compile_flags || !link_flags || recipe.language.empty()) return std::nullopt;
  recipe.compile_flags = *compile_flags;
  recipe.link_flags = *link_flags;
  recipe.refusal_status = *refusal_status;
  recipe.build_settings = *settings;
  return recipe;
}

std::string BuildRecipe::build_information(const std::string& path, const std::string& module,
                                           const std::vector<UsedModule>& modules) const {
  std::string text = "path\t" + path + "\n";
  if (!module.empty()) text += "mod\t" + module + "\t(devel)\t\n";
  for (const UsedModule& each : modules) {
    text += "dep\t" + each.module.path + "\t" + each.module.version + "\t" + each.sum + "\n";
  }
  return std::string(kInformationBegin) + text + build_settings + std::string(kInformationEnd);
}

}  // namespace gobox::runner
