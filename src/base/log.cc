#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace coterie::base {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: break;
  }
  return spdlog::level::off;
}

}  // namespace

Logger::Logger(LogLevel level) : level_(level) {
  if (level == LogLevel::kOff) return;
  sink_ = std::make_shared<spdlog::logger>("coterie", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  sink_->set_level(spdlog_level(level));
  sink_->set_pattern(R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc);
  sink_->flush_on(spdlog::level::debug);
}

Logger::~Logger() = default;

void Logger::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level_ == LogLevel::kOff || level < level_) return;
  std::string line = "\"event\":" + nlohmann::json(event).dump();
  for (const auto& [name, value] : fields) {
    line += "," + nlohmann::json(name).dump() + ":";
    line += std::visit([](const auto& v) { return nlohmann::json(v).dump(); }, value);
  }
  sink_->log(spdlog_level(level), line);
}

}  // namespace coterie::base
