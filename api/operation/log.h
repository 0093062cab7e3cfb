// SPDX-License-Identifier: Apache-2.0

#pragma once

// Log: JSON lines on standard error, one per event, each with time, level, message and what belongs
// to it. Never secrets, never what callers submitted. Thread-safe; shared by reference.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace spdlog {
class logger;
}

namespace gobox::api {

class Log {
 public:
  enum class Level { kDebug, kInfo, kWarning, kError };

  using Value = std::variant<std::string, double, std::int64_t>;
  using Fields = std::initializer_list<std::pair<std::string_view, Value>>;

  explicit Log(Level least);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void write(Level level, std::string_view message, Fields fields = {});

  void info(std::string_view message, Fields fields = {}) { write(Level::kInfo, message, fields); }

  void warning(std::string_view message, Fields fields = {}) {
    write(Level::kWarning, message, fields);
  }

  void error(std::string_view message, Fields fields = {}) {
    write(Level::kError, message, fields);
  }

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace gobox::api
