// SPDX-License-Identifier: Apache-2.0

#include "base/spool.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "base/file.h"

namespace gobox {
namespace {

constexpr std::size_t kMaxMemory = std::size_t{1} << 20;

}  // namespace

Result<void> Spool::append(std::string_view bytes) {
  if (!file_ && !directory_.empty() && memory_.size() + bytes.size() > kMaxMemory) {
    TRY(move_to_disk());
  }
  size_ += bytes.size();
  if (file_) return write_all(file_.get(), bytes);
  memory_.append(bytes);
  return {};
}

Result<void> Spool::move_to_disk() {
  file_ = TRY(open_at(AT_FDCWD, directory_, O_TMPFILE | O_RDWR, 0600));
  TRY(write_all(file_.get(), memory_));
  std::string().swap(memory_);
  return {};
}

Result<Spooled> Spool::finish() && {
  if (file_) return map_file(file_.get(), size_);
  auto owner = std::make_shared<const std::string>(std::move(memory_));
  const std::string_view bytes = *owner;
  return Spooled{std::move(owner), bytes};
}

Result<Spooled> map_file(int file, std::uint64_t size) {
  if (size == 0) return Spooled{};
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (at == MAP_FAILED) return Error::system("mmap a spooled file");
  std::shared_ptr<const void> owner(at, [size](void* mapped) { ::munmap(mapped, size); });
  return Spooled{std::move(owner), {static_cast<const char*>(at), size}};
}

}  // namespace gobox
