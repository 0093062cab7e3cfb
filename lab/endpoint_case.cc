// SPDX-License-Identifier: Apache-2.0

#include "lab/endpoint_case.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "base/json_fields.h"

namespace gobox::lab {
namespace {

namespace json = boost::json;

constexpr const char* kHello = R"(package main

import "fmt"

func main() { fmt.Println("TOKEN") }
)";

constexpr const char* kExit = R"(package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("TOKEN")
	os.Exit(3)
}
)";

constexpr const char* kPanic = R"(package main

func main() { panic("TOKEN") }
)";

constexpr const char* kDeadlock = R"(package main

import "fmt"

func main() {
	fmt.Println("TOKEN")
	<-make(chan int)
}
)";

constexpr const char* kCompileError = R"(package main

func main() { undefinedTOKEN() }
)";

constexpr const char* kVet = R"(package main

import "fmt"

func main() { fmt.Printf("%d\n", "TOKEN") }
)";

constexpr const char* kTest = R"(package main

import "testing"

func TestToken(t *testing.T) { t.Error("TOKEN") }
)";

constexpr const char* kBusyLoop = R"(package main

import "fmt"

func main() {
	fmt.Println("TOKEN")
	for i := 0; ; i++ {
		if i < 0 {
			fmt.Println(i)
		}
	}
}
)";

constexpr const char* kGoroutines = R"(package main

import "fmt"

func main() {
	fmt.Println("TOKEN")
	done := make(chan int)
	for {
		go func() {
			var frame [4096]byte
			frame[<-done] = 1
		}()
	}
}
)";

constexpr const char* kMemory = R"(package main

import "fmt"

var kept [][]byte

func main() {
	fmt.Println("TOKEN")
	for {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += 512 {
			block[i] = 1
		}
		kept = append(kept, block)
	}
}
)";

constexpr const char* kFlood = R"(package main

import "fmt"

func main() {
	fmt.Println("TOKEN")
	for {
		fmt.Println("0123456789012345678901234567890123456789012345678901234567890123456789")
	}
}
)";

constexpr const char* kProcesses = R"(package main

import (
	"fmt"
	"os/exec"
)

func main() {
	fmt.Println("TOKEN")
	for i := 0; i < 40; i++ {
		exec.Command("/bin/sleep", "600").Start()
	}
}
)";

constexpr const char* kBigConstant = R"(package main

const (
	a = "0123456789abcdef"
	b = a + a + a + a + a + a + a + a
	c = b + b + b + b + b + b + b + b
	d = c + c + c + c + c + c + c + c
	e = d + d + d + d + d + d + d + d
	f = e + e + e + e + e + e + e + e
	g = f + f + f + f + f + f + f + f
	h = g + g + g + g + g + g + g + g
	i = h + h + h + h + h + h + h + h
)

func main() { println(len(i), "TOKEN") }
)";

constexpr const char* kRace = R"(package main

import "fmt"

func main() {
	shared := 0
	done := make(chan bool)
	for i := 0; i < 2; i++ {
		go func() {
			for j := 0; j < 1000; j++ {
				shared++
			}
			done <- true
		}()
	}
	<-done
	<-done
	fmt.Println("TOKEN", shared > 0)
}
)";

