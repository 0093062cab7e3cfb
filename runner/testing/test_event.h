// SPDX-License-Identifier: Apache-2.0

#pragma once

// TestEvent: one line of the stream that `go test -json` prints (cmd/test2json), as data. Plain.

#include <chrono>
#include <optional>
#include <string>

namespace gobox::runner {

struct TestEvent {
  std::optional<std::chrono::system_clock::time_point> time;
  std::string action;  // start, run, pause, cont, pass, bench, fail, skip, output, attr, artifacts
  std::string package;
  std::string test;               // "" speaks of the package
  std::optional<double> elapsed;  // seconds
  std::optional<std::string> output;
  std::string failed_build;
  std::string key;          // attr
  std::string value;        // attr
  std::string path;         // artifacts
  std::string import_path;  // build-output, build-fail: what was built
};

// The event as the go command writes it: its fields in its order and its escapes, no newline.
std::string to_json_line(const TestEvent& event);

}  // namespace gobox::runner
