#include "runner/source/file_archive.h"

#include "base/file.h"
#include "sandbox/inside/message.h"

namespace gobox::runner {
namespace {

void append_padded(std::string& archive, std::string_view bytes) {
  archive.append(bytes);
  archive.resize(sandbox::aligned(archive.size()));
}

}  // namespace

Result<UniqueFd> pack_files(const Workspace& workspace) {
  std::string archive;
  for (const SourceFile& file : workspace.files) {
    sandbox::FileRecord record;
    record.path_size = static_cast<std::uint32_t>(file.path.size() + 1);
    record.mode = file.executable ? 0755 : 0644;
    record.data_size = file.bytes.size();
    archive.append(reinterpret_cast<const char*>(&record), sizeof record);
    append_padded(archive, std::string_view(file.path.c_str(), file.path.size() + 1));
    append_padded(archive, file.bytes);
  }
  return sealed_memory_file("files", archive);
}

}  // namespace gobox::runner
