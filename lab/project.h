// SPDX-License-Identifier: Apache-2.0

#pragma once

// Project: a generated Go module of a given shape and size, for questions of the kind "how does a
// build's memory grow with the project?". The same shape and size give the same bytes. Standard
// library imports: none but in main, so that only the project's own packages are compiled. Pure;
// thread-safe.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "runner/source/workspace.h"

namespace gobox::lab {

enum class Shape {
  kFlat,       // `size` packages, all imported by main
  kDeep,       // `size` packages, each imports the one before
  kDiamond,    // `size` packages in layers of ten, each imports a layer's all
  kFunctions,  // one package of `size` small functions
  kGenerics,   // one generic container, instantiated with `size` types
  kLiteral,    // one map literal of `size` entries
  kReflect,    // `size` struct types with tags, all handed to reflection
};

inline constexpr std::size_t kLargestProject = 100'000;

// "flat", "deep", ...; a refusal names them all.
Result<Shape> parse_shape(std::string_view name);

// `size` from 1 to kLargestProject, packages at most 5000 of them.
Result<runner::Workspace> make_project(Shape shape, std::size_t size);

}  // namespace gobox::lab
