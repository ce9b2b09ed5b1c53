// What every kind of row is checked for: ids, lengths, times. The rules are those of events (cleaning.h).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "collect/cleaning.h"
#include "collect/mapping.h"
#include "collect/record_reader.h"

namespace coterie::collect {

/// Reads one record's columns and notes what is wrong with them. Not thread safe.
class RowChecks {
 public:
  RowChecks(const Mapping& mapping, base::Calendar calendar, base::Timestamp now);

  /// Begins a record; false when it is unreadable, with that as its fault.
  bool start(const Record& record, const RecordReader& reader, std::vector<Fault>& faults);

  /// The trimmed text of a column; empty when it is missing.
  std::string_view text(Column column) const;

  /// As text(); a missing one is a fault of `rule`, one above 256 bytes of id_too_long.
  std::string_view needed(Column column, Rule rule);
  std::string_view short_text(Column column);

  /// The row's time, 0 with a fault.
  base::Timestamp time(Column column);

  std::optional<double> number(Column column);

  void fault(Rule rule, Column column, std::string_view what);
  bool clean() const { return faults_->empty(); }

 private:
  const Mapping* mapping_;
  base::Calendar calendar_;
  base::Timestamp latest_;
  const Record* record_ = nullptr;
  std::vector<Fault>* faults_ = nullptr;
};

}  // namespace coterie::collect
