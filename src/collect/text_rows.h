// Rows of --kind texts (what somebody wrote) and links (who brought or knows whom).
#pragma once

#include <string>
#include <vector>

#include "collect/row_checks.h"
#include "data/event.h"

namespace coterie::collect {

/// Not thread safe.
class TextRows {
 public:
  /// `mapping` must outlive it.
  TextRows(const Mapping& mapping, base::Calendar calendar, base::Timestamp now)
      : checks_(mapping, std::move(calendar), now) {}

  /// Appends an acceptable record: a body and a time; the user and the item may be unknown, the kind is "review"
  /// where it is not said. One without text_id is known by the hash of its columns.
  bool take(const Record& record, const RecordReader& reader, data::TextBatch& out,
            std::vector<Fault>& faults);

 private:
  RowChecks checks_;
  std::string content_;  // reused
};

/// Not thread safe.
class LinkRows {
 public:
  /// `mapping` must outlive it.
  LinkRows(const Mapping& mapping, base::Calendar calendar, base::Timestamp now)
      : checks_(mapping, std::move(calendar), now) {}

  /// Appends an acceptable record: two different ids and a time; the relation is "invited" where it is not said.
  bool take(const Record& record, const RecordReader& reader, data::LinkBatch& out,
            std::vector<Fault>& faults);

 private:
  RowChecks checks_;
};

}  // namespace coterie::collect
