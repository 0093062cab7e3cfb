// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/resolution.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>

#include "base/file.h"

namespace gobox::runner {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kMaxRecord = std::size_t{8} << 20;
constexpr std::size_t kMaxRecords = 4096;  // files; the oldest half goes beyond

std::string text_of(const json::value& value) {
  return std::string(value.as_string());
}

Resolution read(const json::value& document) {
  Resolution resolution;
  const json::object& object = document.as_object();
  for (const json::value& each : object.at("files").as_array()) {
    resolution.files.emplace_back(text_of(each.at("path")), text_of(each.at("text")));
  }
  for (const json::value& each : object.at("modules").as_array()) {
    resolution.modules.push_back({{text_of(each.at("path")), text_of(each.at("version"))},
                                  text_of(each.at("sum")),
                                  each.at("used").as_bool()});
  }
  for (const json::value& each : object.at("mods").as_array()) {
    resolution.mods.push_back({text_of(each.at("path")), text_of(each.at("version"))});
  }
  for (const json::value& each : object.at("packages").as_array()) {
    resolution.packages.push_back(text_of(each));
  }
  resolution.notes = text_of(object.at("notes"));
  return resolution;
}

json::value write(const Resolution& resolution) {
  json::array files;
  json::array modules;
  json::array packages;
  json::array mods;
  for (const auto& [path, text] : resolution.files) {
    files.push_back({{"path", path}, {"text", text}});
  }
  for (const UsedModule& each : resolution.modules) {
    modules.push_back({{"path", each.module.path},
                       {"version", each.module.version},
                       {"sum", each.sum},
                       {"used", each.used}});
  }
  for (const ModuleVersion& each : resolution.mods) {
    mods.push_back({{"path", each.path}, {"version", each.version}});
  }
  for (const std::string& each : resolution.packages) packages.emplace_back(each);
  return {{"files", std::move(files)},
          {"modules", std::move(modules)},
          {"mods", std::move(mods)},
          {"packages", std::move(packages)},
          {"notes", resolution.notes}};
}

void trim(const fs::path& directory) {
  std::vector<std::pair<fs::file_time_type, fs::path>> found;
  std::error_code failure;
  for (fs::directory_iterator at(directory, failure); !failure && at != fs::directory_iterator();
       at.increment(failure)) {
    std::error_code ignored;
    found.emplace_back(at->last_write_time(ignored), at->path());
  }
  if (found.size() <= kMaxRecords) return;
  std::sort(found.begin(), found.end());
  for (std::size_t i = 0; i < found.size() / 2; ++i) {
    std::error_code ignored;
    fs::remove(found[i].second, ignored);
  }
}

}  // namespace

std::vector<UsedModule> used_modules(const std::vector<UsedModule>& modules) {
  std::vector<UsedModule> used;
  std::copy_if(modules.begin(), modules.end(), std::back_inserter(used),
               [](const UsedModule& each) { return each.used; });
  return used;
}

std::optional<Resolution> Resolutions::find(const std::string& key,
                                            std::chrono::seconds fresh) const {
  const fs::path path = directory_ / (key + ".json");

  struct stat status {};

  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  const auto made = std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec);
  if (std::chrono::system_clock::now() - made > fresh) return std::nullopt;
  const auto text = read_file(path, kMaxRecord);
  if (!text) return std::nullopt;
  try {
    return read(json::parse(*text));
  } catch (const std::exception&) {  // cut short by a full disk, or of another version: not there
    return std::nullopt;
  }
}

Result<void> Resolutions::keep(const std::string& key, const Resolution& resolution) const {
  std::error_code failure;
  fs::create_directories(directory_, failure);
  if (failure) return Error::host("make " + directory_.string() + ": " + failure.message());
  trim(directory_);
  static std::atomic<std::uint64_t> made{0};
  const fs::path making = directory_ / (key + "." + std::to_string(::getpid()) + "." +
                                        std::to_string(++made) + ".making");
  const std::string text = json::serialize(write(resolution));
  if (text.size() > kMaxRecord) return {};
  const auto write_it = [&]() -> Result<void> {
    const UniqueFd file =
        TRY(open_at(AT_FDCWD, making, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    return write_all(file.get(), text);
  };
  auto written = write_it();
  if (written && ::rename(making.c_str(), (directory_ / (key + ".json")).c_str()) != 0) {
    written = Error::system("rename " + making.string());
  }
  if (!written) ::unlink(making.c_str());
  return written;
}

}  // namespace gobox::runner
