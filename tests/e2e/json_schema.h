// SPDX-License-Identifier: Apache-2.0

#pragma once

// JsonSchema: checks a value against a schema of an OpenAPI 3.1 document, as far as ours uses the
// language: type, enum, const, properties, required, additionalProperties, items, oneOf, minimum,
// maximum, maxItems, maxProperties and $ref into the document. A keyword it does not know is
// reported, so that nothing passes unseen. Test support; no state.

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace gobox::tests {

// What is wrong with `value`, each with its place; empty: it fits.
std::vector<std::string> misfits(const boost::json::object& document,
                                 const boost::json::value& schema, const boost::json::value& value,
                                 const std::string& place = "");

}  // namespace gobox::tests
