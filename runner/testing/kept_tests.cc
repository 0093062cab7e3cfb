// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/kept_tests.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <chrono>

#include "base/file.h"
#include "base/json_text.h"

namespace gobox::runner {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kManifest = "manifest.json";
constexpr std::size_t kMaxManifest = std::size_t{32} << 20;
constexpr auto kAbandonedAfter = std::chrono::hours(1);  // an entry that never became whole

// Messages may hold any bytes, which JSON text may not.
std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string from_hex(std::string_view text) {
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(value(text[i]) * 16 + value(text[i + 1]));
  }
  return bytes;
}

std::string binary_name(std::size_t index) {
  return std::to_string(index) + ".test";
}

// Reads all of a file from its beginning, in pieces.
template <typename Take>
Result<std::uint64_t> read_through(int file, Take take) {
  std::array<char, 65536> buffer;
  std::uint64_t total = 0;
  for (;;) {
    const ssize_t got = ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(total));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system("read a test binary");
    if (got == 0) return total;
    TRY(take(std::string_view(buffer.data(), static_cast<std::size_t>(got))));
    total += static_cast<std::uint64_t>(got);
  }
}

Result<std::string> digest_of(int file) {
  Sha256 hash;
  TRY(read_through(file, [&](std::string_view bytes) -> Result<void> {
    hash.update(bytes);
    return {};
  }));
  return hex(hash.finish());
}

Result<std::string> copy_binary(int from, const fs::path& path) {
  const UniqueFd to = TRY(open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0644));
  Sha256 hash;
  TRY(read_through(from, [&](std::string_view bytes) -> Result<void> {
    hash.update(bytes);
    return write_all(to.get(), bytes);
  }));
  return hex(hash.finish());
}

json::object package_json(const KeptPackage& package, const std::string& digest) {
  const PackageTests& result = package.result;
  return {{"package", result.package},
          {"directory", result.directory},
          {"state", static_cast<int>(result.state)},
          {"message", result.message},
          {"build_output", to_hex(result.build_output)},
          {"sha256", digest}};
}

std::string text_at(const json::object& object, const char* name) {
  return std::string(object.at(name).as_string());
}

std::optional<KeptPackage> package_from(const json::object& object, const fs::path& entry,
                                        std::size_t index) {
  KeptPackage package;
  PackageTests& result = package.result;
  result.package = text_at(object, "package");
  result.directory = text_at(object, "directory");
  result.state = static_cast<PackageTests::State>(object.at("state").as_int64());
  result.message = text_at(object, "message");
  result.build_output = from_hex(text_at(object, "build_output"));
  if (result.state == PackageTests::State::kBuildFailed) {
    result.stage = StageKind::kCompile;
    result.outcome = Outcome::kCompileError;
  }
  const std::string digest = text_at(object, "sha256");
  if (digest.empty()) return package;
  auto file = open_at(AT_FDCWD, entry / binary_name(index), O_RDONLY | O_NOFOLLOW);
  if (!file) return std::nullopt;
  const auto found = digest_of(file->get());
  if (!found || *found != digest) return std::nullopt;
  package.binary = std::move(*file);
  return package;
}

std::optional<KeptBuild> build_from(const std::string& manifest, const fs::path& entry) {
  boost::system::error_code failure;
  const json::value value = json::parse(manifest, failure);
  if (failure) return std::nullopt;
  try {
    const json::object& object = value.as_object();
    KeptBuild build;
    build.exit_code = static_cast<int>(object.at("exit_code").as_int64());
    build.outcome = build.exit_code == 0 ? Outcome::kOk : Outcome::kCompileError;
    build.messages = from_hex(text_at(object, "messages"));
    build.untested = from_hex(text_at(object, "untested"));
    for (const json::value& each : object.at("packages").as_array()) {
      auto package = package_from(each.as_object(), entry, build.packages.size());
      if (!package) return std::nullopt;
      build.packages.push_back(std::move(*package));
    }
    return build;
  } catch (const std::exception&) {
    return std::nullopt;  // not what we wrote
  }
}

struct Entry {
  fs::path path;
  fs::file_time_type used;
  std::uint64_t bytes = 0;
};

std::vector<Entry> entries_of(const fs::path& directory) {
  std::vector<Entry> entries;
  std::error_code failure;
  for (fs::directory_iterator at(directory, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (!at->is_directory(failure)) continue;
    Entry entry{at->path(), fs::last_write_time(at->path(), failure), 0};
    if (entry.path.filename().string().starts_with("making.")) {
      const auto age = fs::file_time_type::clock::now() - entry.used;
      if (age > kAbandonedAfter) fs::remove_all(entry.path, failure);
      continue;
    }
    for (fs::directory_iterator file(entry.path, failure); !failure && file != end;
         file.increment(failure)) {
      entry.bytes += file->file_size(failure);
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

std::optional<KeptBuild> KeptTests::find(const Sha256Digest& key) const {
  const fs::path entry = directory_ / hex(key);
  const auto manifest = read_file(entry / kManifest, kMaxManifest);
  if (!manifest) return std::nullopt;
  auto build = build_from(*manifest, entry);
  std::error_code ignored;
  if (build) {
    fs::last_write_time(entry, fs::file_time_type::clock::now(), ignored);
  } else {
    fs::remove_all(entry, ignored);
  }
  return build;
}

Result<void> KeptTests::keep(const Sha256Digest& key, const KeptBuild& build) const {
  std::error_code failure;
  fs::create_directories(directory_, failure);
  if (failure) return Error::host("make " + directory_.string() + ": " + failure.message());
  std::uint64_t bytes = 0;
  for (const KeptPackage& each : build.packages) {
    struct stat status {};

    if (each.binary && ::fstat(each.binary.get(), &status) == 0) {
      bytes += static_cast<std::uint64_t>(status.st_size);
    }
  }
  if (bytes > max_bytes_) return {};
  make_room(bytes);
  std::string making = (directory_ / "making.XXXXXX").string();
  if (::mkdtemp(making.data()) == nullptr) return Error::system("make " + making);
  const auto write = [&]() -> Result<void> {
    json::array packages;
    for (std::size_t i = 0; i < build.packages.size(); ++i) {
      const KeptPackage& each = build.packages[i];
      const std::string digest =
          each.binary ? TRY(copy_binary(each.binary.get(), fs::path(making) / binary_name(i))) : "";
      packages.push_back(package_json(each, digest));
    }
    const json::object manifest{{"exit_code", build.exit_code},
                                {"messages", to_hex(build.messages)},
                                {"untested", to_hex(build.untested)},
                                {"packages", std::move(packages)}};
    const UniqueFd file =
        TRY(open_at(AT_FDCWD, fs::path(making) / kManifest, O_WRONLY | O_CREAT | O_EXCL, 0644));
    return write_all(file.get(), json_text(manifest));
  };
  auto written = write();
  if (written) fs::rename(making, directory_ / hex(key), failure);
  // Another job's may have come first; it is as good.
  if (!written || failure) fs::remove_all(making, failure);
  return written;
}

void KeptTests::make_room(std::uint64_t bytes) const {
  std::vector<Entry> entries = entries_of(directory_);
  std::sort(entries.begin(), entries.end(),
            [](const Entry& one, const Entry& other) { return one.used < other.used; });
  std::uint64_t total = bytes;
  for (const Entry& each : entries) total += each.bytes;
  std::size_t left = entries.size();
  for (const Entry& each : entries) {
    if (total <= max_bytes_ && left < kMaxEntries) return;
    std::error_code ignored;
    fs::remove_all(each.path, ignored);
    total -= each.bytes;
    --left;
  }
}

}  // namespace gobox::runner
