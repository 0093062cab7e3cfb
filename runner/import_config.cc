#include "runner/import_config.h"

#include "runner/line.h"

namespace gobox::runner {

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
    config.files_.emplace(line.substr(kWord.size(), equals - kWord.size()),
                          line.substr(equals + 1));
  }
  if (config.files_.empty()) return Error::host("an import configuration without a package");
  return config;
}

void ImportConfig::move_files(const std::string& from, const std::string& to) {
  for (auto& [path, file] : files_) {
    if (file.starts_with(from + "/")) file = to + file.substr(from.size());
  }
}

bool ImportConfig::contains(std::string_view import_path) const {
  return files_.find(import_path) != files_.end();
}

bool ImportConfig::overlaps(std::string_view path) const {
  if (contains(path)) return true;
  const std::string below = std::string(path) + "/";
  const auto next = files_.lower_bound(below);
  return next != files_.end() && next->first.starts_with(below);
}

std::string ImportConfig::text() const {
  std::string text;
  for (const auto& [path, file] : files_) text += "packagefile " + path + "=" + file + "\n";
  return text;
}

}  // namespace gobox::runner
