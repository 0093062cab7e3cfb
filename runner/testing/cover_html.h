// SPDX-License-Identifier: Apache-2.0

#pragma once

// A coverage profile as one HTML page: each file with its share, each line of it painted by whether
// it ran. Needs nothing from elsewhere: styles are inside, and no script. Pure.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gobox::runner {

// The text of a file as the profile names it ("example.com/m/a/a.go"); nothing where it is not had.
using SourceOf = std::function<std::optional<std::string>(const std::string& name)>;

std::string cover_html(std::string_view profile, const SourceOf& source_of);

}  // namespace gobox::runner
