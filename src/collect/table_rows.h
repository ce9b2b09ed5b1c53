// One table of a preset at work: which records are its rows, and what becomes of them.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "collect/batches.h"
#include "collect/change_points.h"
#include "collect/cleaning.h"
#include "collect/derived.h"
#include "collect/fact_rows.h"
#include "collect/mapping.h"
#include "collect/preset.h"
#include "collect/text_rows.h"

namespace coterie::collect {

/// Not thread safe.
class TableRows {
 public:
  /// Copies what it needs. `now` is the instant of the import.
  TableRows(const Mapping& mapping, const Preset& preset, std::span<const BehaviorChoice> behaviors,
            const base::Calendar& calendar, base::Timestamp now, const data::CleaningSettings& cleaning);
  TableRows(const TableRows&) = delete;
  TableRows& operator=(const TableRows&) = delete;

  /// True when the record is a row of this table.
  bool holds(const Record& record) const;

  /// Hands an accepted row to `batches`; otherwise false, and `faults` says why. The record's fields may change.
  bool take(Record& record, const RecordReader& reader, Batches& batches, std::vector<Fault>& faults);

  Kind kind() const { return preset_.kind; }

  /// As Cleaner::unmapped_behaviors.
  const std::vector<std::string>& unmapped_behaviors() const { return cleaner_.unmapped_behaviors(); }

 private:
  bool take_event(const Record& record, const RecordReader& reader, Batches& batches,
                  std::vector<Fault>& faults);
  void name_element(const Record& record);

  Mapping mapping_;
  Preset preset_;
  DerivedFields derived_;
  Cleaner cleaner_;
  ChangePoints changes_;
  FactRows facts_;
  TextRows texts_;
  LinkRows links_;
  CleanRow row_;
  std::string element_id_;  // reused by name_element
};

}  // namespace coterie::collect
