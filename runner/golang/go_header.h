// SPDX-License-Identifier: Apache-2.0

#pragma once

// The head of a Go file (package clause and imports) judged strictly: only what the go command is
// sure to accept without a message of its own. scan_go_file (runner/golang/go_source.h) tells what
// a file asks for and forgives much; this says whether forgiving was needed. Unusual but valid
// heads may be refused. Thread-safe; no state. Facts: go/build's readGoInfo, go/parser with
// ImportsOnly, go/scanner.

#include <string_view>

namespace gobox::runner {

// One clause or import specification to a line, plain identifiers, no semicolons; and everywhere in
// the file nothing but UTF-8 text without control characters.
bool is_plain_go_head(std::string_view source);

}  // namespace gobox::runner
