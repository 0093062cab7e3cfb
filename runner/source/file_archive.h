// SPDX-License-Identifier: Apache-2.0

#pragma once

// The archive of input files a sandbox unpacks below /work: a workspace as FileRecords
// (sandbox/inside/message.h) in one sealed memory file. Written in one pass, never held a second
// time. Pure but for the memory file.

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

// All of it. `workspace` reads its contents out of the archive from then on, so that they are in
// memory once.
Result<UniqueFd> pack_and_share(Workspace& workspace);

Result<UniqueFd> pack_files(const Workspace& workspace);

// The files of `changed` whose contents are not those of `base`: to be unpacked over it. Invalid
// where there are none; an Error where something of `base` is missing.
Result<UniqueFd> pack_changes(const Workspace& base, const Workspace& changed);

}  // namespace gobox::runner
