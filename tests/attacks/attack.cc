// SPDX-License-Identifier: Apache-2.0

#include "tests/attacks/attack.h"

#include <algorithm>
#include <sstream>
#include <tuple>

#include "base/file.h"

namespace gobox::attacks {
namespace {

constexpr std::size_t kMaxSource = std::size_t{4} << 20;

// Words separated by blanks; double quotes keep blanks together.
std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool begun = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if ((c == ' ' || c == '\t') && !quoted) {
      if (begun) words.push_back(word);
      word.clear();
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (begun) words.push_back(word);
  return words;
}

Result<Expectation> parse_expectation(const std::string& text) {
  Expectation expectation;
  for (const std::string& word : split_words(text)) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return Error::caller("\"" + word + "\" is not key=value");
    expectation.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return expectation;
}

// "key" and "value" of a header line; an empty key ends the header.
std::pair<std::string, std::string> header_line(const std::string& line) {
  const std::size_t begin = line.find_first_not_of("/#; ");
  if (begin == std::string::npos || begin == 0) return {};
  const std::size_t colon = line.find(':', begin);
  if (colon == std::string::npos) return {};
  const std::size_t value = line.find_first_not_of(" \t", colon + 1);
  return {line.substr(begin, colon - begin), value == std::string::npos ? "" : line.substr(value)};
}

Result<void> take(Attack& attack, const std::string& key, const std::string& value) {
  if (key == "attack") {
    attack.what = value;
  } else if (key == "how") {
    attack.how = value;
  } else if (key == "flags") {
    attack.flags = split_words(value);
  } else if (key == "host") {
    attack.host = value;
  } else if (key == "expect") {
    attack.expected.push_back(TRY(parse_expectation(value)));
  } else if (key != "because") {
    return Error::caller("unknown header line \"" + key + "\"");
  }
  return {};
}

}  // namespace

Result<Attack> read_attack(const std::filesystem::path& file) {
  Attack attack;
  attack.file = file;
  attack.name = file.stem().string();
  attack.group = file.parent_path().filename().string();
  std::istringstream lines(TRY(read_file(file.string(), kMaxSource)));
  for (std::string line; std::getline(lines, line);) {
    if (line == "-- attack.txt --") continue;
    const auto [key, value] = header_line(line);
    if (key.empty()) break;
    auto taken = take(attack, key, value);
    if (!taken) return std::move(taken).error().within(file.string());
  }
  if (attack.what.empty() || attack.how.empty() || attack.expected.empty()) {
    return Error::caller(file.string() + ": the header needs attack, how and expect");
  }
  return attack;
}

Result<std::vector<Attack>> read_attacks(const std::filesystem::path& directory) {
  std::vector<Attack> attacks;
  for (const char* group : {"escape", "starve", "outlast", "bleed", "compile", "collect"}) {
    for (const auto& entry : std::filesystem::directory_iterator(directory / group)) {
      attacks.push_back(TRY(read_attack(entry.path())));
    }
  }
  std::sort(attacks.begin(), attacks.end(), [](const Attack& a, const Attack& b) {
    return std::tie(a.group, a.name) < std::tie(b.group, b.name);
  });
  return attacks;
}

}  // namespace gobox::attacks
