// SPDX-License-Identifier: Apache-2.0

#include "api/runs/test_request.h"

#include <algorithm>
#include <array>
#include <string>

#include "runner/testing/test_settings.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMaxPackages = 1000;
constexpr std::uint64_t kMaxNumber = 999'999'999;
constexpr std::array<const char*, 17> kFlags = {
    "run",       "skip",      "count",    "short",    "timeout", "bench",
    "benchtime", "benchmem",  "shuffle",  "parallel", "cpu",     "failfast",
    "cover",     "covermode", "coverpkg", "fuzz",     "fuzztime"};

// A flag's value as a command line would spell it.
Result<std::string> value_of(const JsonField& field) {
  if (field.is_text()) return field.text();
  if (field.is_number()) return std::to_string(TRY(field.count(0, kMaxNumber)));
  return std::string(TRY(field.boolean()) ? "true" : "false");
}

Result<void> read_packages(const JsonField& body, runner::TestSettings& settings) {
  const auto field = body.find("packages");
  if (!field) return {};
  settings.packages = TRY(field->texts(kMaxPackages));
  const auto is_wrong = [](const std::string& each) {
    return each.empty() || each.starts_with('-') || each.starts_with('/') ||
           each.find('\0') != std::string::npos;
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
  for (const char* name : kFlags) {
    const auto flag = field->find(name);
    if (!flag) continue;
    const auto set = runner::set_test_flag(name, TRY(value_of(*flag)), job.test);
    if (!set) return flag->wrong(set.error().message);
  }
  return {};
}

}  // namespace gobox::api
