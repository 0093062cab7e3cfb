// SPDX-License-Identifier: Apache-2.0

#include "sandbox/lock_table.h"

#include <sys/sysmacros.h>

#include <charconv>
#include <sstream>
#include <string>
#include <vector>

namespace gobox::sandbox {
namespace {

template <typename Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "00:2f:12345": major and minor number of the device in hexadecimal, the inode in decimal.
bool names_file(std::string_view text, dev_t device, ino_t inode) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return false;
  return number<unsigned>(text.substr(0, first), 16) == major(device) &&
         number<unsigned>(text.substr(first + 1, second - first - 1), 16) == minor(device) &&
         number<ino_t>(text.substr(second + 1)) == inode;
}

// "1: POSIX  ADVISORY  WRITE 1234 00:2f:12345 0 EOF"; "1: -> POSIX ..." waits and holds nothing.
std::optional<RecordLock> lock_of(const std::string& line, dev_t device, ino_t inode) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  constexpr std::size_t kWords = 8;
  if (words.size() != kWords || (words[1] != "POSIX" && words[1] != "OFDLCK")) return std::nullopt;
  if (!names_file(words[5], device, inode)) return std::nullopt;
  const auto owner = number<pid_t>(words[4]);
  const auto first = number<std::uint64_t>(words[6]);
  const auto last = words[7] == "EOF" ? kEndOfFile : number<std::uint64_t>(words[7]);
  if (!owner || !first || !last) return std::nullopt;
  return RecordLock{.write = words[3] == "WRITE", .owner = *owner, .first = *first, .last = *last};
}

}  // namespace

std::optional<RecordLock> conflicting_lock(std::string_view table, dev_t device, ino_t inode,
                                           const RecordLock& wanted) {
  std::istringstream lines{std::string(table)};
  for (std::string line; std::getline(lines, line);) {
    const auto held = lock_of(line, device, inode);
    if (!held || (!held->write && !wanted.write)) continue;
    const bool own = wanted.owner >= 0 && held->owner == wanted.owner;
    if (!own && held->first <= wanted.last && wanted.first <= held->last) return held;
  }
  return std::nullopt;
}

}  // namespace gobox::sandbox
