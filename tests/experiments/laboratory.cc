// SPDX-License-Identifier: Apache-2.0

#include "tests/experiments/laboratory.h"

#include <algorithm>
#include <boost/json.hpp>

#include "gtest/gtest.h"
#include "tests/support/command.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;

bool has_flag(const Words& words, const std::string& flag) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return word == flag || word.rfind(flag + "=", 0) == 0;
  });
}

// Time limits that a test does not set itself are far off.
Words patient(Words front, const Words& words) {
  if (!has_flag(words, "--compile-timeout") && !has_flag(words, "compile-timeout")) {
    front.insert(front.end(), {"--compile-timeout", "120s"});
  }
  if (!has_flag(words, "--run-timeout")) front.insert(front.end(), {"--run-timeout", "60s"});
  front.insert(front.end(), words.begin(), words.end());
  return front;
}

json::object run_json(const Words& command, bool any_status) {
  const CommandResult result = run_command(command);
  if (!any_status) {
    EXPECT_EQ(result.status, 0) << result.err;
  }
  boost::system::error_code failed;
  json::value value = json::parse(result.out, failed);
  if (failed || !value.is_object()) {
    ADD_FAILURE() << "no JSON object on stdout: " << result.out.substr(0, 400) << result.err;
    return {};
  }
  return std::move(value.get_object());
}

double number_in(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_object()) return 0;
  const json::value* median = value->get_object().if_contains("median");
  return median != nullptr && median->is_number() ? median->to_number<double>() : 0;
}

}  // namespace

std::string experiment(const std::string& name) {
  return std::string(GOBOX_SOURCE_DIR) + "/examples/experiments/" + name;
}

json::object sweep(const Words& words) {
  return run_json(patient({GOBOX_SANDBOX_RUN, "sweep", "--json"}, words), false);
}

json::object single(const Words& words) {
  return run_json(patient({GOBOX_SANDBOX_RUN, "--json"}, words), true);
}

const json::object& cell_of(const json::object& swept, const Words& settings) {
  static const json::object kNothing;
  const json::value* cells = swept.if_contains("cells");
  if (cells != nullptr && cells->is_array()) {
    for (const json::value& cell : cells->get_array()) {
      const json::object& have = cell.as_object().at("settings").as_object();
      const bool fits = std::all_of(settings.begin(), settings.end(), [&](const std::string& each) {
        const std::size_t equals = each.find('=');
        const json::value* value = have.if_contains(each.substr(0, equals));
        return value != nullptr && value->as_string() == each.substr(equals + 1);
      });
      if (fits) return cell.as_object();
    }
  }
  ADD_FAILURE() << "no cell " << (settings.empty() ? "" : settings[0]);
  return kNothing;
}

std::string outcome_of(const json::object& swept, const Words& settings) {
  return text_of(cell_of(swept, settings), "outcome");
}

double median_of(const json::object& swept, const Words& settings, const char* figure) {
  return number_in(cell_of(swept, settings), figure);
}

double figure_of(const json::object& swept, const Words& settings, const char* name) {
  const json::value* figures = cell_of(swept, settings).if_contains("figures");
  return figures == nullptr ? 0 : number_in(figures->as_object(), name);
}

double slope_of(const json::object& swept, const std::string& figure) {
  const json::value* fits = swept.if_contains("fits");
  if (fits == nullptr || !fits->is_array()) return 0;
  for (const json::value& fit : fits->get_array()) {
    if (text_of(fit.as_object(), "figure") == figure) return fit.at("slope").to_number<double>();
  }
  return 0;
}

std::string text_of(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace gobox::tests
