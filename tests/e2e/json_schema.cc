// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/json_schema.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

namespace gobox::tests {
namespace {

namespace json = boost::json;
using Misfits = std::vector<std::string>;

bool is_of_type(const json::value& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_bool();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  if (type == "number") return value.is_number();
  return type == "integer" && (value.is_int64() || value.is_uint64());
}

bool fits_type(const json::value& value, const json::value& type) {
  if (type.is_string()) return is_of_type(value, std::string(type.get_string()));
  const json::array& types = type.as_array();
  return std::any_of(types.begin(), types.end(), [&](const json::value& each) {
    return is_of_type(value, std::string(each.as_string()));
  });
}

void add(Misfits& all, Misfits more) {
  all.insert(all.end(), more.begin(), more.end());
}

Misfits of_object(const json::object& document, const json::object& schema,
                  const json::object& value, const std::string& place) {
  Misfits all;
  const json::value* properties = schema.if_contains("properties");
  const json::value* others = schema.if_contains("additionalProperties");
  for (const auto& member : value) {
    const std::string where = place + "/" + std::string(member.key());
    const json::value* known =
        properties == nullptr ? nullptr : properties->as_object().if_contains(member.key());
    if (known != nullptr) {
      add(all, misfits(document, *known, member.value(), where));
    } else if (others != nullptr && others->is_object()) {
      add(all, misfits(document, *others, member.value(), where));
    } else if (others != nullptr && !others->as_bool()) {
      all.push_back(where + " is not in the document");
    }
  }
  return all;
}

Misfits of_keyword(const json::object& document, const json::object& schema,
                   const std::string& keyword, const json::value& rule, const json::value& value,
                   const std::string& place) {
  Misfits all;
  const auto wrong = [&](const std::string& what) {
    all.push_back(place + ": " + json::serialize(value).substr(0, 200) + " " + what);
  };
  if (keyword == "type") {
    if (!fits_type(value, rule)) wrong("is not " + json::serialize(rule));
  } else if (keyword == "enum") {
    const json::array& allowed = rule.as_array();
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
      wrong("is none of " + json::serialize(rule));
  } else if (keyword == "const") {
    if (value != rule) wrong("is not " + json::serialize(rule));
  } else if (keyword == "required") {
    for (const json::value& key : rule.as_array()) {
      const bool there = !value.is_object() || value.get_object().contains(key.as_string());
      if (!there) all.push_back(place + " has no " + std::string(key.as_string()));
    }
  } else if (keyword == "maxProperties" || keyword == "maxItems") {
    const std::size_t size = value.is_object()  ? value.get_object().size()
                             : value.is_array() ? value.get_array().size()
                                                : 0;
    if (size > rule.to_number<std::size_t>()) wrong("has too many members");
  } else if (keyword == "oneOf") {
    int fitting = 0;
    for (const json::value& each : rule.as_array())
      fitting += misfits(document, each, value, place).empty() ? 1 : 0;
    if (fitting != 1) wrong("fits " + std::to_string(fitting) + " of oneOf");
  } else if (keyword == "items") {
    if (!value.is_array()) return all;
    for (std::size_t i = 0; i < value.get_array().size(); ++i) {
      add(all, misfits(document, rule, value.get_array()[i], place + "/" + std::to_string(i)));
    }
  } else if (keyword == "minimum") {
    if (value.is_number() && value.to_number<double>() < rule.to_number<double>())
      wrong("is too small");
  } else if (keyword == "maximum") {
    if (value.is_number() && value.to_number<double>() > rule.to_number<double>())
      wrong("is too large");
  } else if (keyword == "properties") {
    if (value.is_object()) all = of_object(document, schema, value.get_object(), place);
  } else {
    static const std::set<std::string> kElsewhere{"additionalProperties", "description", "default",
                                                  "examples"};
    if (!kElsewhere.contains(keyword)) wrong("meets the unknown keyword " + keyword);
  }
  return all;
}

}  // namespace

Misfits misfits(const json::object& document, const json::value& schema, const json::value& value,
                const std::string& place) {
  const json::object& rules = schema.as_object();
  if (const json::value* reference = rules.if_contains("$ref")) {
    json::error_code failure;
    const std::string pointer(reference->as_string().subview(1));
    const json::value whole(document);
    const json::value* target = whole.find_pointer(pointer, failure);
    if (target == nullptr) return {place + ": there is no " + pointer};
    return misfits(document, *target, value, place);
  }
  Misfits all;
  for (const auto& rule : rules) {
    add(all, of_keyword(document, rules, std::string(rule.key()), rule.value(), value, place));
  }
  return all;
}

}  // namespace gobox::tests
