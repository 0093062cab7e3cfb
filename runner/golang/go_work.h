// SPDX-License-Identifier: Apache-2.0

#pragma once

// GoWork: which modules a go.work file uses. Reads no more of it than that; what is wrong with it
// is the go command's to say. Pure. Facts: go.dev/ref/mod#go-work-file.

#include <string>
#include <string_view>
#include <vector>

namespace gobox::runner {

// Directories as written behind "use", cleaned: "" is the file's own, "a/b" one below it; one that
// lies above or is absolute stays as it is.
std::vector<std::string> go_work_uses(std::string_view go_work);

// The module path of a go.mod; "" where it names none.
std::string go_mod_module(std::string_view go_mod);

}  // namespace gobox::runner
