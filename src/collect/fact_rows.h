// Rows of --kind users and items: facts about one user or item, in columns (wide) or one a row (long).
#pragma once

#include <vector>

#include "base/id_index.h"
#include "collect/preset.h"
#include "collect/row_checks.h"
#include "data/event.h"

namespace coterie::collect {

/// Not thread safe. Memory: none, but for tables where the first value stays: the distinct ids and their facts.
class FactRows {
 public:
  /// `mapping` must outlive it.
  FactRows(const Mapping& mapping, const Preset& preset, base::Calendar calendar, base::Timestamp now);

  /// Appends what an acceptable record states, and nothing when it has faults. An empty cell states nothing.
  bool take(const Record& record, const RecordReader& reader, data::AttributeBatch& out,
            std::vector<Fault>& faults);

 private:
  void state(std::string_view id, std::string_view name, std::string_view value, base::Timestamp valid_from,
             uint64_t line, data::AttributeBatch& out);
  bool state_members(std::string_view id, std::string_view object, base::Timestamp valid_from, uint64_t line,
                     data::AttributeBatch* out);

  const Mapping* mapping_;
  Kind kind_;
  bool first_value_stays_;
  bool forget_;
  RowChecks checks_;
  base::IdIndex stated_;  // id and name of facts whose first value stays
  std::string key_;
};

}  // namespace coterie::collect
