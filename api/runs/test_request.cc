// SPDX-License-Identifier: Apache-2.0

#include "api/runs/test_request.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "runner/testing/test_settings.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMaxPackages = 1000;
constexpr std::uint64_t kMaxNumber = 999'999'999;

enum class Type { kText, kNumber, kBoolean };

struct Flag {
  const char* name;
  Type type;
};

constexpr std::array kFlags = {
    Flag{"run", Type::kText},       Flag{"skip", Type::kText},
    Flag{"count", Type::kNumber},   Flag{"short", Type::kBoolean},
    Flag{"timeout", Type::kText},   Flag{"bench", Type::kText},
    Flag{"benchtime", Type::kText}, Flag{"benchmem", Type::kBoolean},
    Flag{"shuffle", Type::kText},   Flag{"parallel", Type::kNumber},
    Flag{"cpu", Type::kText},       Flag{"failfast", Type::kBoolean},
    Flag{"cover", Type::kBoolean},  Flag{"covermode", Type::kText},
    Flag{"coverpkg", Type::kText},  Flag{"fuzz", Type::kText},
    Flag{"fuzztime", Type::kText},
};

// A flag's value as a command line would spell it.
Result<std::string> value_of(const JsonField& field, Type type) {
  switch (type) {
    case Type::kNumber:
      return std::to_string(TRY(field.count(0, kMaxNumber)));
    case Type::kBoolean:
      return std::string(TRY(field.boolean()) ? "true" : "false");
    case Type::kText:
      break;
  }
  return field.text();
}

// "./a/../../b" and its like.
bool leaves_the_tree(std::string_view path) {
  int depth = 0;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part == "..") --depth;
    if (part != ".." && part != "." && !part.empty()) ++depth;
    if (depth < 0) return true;
  }
  return false;
}

Result<void> read_packages(const JsonField& body, runner::TestSettings& settings) {
  const auto field = body.find("packages");
  if (!field) return {};
  settings.packages = TRY(field->texts(kMaxPackages));
  const auto is_wrong = [](const std::string& each) {
    return each.empty() || each.starts_with('-') || each.starts_with('/') ||
           each.find('\0') != std::string::npos || leaves_the_tree(each);
  };
  if (std::any_of(settings.packages.begin(), settings.packages.end(), is_wrong)) {
    return field->wrong("holds what is no package: write them as go test has them, \"./...\"");
  }
  return {};
}

Result<void> read_cache(const JsonField& body, runner::Job& job) {
  constexpr std::size_t kMaxName = 64;
  if (const auto field = body.find("cache")) {
    const std::string name = TRY(field->text());
    if (job.kind != runner::JobKind::kTest) return field->wrong("goes with the kind test alone");
    if (name.empty() || name.size() > kMaxName)
      return field->wrong("must be a name of 1 to 64 bytes");
    job.test_cache = "name " + name;
  }
  if (const auto field = body.find("cache_write")) job.test_cache_write = TRY(field->boolean());
  return {};
}

}  // namespace

Result<void> read_tests(const JsonField& body, runner::Job& job) {
  TRY(read_packages(body, job.test));
  TRY(read_cache(body, job));
  const auto field = body.find("test");
  const bool given = field.has_value() || !job.test.packages.empty();
  if (given && job.kind != runner::JobKind::kTest) {
    return (field ? *field : *body.find("packages")).wrong("goes with the kind test alone");
  }
  if (!field) return {};
  TRY(field->expect_keys({"run", "skip", "count", "short", "timeout", "bench", "benchtime",
                          "benchmem", "shuffle", "parallel", "cpu", "failfast", "cover",
                          "covermode", "coverpkg", "fuzz", "fuzztime"}));
  for (const Flag& known : kFlags) {
    const auto flag = field->find(known.name);
    if (!flag) continue;
    const std::string value = TRY(value_of(*flag, known.type));
    const auto set = runner::set_test_flag(known.name, value, job.test);
    if (!set) return flag->wrong(set.error().message);
  }
  return {};
}

}  // namespace gobox::api
