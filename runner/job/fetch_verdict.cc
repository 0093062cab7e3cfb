// SPDX-License-Identifier: Apache-2.0

#include "runner/job/fetch_verdict.h"

#include <algorithm>
#include <array>

#include "base/line.h"
#include "sandbox/inside/message.h"

namespace gobox::runner {
namespace {

std::string relay_address() {
  return "http://127.0.0.1:" + std::to_string(sandbox::kRelayPort);
}

// The first line of `text` that says something.
std::string first_sentence(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = trimmed(take_line(text));
    if (line.empty() || is_progress(line)) continue;
    return std::string(line.substr(0, 500));
  }
  return "";
}

// Where the go command says that it is about a module, in each of its versions.
bool is_about_modules(std::string_view text) {
  constexpr std::array<std::string_view, 19> kWords = {"checksum mismatch",
                                                       "SECURITY ERROR",
                                                       "no matching versions",
                                                       "unknown revision",
                                                       "invalid version",
                                                       "no required module provides",
                                                       "cannot find module providing",
                                                       "does not contain package",
                                                       "missing go.sum entry",
                                                       "verifying ",
                                                       "unrecognized import path",
                                                       "malformed module path",
                                                       "404 Not Found",
                                                       "410 Gone",
                                                       "server response:",
                                                       "reading https",
                                                       "unzip ",
                                                       "zip for ",
                                                       "not a valid zip file"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

bool is_mismatch(std::string_view text) {
  return text.find("checksum mismatch") != std::string_view::npos ||
         text.find("SECURITY ERROR") != std::string_view::npos;
}

// The go command does not always say whose zip it could not read; it read one alone then.
std::string with_module(const std::string& sentence, const RelayReport& report) {
  if (report.zips.size() != 1 || sentence.find(report.zips.begin()->path) != std::string::npos) {
    return sentence;
  }
  return report.zips.begin()->text() + ": " + sentence;
}

void decide(StageResult& stage, std::string message, bool retryable) {
  stage.outcome = Outcome::kFetchError;
  stage.message = std::move(message);
  stage.retryable = retryable;
}

}  // namespace

bool is_progress(std::string_view line) {
  constexpr std::array<std::string_view, 4> kBegins = {"go: downloading ", "go: finding ",
                                                       "go: found ", "go: added "};
  return std::any_of(kBegins.begin(), kBegins.end(),
                     [&](std::string_view begin) { return line.starts_with(begin); });
}

bool judge_fetch(const RelayReport& report, StageResult& stage) {
  const std::string said = stage.ending.text(true);
  const std::string sentence = first_sentence(said);
  const std::string because = sentence.empty() ? "" : " (" + sentence + ")";
  if (report.failed) {
    stage.outcome = Outcome::kSandboxError;
    stage.message = "could not keep a module: " + *report.failed;
    return true;
  }
  if (is_mismatch(said)) {
    decide(stage, "a module's checksum differs: " + sentence, false);
  } else if (report.denied) {
    decide(stage, *report.denied + because, false);
  } else if (report.unreachable) {
    decide(stage, *report.unreachable + because, true);
  } else if (report.refused) {
    decide(stage, *report.refused + because, false);
  } else if (report.sum_database_missing && said.find("/lookup/") != std::string::npos) {
    decide(stage,
           "the checksum database cannot be reached through the module proxies: say which modules "
           "it has nothing about (GONOSUMDB), or give a go.sum" +
               because,
           true);
  } else if (is_about_modules(said)) {
    decide(stage, with_module(sentence, report), false);
  } else {
    return false;
  }
  return true;
}

void name_proxy(const ModuleSettings& settings, StageResult& stage) {
  const std::string relay = relay_address();
  std::string proxy = "the module proxy";
  for (const ProxyAddress& each : settings.proxies) {
    if (each.is_cache) continue;
    proxy = each.shown();
    break;
  }
  std::string text = stage.ending.text(true);
  for (std::size_t at = 0; (at = text.find(relay, at)) != std::string::npos; at += proxy.size()) {
    text.replace(at, relay.size(), proxy);
  }
  const Nanoseconds offset =
      stage.ending.output.empty() ? Nanoseconds(0) : stage.ending.output.front().offset;
  stage.ending.output.clear();
  if (!text.empty()) stage.ending.output.push_back({true, offset, std::move(text)});
  stage.ending.stdout_truncated = false;
}

}  // namespace gobox::runner
