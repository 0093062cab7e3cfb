// SPDX-License-Identifier: Apache-2.0

#include "api/runs/run_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "runner/source/scratch.h"

namespace gobox::api {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTree = "tree";
constexpr const char* kArtifacts = "artifacts";
constexpr std::uint64_t kMaxArtifact = std::uint64_t{1} << 40;  // bounded when it was kept

std::uint64_t size_of(const fs::path& path) {
  std::error_code failure;
  const std::uintmax_t size = fs::file_size(path, failure);
  return failure ? 0 : size;
}

Result<void> make_directory(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure) return Error::host("make " + path.string() + ": " + failure.message());
  return {};
}

Result<void> write_new(const fs::path& path, std::string_view bytes) {
  const UniqueFd file =
      TRY(open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  TRY(write_all(file.get(), bytes));
  // The run is accepted once it is in the database, and then its tree must be there as well.
  if (::fdatasync(file.get()) != 0) return Error::system("write " + path.string() + " to the disk");
  return {};
}

}  // namespace

Result<void> RunFiles::sweep(const std::function<bool(const std::string& id)>& known) {
  TRY(make_directory(root_));
  std::error_code failure;
  std::uint64_t bytes = 0;
  for (fs::directory_iterator at(root_, failure); !failure && at != fs::directory_iterator();
       at.increment(failure)) {
    if (!known(at->path().filename().string())) {
      std::error_code ignored;
      fs::remove_all(at->path(), ignored);
      continue;
    }
    bytes += size_of(at->path() / kTree);
  }
  if (failure) return Error::host("read " + root_.string() + ": " + failure.message());
  const std::lock_guard lock(mutex_);
  tree_bytes_ = bytes;
  return {};
}

Result<void> RunFiles::put_tree(const std::string& id, std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (bytes.size() > most_tree_bytes_ - std::min(tree_bytes_, most_tree_bytes_)) {
      return Error::caller("too many large trees wait in the queue");
    }
    tree_bytes_ += bytes.size();
  }
  auto written = make_directory(directory_of(id));
  if (written) written = write_new(directory_of(id) / kTree, bytes);
  if (written) return {};
  std::error_code ignored;
  fs::remove_all(directory_of(id), ignored);
  const std::lock_guard lock(mutex_);
  tree_bytes_ -= bytes.size();
  return written;
}

Result<Spooled> RunFiles::tree(const std::string& id) const {
  const fs::path path = directory_of(id) / kTree;
  const UniqueFd file = TRY(open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW));

  struct stat status {};

  if (::fstat(file.get(), &status) != 0) return Error::system("fstat " + path.string());
  return map_file(file.get(), static_cast<std::uint64_t>(status.st_size));
}

void RunFiles::drop_tree(const std::string& id) {
  const fs::path path = directory_of(id) / kTree;
  const std::uint64_t bytes = size_of(path);
  if (::unlink(path.c_str()) != 0) return;
  ::rmdir(directory_of(id).c_str());  // where artifacts are it stays
  const std::lock_guard lock(mutex_);
  tree_bytes_ -= std::min(bytes, tree_bytes_);
}

Result<std::string> RunFiles::make_artifacts(const std::string& id) {
  const fs::path path = directory_of(id) / kArtifacts;
  std::error_code failure;
  fs::remove_all(path, failure);  // of an attempt before
  if (failure) return Error::host("empty " + path.string() + ": " + failure.message());
  TRY(make_directory(path));
  return path.string();
}

std::optional<UniqueFd> RunFiles::open_artifact(const std::string& id,
                                                const std::string& name) const {
  const auto directory =
      open_at(AT_FDCWD, directory_of(id) / kArtifacts, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory) return std::nullopt;
  auto file = runner::open_regular(directory->get(), name, kMaxArtifact);
  if (!file) return std::nullopt;
  return std::move(*file);
}

void RunFiles::drop_artifacts(const std::string& id) {
  std::error_code ignored;
  fs::remove_all(directory_of(id) / kArtifacts, ignored);
  ::rmdir(directory_of(id).c_str());  // where a tree is it stays
}

void RunFiles::drop(const std::string& id) {
  drop_tree(id);
  drop_artifacts(id);
}

}  // namespace gobox::api
