// SPDX-License-Identifier: Apache-2.0

#pragma once

// What `sandbox-run test` is to test: the words of its command line, sorted into flags of go test,
// flags of ours and packages; and the tree they lie in. A refusal is a caller's Error.

#include <string>
#include <vector>

#include "base/error.h"
#include "runner/testing/test_settings.h"

namespace gobox::run {

struct TestWords {
  runner::TestSettings settings;       // without its packages
  std::vector<std::string> ours;       // flags of ours, and packages
  std::vector<std::string> arguments;  // behind -args or --: the test binary's
};

Result<TestWords> sort_test_words(const std::vector<std::string>& words);

struct TestPlace {
  std::string root;                   // the directory that is brought inside
  std::string directory;              // where the patterns begin, below it; "" is its top
  std::vector<std::string> packages;  // empty: all below `directory`
};

// `inputs` as go test has its packages, from the working directory `here`; or the directory of a
// module elsewhere, and then its packages. The root is that of the module, found upward.
Result<TestPlace> find_test_place(const std::vector<std::string>& inputs, const std::string& here);

}  // namespace gobox::run
