// SPDX-License-Identifier: Apache-2.0

#include "api/operation/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <chrono>
#include <ctime>

#include "base/json_text.h"
#include "runner/result/result_json.h"

namespace gobox::api {
namespace {

spdlog::level::level_enum level_of(Log::Level level) {
  switch (level) {
    case Log::Level::kDebug:
      return spdlog::level::debug;
    case Log::Level::kWarning:
      return spdlog::level::warn;
    case Log::Level::kError:
      return spdlog::level::err;
    case Log::Level::kInfo:
      break;
  }
  return spdlog::level::info;
}

const char* name_of(Log::Level level) {
  switch (level) {
    case Log::Level::kDebug:
      return "debug";
    case Log::Level::kWarning:
      return "warning";
    case Log::Level::kError:
      return "error";
    case Log::Level::kInfo:
      break;
  }
  return "info";
}

// RFC 3339, UTC, milliseconds.
std::string now() {
  const auto time = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  return std::string(text) + "." + fraction + "Z";
}

boost::json::value to_value(const Log::Value& value) {
  // Parentheses: braces would make arrays of them.
  if (const auto* text = std::get_if<std::string>(&value)) {
    return boost::json::value(runner::to_utf8(*text));
  }
  if (const auto* number = std::get_if<double>(&value)) return boost::json::value(*number);
  return boost::json::value(std::get<std::int64_t>(value));
}

}  // namespace

Log::Log(Level least)
    : logger_(std::make_shared<spdlog::logger>("sandbox-api",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%v");
  logger_->set_level(level_of(least));
  logger_->flush_on(spdlog::level::trace);
}

Log::~Log() = default;

void Log::write(Level level, std::string_view message, Fields fields) {
  if (!logger_->should_log(level_of(level))) return;
  boost::json::object line{
      {"time", now()}, {"level", name_of(level)}, {"message", std::string(message)}};
  for (const auto& [name, value] : fields) line[std::string(name)] = to_value(value);
  logger_->log(level_of(level), "{}", runner::json_text(line));
}

}  // namespace gobox::api
