// SPDX-License-Identifier: Apache-2.0

#pragma once

// Hint: one thing to know or to do about how a stage ended, and the word for it ("deadlock",
// "unbounded_append", ...). Where it is about a place in the user's files, that place. Plain data.

#include <optional>
#include <string>
#include <utility>

#include "runner/diagnosis/stack_frame.h"

namespace gobox::runner {

// What came of applying the remedy: the job was run again with one change.
struct Trial {
  std::string change;  // "GOMEMLIMIT=auto"
  unsigned runs = 0;
  unsigned ok = 0;
};

struct Hint {
  std::string reason{};
  std::string text{};
  std::string file{};  // below the job's root; "" where no place is named
  int line = 0;        // 1 is the first; 0 where no place is named
  std::optional<Trial> proved{};

  // The same at a place; frames that are not the user's are no place.
  Hint at(std::string_view path, int number) && {
    if (path.empty() || number <= 0) return std::move(*this);
    file = path;
    line = number;
    return std::move(*this);
  }

  Hint at(const Frame& frame) && {
    return frame.user ? std::move(*this).at(frame.file, frame.line) : std::move(*this);
  }
};

}  // namespace gobox::runner