bool flag_at(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

// All that a front end would show.
struct Shown {
  std::string errors;
  std::string out;
  std::string err;
  std::string vet;
  std::int64_t status = 0;
  bool is_test = false;
  bool tests_failed = false;

  std::string all() const { return errors + "\n" + out + "\n" + err; }
};

Shown shown_in(const json::object& answer) {
  Shown shown;
  shown.errors = text_at(answer, "Errors");
  shown.vet = text_at(answer, "VetErrors");
  const json::value* status = answer.if_contains("Status");
  if (status != nullptr && status->is_int64()) shown.status = status->get_int64();
  shown.is_test = flag_at(answer, "IsTest");
  const json::value* failed = answer.if_contains("TestsFailed");
  shown.tests_failed = failed != nullptr && failed->is_int64() && failed->get_int64() > 0;
  const json::value* events = answer.if_contains("Events");
  if (events == nullptr || !events->is_array()) return shown;
  for (const json::value& event : events->get_array()) {
    if (!event.is_object()) continue;
    const bool is_err = text_at(event.get_object(), "Kind") == "stderr";
    (is_err ? shown.err : shown.out) += text_at(event.get_object(), "Message");
  }
  return shown;
}

bool says_any(const std::string& text, std::initializer_list<std::string_view> words) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string short_text(const Shown& shown) {
  std::string text = "Status " + std::to_string(shown.status);
  std::string words = !shown.errors.empty() ? shown.errors : shown.err;
  while (!words.empty() && words.back() == '\n') words.pop_back();
  const std::size_t line = words.rfind('\n');
  if (line != std::string::npos) words = words.substr(line + 1);
  constexpr std::size_t kLongest = 70;
  if (!words.empty()) text += ", \"" + words.substr(0, kLongest) + "\"";
  return text;
}

Quality named_if(bool named, bool ended_badly) {
  if (named) return Quality::kNamed;
  return ended_badly ? Quality::kVague : Quality::kWrong;
}

Quality quality_of(const EndpointCase& one, const std::string& token, const Shown& shown) {
  const bool has_token = shown.all().find(token) != std::string::npos;
  const bool failed = shown.status != 0 || !shown.errors.empty() || !shown.err.empty();
  switch (one.wanted) {
    case Wanted::kOutput:
      return shown.out.find(token) != std::string::npos && !failed ? Quality::kNamed
                                                                   : Quality::kWrong;
    case Wanted::kExit:
      return has_token ? named_if(shown.status != 0, failed) : Quality::kWrong;
    case Wanted::kCompileError:
      return named_if(shown.errors.find(token) != std::string::npos &&
                          shown.errors.find(":3:") != std::string::npos,
                      !shown.errors.empty());
    case Wanted::kVet:
      return has_token ? named_if(says_any(shown.vet + shown.errors, {"printf"}), true)
                       : Quality::kWrong;
    case Wanted::kTest:
      return has_token ? named_if(shown.is_test && shown.tests_failed, failed) : Quality::kWrong;
    case Wanted::kTimeout:
      return named_if(
          says_any(shown.all(), {"timeout", "timed out", "time limit", "took too long"}), failed);
    case Wanted::kMemory:
      return named_if(says_any(shown.all(), {"memory", "oom"}), failed);
    case Wanted::kEnds:
      return has_token || failed ? Quality::kNamed : Quality::kVague;
    case Wanted::kRace:
      if (!has_token) return Quality::kWrong;
      return says_any(shown.all(), {"data race"}) ? Quality::kNamed : Quality::kVague;
  }
  return Quality::kWrong;
}

}  // namespace

const std::vector<EndpointCase>& endpoint_cases() {
  static const std::vector<EndpointCase> kCases{
      {"hello", kHello, Wanted::kOutput},
      {"exit-status", kExit, Wanted::kExit},
      {"panic", kPanic, Wanted::kExit},
      {"deadlock", kDeadlock, Wanted::kExit},
      {"compile-error", kCompileError, Wanted::kCompileError},
      {"vet", kVet, Wanted::kVet},
      {"failing-test", kTest, Wanted::kTest},
      {"data-race", kRace, Wanted::kRace},
      {"busy-loop", kBusyLoop, Wanted::kTimeout, true},
      {"memory", kMemory, Wanted::kMemory, true},
      {"goroutines", kGoroutines, Wanted::kMemory, true},
      {"output-flood", kFlood, Wanted::kEnds, true},
      {"processes-left", kProcesses, Wanted::kEnds, true},
      {"big-constant", kBigConstant, Wanted::kEnds, true}};
  return kCases;
}

std::string source_of(const EndpointCase& one, const std::string& token) {
  std::string source = one.source;
  const std::size_t at = source.find("TOKEN");
  if (at != std::string::npos) source.replace(at, 5, token);
  return source;
}

Judgement judge_answer(const EndpointCase& one, const std::string& token,
                       const json::object& answer) {
  const Shown shown = shown_in(answer);
  return {quality_of(one, token, shown), short_text(shown)};
}

const char* name_of(Quality quality) {
  switch (quality) {
    case Quality::kNamed:
      return "right";
    case Quality::kVague:
      return "vague";
    case Quality::kWrong:
      return "wrong";
  }
  return "wrong";
}

}  // namespace gobox::lab
