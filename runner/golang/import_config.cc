// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/import_config.h"

#include "base/line.h"
#include "base/sha256.h"
#include "runner/golang/probe_source.h"

namespace gobox::runner {
namespace {

std::string probe_name() {
  return hex(sha256(probe_package_text())).substr(0, 12);
}

}  // namespace

std::string probe_config_file() {
  return "gobox/importcfg-probe-" + probe_name();
}

std::string probe_archive_file() {
  return "gobox/probe-" + probe_name() + ".a";
}

Result<ImportConfig> ImportConfig::parse(std::string_view text) {
  constexpr std::string_view kWord = "packagefile ";
  ImportConfig config;
  while (!text.empty()) {
    const std::string_view line = trimmed(take_line(text));
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t equals = line.find('=');
    const bool whole = line.starts_with(kWord) && equals != std::string_view::npos &&
                       equals > kWord.size() && equals + 1 < line.size();
    if (!whole) return Error::host("not a line of an import configuration: " + std::string(line));
    config.paths_.emplace(line.substr(kWord.size(), equals - kWord.size()));
  }
  if (config.paths_.empty()) return Error::host("an import configuration without a package");
  return config;
}

ImportConfig ImportConfig::with(const std::vector<std::string>& packages) const {
  ImportConfig more = *this;
  more.paths_.insert(packages.begin(), packages.end());
  return more;
}

bool ImportConfig::contains(std::string_view import_path) const {
  return paths_.find(import_path) != paths_.end();
}

bool ImportConfig::overlaps(std::string_view path) const {
  if (contains(path)) return true;
  const std::string below = std::string(path) + "/";
  const auto next = paths_.lower_bound(below);
  return next != paths_.end() && next->starts_with(below);
}

}  // namespace gobox::runner
