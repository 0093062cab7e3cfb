// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/go_sum.h"

#include <algorithm>

#include "base/base64.h"
#include "base/line.h"

namespace gobox::runner {
namespace {

bool holds(const std::multimap<ModuleVersion, std::string>& hashes, const ModuleVersion& module,
           const std::string& hash) {
  const auto [begin, end] = hashes.equal_range(module);
  return std::any_of(begin, end, [&](const auto& each) { return each.second == hash; });
}

}  // namespace

GoSum GoSum::parse(std::string_view text) {
  constexpr std::string_view kMod = "/go.mod";
  GoSum sum;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const std::string_view path = take_word(line);
    std::string_view version = take_word(line);
    const std::string_view hash = take_word(line);
    if (!hash.starts_with("h1:") || !trimmed(line).empty()) continue;
    const bool is_mod = version.ends_with(kMod);
    if (is_mod) version.remove_suffix(kMod.size());
    auto& hashes = is_mod ? sum.mods_ : sum.trees_;
    hashes.emplace(ModuleVersion{std::string(path), std::string(version)}, hash);
  }
  return sum;
}

bool GoSum::names_tree(const ModuleVersion& module, const std::string& hash) const {
  return holds(trees_, module, hash);
}

bool GoSum::names_mod(const ModuleVersion& module, const std::string& hash) const {
  return holds(mods_, module, hash);
}

std::string GoSum::tree_hash(const ModuleVersion& module) const {
  const auto found = trees_.find(module);
  return found == trees_.end() ? "" : found->second;
}

std::string ListingHash::finish() const {
  Sha256 hash;
  for (const auto& [name, digest] : files_) hash.update(digest + "  " + name + "\n");
  const Sha256Digest digest = hash.finish();
  return "h1:" + to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string mod_hash(std::string_view go_mod) {
  ListingHash listing;
  listing.add("go.mod", sha256(go_mod));
  return listing.finish();
}

}  // namespace gobox::runner
