// SPDX-License-Identifier: Apache-2.0

#include "api/server/metrics_resource.h"

#include <unistd.h>

#include <filesystem>

#include "base/file.h"

namespace gobox::api {
namespace {

// proc(5): the second number of statm is the resident set in pages.
double resident_bytes() {
  const auto text = read_file("/proc/self/statm");
  if (!text) return 0;
  const auto pages = lone_number(text->substr(
      text->find(' ') + 1, text->find(' ', text->find(' ') + 1) - text->find(' ') - 1));
  return static_cast<double>(pages.value_or(0)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
  std::error_code failure;
  const std::filesystem::directory_iterator files("/proc/self/fd", failure);
  return failure ? 0 : static_cast<double>(std::distance(begin(files), end(files)));
}

}  // namespace

std::string scrape(Metrics& metrics, std::vector<Gauge> gauges) {
  gauges.push_back({"process_open_fds", "Open descriptors of the server", open_files()});
  gauges.push_back(
      {"process_resident_memory_bytes", "Resident memory of the server", resident_bytes()});
  return metrics.scrape(gauges);
}

void add_metrics(Router& router, const Services& services) {
  Route route{"GET", "/metrics", [&](const Request&) {
                Response response;
                response.type = "text/plain; version=0.0.4; charset=utf-8";
                response.body = scrape(services.metrics, services.runs.gauges());
                return response;
              }};
  route.visitors = false;
  router.add(std::move(route));
}

}  // namespace gobox::api
