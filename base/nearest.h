// SPDX-License-Identifier: Apache-2.0

#pragma once

// The known word that somebody may have meant: for messages about misspelt ones. Pure.

#include <span>
#include <string>
#include <string_view>

namespace gobox {

// The one of `known` that is fewest changes of a letter away from `word`: a letter more, less,
// another, or two swapped (optimal string alignment). "" where none is near, a third of the word or
// two letters; words of two letters are near to nothing.
std::string nearest(std::string_view word, std::span<const std::string> known);

}  // namespace gobox
