// Structured log lines on standard error: one JSON object a line, for machines; people get Progress instead.
//
// A line holds ids of jobs and files, counts and durations, never a person's data. Thread safe.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>

namespace spdlog {
class logger;
}

namespace coterie::base {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

using LogValue = std::variant<int64_t, double, std::string_view>;
using LogField = std::pair<std::string_view, LogValue>;

class Logger {
 public:
  /// Writes to standard error from `level` up; kOff by default, so that a library user sees nothing unasked.
  explicit Logger(LogLevel level = LogLevel::kOff);
  ~Logger();

  /// log.write(LogLevel::kInfo, "import.committed", {{"rows", 12}, {"seconds", 0.5}});
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

 private:
  LogLevel level_;
  std::shared_ptr<spdlog::logger> sink_;
};

}  // namespace coterie::base
