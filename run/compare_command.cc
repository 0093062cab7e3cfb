// SPDX-License-Identifier: Apache-2.0

#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "lab/compare.h"
#include "run/command.h"
#include "run/report.h"

namespace gobox::run {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{256} << 20;
constexpr int kWorseStatus = 1;

constexpr const char* kUsage =
    "usage: sandbox-run compare [flags] A.json B.json\n\n"
    "Says whether time, memory or outcome moved from A to B by more than noise explains. A and B\n"
    "are sweep.json files, or results of sandbox-run --json, one a line.\n\n"
    "  --threshold PERCENT  a change of the median below this does not count (5)\n"
    "  --alpha P            chance of one false alarm among all lines (0.05)\n"
    "  --any                a change for the better fails too\n"
    "  --json               the JSON on stdout instead of the table\n\n"
    "Exit status: 0 nothing got worse, 1 something did, 2 a wrong command line or file.\n";

struct Request {
  lab::CompareOptions options;
  std::vector<std::string> files;
  bool any = false;
  bool json = false;
  bool help = false;
};

Result<double> parse_share(const std::string& name, const std::string& text, double most) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const std::string rest = end;
  if (text.empty() || !(rest.empty() || rest == "%") || !(value > 0) || value > most) {
    return Error::caller(name + ": \"" + text + "\" is not a number above 0 and at most " +
                         std::to_string(static_cast<int>(most)));
  }
  return value;
}

Result<Request> parse_request(const Words& words) {
  Request request;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string name = words[i].substr(0, words[i].find('='));
    if (name == "--threshold" || name == "--alpha") {
      const bool joined = words[i].size() > name.size();
      if (!joined && i + 1 == words.size()) return Error::caller(name + ": the value is missing");
      const std::string value = joined ? words[i].substr(name.size() + 1) : words[++i];
      if (name == "--alpha") {
        request.options.alpha = TRY(parse_share(name, value, 1));
      } else {
        request.options.threshold = TRY(parse_share(name, value, 1000)) / 100;
      }
    } else if (name == "--any") {
      request.any = true;
    } else if (name == "--json") {
      request.json = true;
    } else if (name == "--help" || name == "-h") {
      request.help = true;
    } else if (name.rfind("--", 0) == 0) {
      return Error::caller("compare: unknown flag " + name);
    } else {
      request.files.push_back(words[i]);
    }
  }
  if (!request.help && request.files.size() != 2) {
    return Error::caller("compare takes two files: sandbox-run compare A.json B.json");
  }
  return request;
}

Result<std::vector<lab::Series>> read_side(const std::string& path) {
  auto text = read_file(path, kMaxBytes);
  if (!text) return Error::caller(text.error().message);
  return lab::read_series(path, *text);
}

Result<int> compare_files(const Request& request) {
  const auto before = TRY(read_side(request.files[0]));
  const auto after = TRY(read_side(request.files[1]));
  const lab::Comparison comparison = lab::compare(before, after, request.options);
  if (comparison.changes.empty()) {
    return Error::caller("the two files have no settings in common");
  }
  TRY(write_all(STDOUT_FILENO, request.json ? lab::comparison_json(comparison)
                                            : lab::comparison_table(comparison)));
  const bool bad = comparison.is_worse() || (request.any && comparison.has_moved());
  return bad ? kWorseStatus : 0;
}

}  // namespace

int compare_command(const Words& words) {
  const auto request = parse_request(words);
  if (!request) return fail(request.error());
  if (request->help) {
    static_cast<void>(write_all(STDOUT_FILENO, kUsage));
    return 0;
  }
  const auto status = compare_files(*request);
  return status ? *status : fail(status.error());
}

}  // namespace gobox::run
