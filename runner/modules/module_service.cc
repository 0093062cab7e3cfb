// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/module_service.h"

#include <cstdlib>

namespace gobox::runner {

std::filesystem::path default_module_directory(const std::filesystem::path& caches) {
  const char* named = std::getenv("GOBOX_MODULE_DIR");
  return named == nullptr || *named == '\0' ? caches / "modules" : std::filesystem::path(named);
}

Result<std::shared_ptr<ModuleService>> ModuleService::open(const std::filesystem::path& root,
                                                           ModuleSettings settings) {
  auto store = TRY(ModuleStore::open(root, settings.most_bytes));
  return std::shared_ptr<ModuleService>(
      new ModuleService(root, std::move(settings), std::move(store)));
}

std::string ModuleService::settings_text() const {
  std::string text;
  for (const ProxyAddress& proxy : settings_.proxies) {
    text += proxy.url + (proxy.any_failure_goes_on ? "|" : ",");
  }
  for (const auto* patterns : {&settings_.rules.allow, &settings_.rules.deny}) {
    text += '\n';
    for (const std::string& pattern : *patterns) text += pattern + ",";
  }
  return text + '\n' + settings_.sum_database + '\n' + settings_.no_sum_database;
}

}  // namespace gobox::runner
