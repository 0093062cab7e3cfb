// SPDX-License-Identifier: Apache-2.0

#pragma once

// The set-up steps of PID 1 that make its file tree, in the order of init.cc's table. Each returns
// 0 or an errno; `detail` of Setup says which bind a failure was about. They run between clone and
// the programs: raw system calls, no allocation. mount_namespaces(7), open_tree(2), move_mount(2),
// mount_setattr(2), pivot_root(2), proc(5), tmpfs(5).

#include "sandbox/inside/setup.h"

namespace gobox::sandbox {

int private_mounts(Setup& setup);
int collect_binds(Setup& setup);
int root_filesystem(Setup& setup);
int attach_binds(Setup& setup);
int devices(Setup& setup);
int writable_space(Setup& setup);
int attach_in_space(Setup& setup);
int proc(Setup& setup);
int show_groups(Setup& setup);
int system_files(Setup& setup);
int binary_place(Setup& setup);
int enter_root(Setup& setup);
int freeze_root(Setup& setup);

}  // namespace gobox::sandbox
