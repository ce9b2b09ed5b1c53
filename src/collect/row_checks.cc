#include "collect/row_checks.h"

#include <charconv>
#include <cmath>

#include "base/id_index.h"
#include "collect/encoding.h"

namespace coterie::collect {

RowChecks::RowChecks(const Mapping& mapping, base::Calendar calendar, base::Timestamp now,
                     const data::CleaningSettings& settings)
    : mapping_(&mapping), calendar_(std::move(calendar)), latest_(now + base::kDay), settings_(settings) {}

bool RowChecks::start(const Record& record, const RecordReader& reader, std::vector<Fault>& faults) {
  record_ = &record;
  faults_ = &faults;
  faults.clear();
  if (record.defects == 0) return true;
  faults.push_back({Rule::kUnreadable, std::nullopt, reader.describe_defects(record)});
  return false;
}

std::string_view RowChecks::text(Column column) const {
  const int field = mapping_->fields[static_cast<size_t>(column)];
  return field == Mapping::kAbsent ? std::string_view()
                                   : trimmed(record_->fields[static_cast<size_t>(field)]);
}

std::string_view RowChecks::needed(Column column, Rule rule) {
  const std::string_view value = short_text(column);
  if (value.empty()) fault(rule, column, "missing");
  return value;
}

std::string_view RowChecks::short_text(Column column) {
  const std::string_view value = text(column);
  if (value.size() > base::kMaxIdBytes)
    fault(Rule::kIdTooLong, column, fmt::format("longer than {} bytes", base::kMaxIdBytes));
  return value;
}

base::Timestamp RowChecks::time(Column column) {
  const std::string_view value = text(column);
  if (value.empty()) {
    fault(Rule::kTime, column, "missing");
    return 0;
  }
  const auto civil = base::parse_civil_time(value);
  if (!civil) {
    fault(Rule::kTime, column, civil.error().message());
    return 0;
  }
  const base::Timestamp ts = calendar_.to_utc(*civil);
  if (ts < kEarliest) fault(Rule::kTimeRange, column, "before 1990-01-01");
  if (ts > latest_) fault(Rule::kTimeRange, column, "more than a day in the future");
  return ts;
}

std::optional<double> RowChecks::number(Column column) {
  const std::string_view value = text(column);
  if (value.empty()) return std::nullopt;
  double number = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (code == std::errc() && end == value.data() + value.size() && std::isfinite(number)) return number;
  fault(Rule::kNumber, column, "not a number");
  return std::nullopt;
}

void RowChecks::fault(Rule rule, Column column, std::string_view what) {
  if (settings_.action(rule) != data::RuleAction::kQuarantine) return;
  faults_->push_back({rule, column, fmt::format("{}: {}", to_string(column), what)});
}

}  // namespace coterie::collect
