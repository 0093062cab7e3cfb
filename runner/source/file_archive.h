#pragma once

// The archive of input files a sandbox unpacks below /work: a workspace as FileRecords
// (sandbox/inside/message.h) in one sealed memory file. Pure but for the memory file.

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

Result<UniqueFd> pack_files(const Workspace& workspace);

}  // namespace gobox::runner
