// SPDX-License-Identifier: Apache-2.0

#include "tests/support/module_proxy.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"
#include "runner/modules/proxy_request.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;

class ZipWriter {
 public:
  ZipWriter() : archive_(::archive_write_new()) {
    ::archive_write_set_format_zip(archive_);
    ::archive_write_open(archive_, &bytes_, nullptr, append, nullptr);
  }

  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  ~ZipWriter() { ::archive_write_free(archive_); }

  void begin(const std::string& name, std::uint64_t size, const std::string& link = "") {
    archive_entry* entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, name.c_str());
    ::archive_entry_set_perm(entry, 0644);
    ::archive_entry_set_filetype(entry, link.empty() ? AE_IFREG : AE_IFLNK);
    ::archive_entry_set_size(entry, static_cast<la_int64_t>(size));
    if (!link.empty()) ::archive_entry_set_symlink(entry, link.c_str());
    EXPECT_EQ(::archive_write_header(archive_, entry), ARCHIVE_OK) << name;
    ::archive_entry_free(entry);
  }

  void write(const std::string& bytes) {
    ::archive_write_data(archive_, bytes.data(), bytes.size());
  }

  std::string finish() {
    ::archive_write_close(archive_);
    return std::move(bytes_);
  }

 private:
  static la_ssize_t append(archive*, void* user, const void* data, size_t size) {
    static_cast<std::string*>(user)->append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }

  std::string bytes_;
  archive* archive_;
};

void write_file(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << bytes;
  stream.close();
  EXPECT_TRUE(stream.good()) << path;
}

}  // namespace

std::string zip_of(const ModuleProxy::Files& entries) {
  constexpr const char* kArrow = " -> ";
  ZipWriter zip;
  for (const auto& [name, bytes] : entries) {
    const std::size_t arrow = name.find(kArrow);
    if (arrow != std::string::npos) {
      zip.begin(name.substr(0, arrow), 0, name.substr(arrow + 4));
      continue;
    }
    zip.begin(name, bytes.size());
    zip.write(bytes);
  }
  return zip.finish();
}

std::string zip_of_zeros(const std::string& name, std::uint64_t size) {
  ZipWriter zip;
  zip.begin(name, size);
  const std::string zeros(std::size_t{1} << 20, '\0');
  for (std::uint64_t written = 0; written < size; written += zeros.size()) zip.write(zeros);
  return zip.finish();
}

std::string ModuleProxy::file(const std::string& path, const std::string& version,
                              const std::string& ending) const {
  return directory_ + "/" + runner::proxy_path({path, version}, ending);
}

void ModuleProxy::add(const std::string& path, const std::string& version, Files files) const {
  std::string go_mod = "module " + path + "\n\ngo 1.19\n";
  const auto named = std::find_if(files.begin(), files.end(),
                                  [](const auto& each) { return each.first == "go.mod"; });
  if (named == files.end()) {
    files.emplace_back("go.mod", go_mod);
  } else {
    go_mod = named->second;
  }
  for (auto& [name, bytes] : files) name = path + "@" + version + "/" + name;
  add_raw(path, version, go_mod, zip_of(files));
}

void ModuleProxy::add_raw(const std::string& path, const std::string& version,
                          const std::string& go_mod, const std::string& zip) const {
  write_file(file(path, version, "mod"), go_mod);
  write_file(file(path, version, "zip"), zip);
  write_file(file(path, version, "info"),
             "{\"Version\":\"" + version + "\",\"Time\":\"2024-01-02T03:04:05Z\"}");
  const fs::path list = fs::path(file(path, version, "mod")).parent_path() / "list";
  std::ofstream stream(list, std::ios::app);
  stream << version << "\n";
}

}  // namespace gobox::tests
