// SPDX-License-Identifier: Apache-2.0

#pragma once

// EndpointCase: a program that an endpoint of the public playground's protocol is asked to run, and
// what a good answer looks like. The hostile ones harm nothing that has limits: they use memory,
// time, output or processes without end. Data and pure functions; thread-safe.

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace gobox::lab {

enum class Wanted {
  kOutput,        // ends well, printing the caller's token
  kExit,          // its own exit status or panic shows
  kCompileError,  // in Errors, with the line
  kVet,           // vet's finding, and the program run
  kTest,          // recognised as a test, which fails
  kTimeout,       // stopped for its time, and said so
  kMemory,        // stopped for its memory, and said so
  kEnds,          // any answer, as long as there is one: output floods, process and thread storms
  kRace,          // informative: does the service find data races at all?
};

struct EndpointCase {
  std::string name;
  std::string source;  // TOKEN in it stands for the request's own token
  Wanted wanted = Wanted::kOutput;
  bool hostile = false;
};

const std::vector<EndpointCase>& endpoint_cases();

// The source with `token` in place.
std::string source_of(const EndpointCase& one, const std::string& token);

enum class Quality {
  kNamed,  // right, and the cause is in the answer's words
  kVague,  // right that it ended badly, but not why
  kWrong,  // a wrong verdict, another's output, or nothing usable
};

struct Judgement {
  Quality quality = Quality::kWrong;
  std::string seen;  // short: what the answer said
};

// `answer`: the JSON the endpoint gave to that request.
Judgement judge_answer(const EndpointCase& one, const std::string& token,
                       const boost::json::object& answer);

const char* name_of(Quality quality);

}  // namespace gobox::lab
