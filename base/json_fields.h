// SPDX-License-Identifier: Apache-2.0

#pragma once

// Members of a JSON object that somebody else wrote, where "absent", "of another type" and
// "nothing" mean the same. Where the difference matters, look at the object. Pure; thread-safe.

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace gobox {

// 0 where there is no number.
double number_at(const boost::json::object& object, std::string_view key);
// A number that counts something: its whole part; 0 where there is none or it is negative.
std::uint64_t count_at(const boost::json::object& object, std::string_view key);
// "" where there is no string.
std::string text_at(const boost::json::object& object, std::string_view key);

}  // namespace gobox
