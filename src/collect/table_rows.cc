#include "collect/table_rows.h"

#include <algorithm>

#include "base/hash.h"
#include "base/id_index.h"
#include "collect/encoding.h"

namespace coterie::collect {

TableRows::TableRows(const Mapping& mapping, const Preset& preset, std::span<const BehaviorChoice> behaviors,
                     const base::Calendar& calendar, base::Timestamp now,
                     const data::CleaningSettings& cleaning)
    : mapping_(mapping),
      preset_(preset),
      derived_(mapping_, preset_),
      cleaner_(mapping_, preset_, behaviors, calendar, now, cleaning),
      changes_(mapping_, preset_.not_product),
      facts_(mapping_, preset_, calendar, now, cleaning),
      texts_(mapping_, calendar, now, cleaning),
      links_(mapping_, calendar, now, cleaning) {}

bool TableRows::holds(const Record& record) const {
  if (record.defects != 0) return true;
  for (size_t i = 0; i < mapping_.where.size(); ++i) {
    const std::vector<std::string>& values = preset_.where[i].values;
    if (std::find(values.begin(), values.end(), trimmed(record.fields[mapping_.where[i]])) == values.end())
      return false;
  }
  return true;
}

bool TableRows::take(Record& record, const RecordReader& reader, Batches& batches,
                     std::vector<Fault>& faults) {
  derived_.apply(record);
  bool accepted = false;
  const auto rows_before = [&] {
    return batches.facts(AttributeOwner::kUsers).rows() + batches.facts(AttributeOwner::kItems).rows();
  };
  switch (preset_.kind) {
    case Kind::kEvents: return take_event(record, reader, batches, faults);
    case Kind::kUsers:
    case Kind::kItems: {
      const size_t before = rows_before();
      const auto owner = preset_.kind == Kind::kUsers ? AttributeOwner::kUsers : AttributeOwner::kItems;
      accepted = facts_.take(record, reader, batches.facts(owner), faults);
      if (accepted) batches.note(rows_before() - before, record.raw.size());
      return accepted;
    }
    case Kind::kTexts: accepted = texts_.take(record, reader, batches.texts(), faults); break;
    case Kind::kLinks: accepted = links_.take(record, reader, batches.links(), faults); break;
  }
  if (accepted) batches.note(1, record.raw.size());
  return accepted;
}

bool TableRows::take_event(const Record& record, const RecordReader& reader, Batches& batches,
                           std::vector<Fault>& faults) {
  if (!cleaner_.clean(record, reader, row_)) {
    faults = row_.faults;
    return false;
  }
  name_element(record);
  batches.add_event(row_, cleaner_, changes_, record.line);
  return true;
}

// The elements of an array share their record's event_id: each is known by it and by what the element says, so
// that it keeps its id when it is read again without the others.
void TableRows::name_element(const Record& record) {
  std::string_view& id = at(row_.text, Column::kEventId);
  const bool is_element = std::any_of(mapping_.element_fields.begin(), mapping_.element_fields.end(),
                                      [&](size_t field) { return !record.fields[field].empty(); });
  if (id.empty() || !is_element) return;
  element_id_ = fmt::format("{}#{}", id, base::to_string(cleaner_.content_hash(row_)));
  if (element_id_.size() > base::kMaxIdBytes) element_id_ = base::to_string(base::hash128(element_id_));
  id = element_id_;
}

}  // namespace coterie::collect
