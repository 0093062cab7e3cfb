// SPDX-License-Identifier: Apache-2.0

#include "api/runs/omission.h"

#include <boost/json.hpp>

#include "base/json_text.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

void leave_out(json::object& object, Omitted omitted) {
  if (omitted.out && object.contains("stdout")) object["stdout"] = nullptr;
  if (omitted.err && object.contains("stderr")) object["stderr"] = nullptr;
}

void leave_out_events(json::array& events, Omitted omitted) {
  json::array kept;
  for (json::value& event : events) {
    const json::value kind = event.is_object() ? event.get_object()["kind"] : json::value();
    const bool gone = (omitted.out && kind == "stdout") || (omitted.err && kind == "stderr");
    if (!gone) kept.push_back(std::move(event));
  }
  events = std::move(kept);
}

}  // namespace

Result<Omitted> read_omitted(const Request& request) {
  Omitted omitted;
  std::string text = request.query_value("omit").value_or("");
  while (!text.empty()) {
    const std::string word = text.substr(0, text.find(','));
    text.erase(0, word.size() + 1);
    if (word == "stdout") {
      omitted.out = true;
    } else if (word == "stderr") {
      omitted.err = true;
    } else {
      return Error::caller(
          "the query parameter omit takes stdout and stderr, separated by a comma");
    }
  }
  return omitted;
}

std::string without(std::string result, Omitted omitted) {
  if (!omitted.out && !omitted.err) return result;
  json::error_code failure;
  json::value document = json::parse(result, failure);
  if (failure || !document.is_object()) return result;
  json::object& object = document.get_object();
  leave_out(object, omitted);
  if (json::value* stages = object.if_contains("stages"); stages != nullptr && stages->is_array()) {
    for (json::value& stage : stages->get_array()) {
      if (stage.is_object()) leave_out(stage.get_object(), omitted);
    }
  }
  json::value* events = object.if_contains("events");
  if (events != nullptr && events->is_array()) leave_out_events(events->get_array(), omitted);
  return runner::json_text(document);
}

}  // namespace gobox::api
