// Cleaning, one row at a time: named rules in a fixed order (docs/methods/cleaning.md).
//
// What a rule does with a row is the shop's setting: quarantine, flag or off. The first quarantining rule that
// a row fails is its verdict, and every reason is kept. Any other row is an event; what flags it goes with it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/messages.h"
#include "base/time.h"
#include "collect/columns.h"
#include "collect/id_rules.h"
#include "collect/mapping.h"
#include "collect/preset.h"
#include "collect/record_reader.h"
#include "data/cleaning_rules.h"

namespace coterie::collect {

using data::cleaning_rules;
using data::key;
using data::Rule;
using data::RuleInfo;

inline constexpr base::Timestamp kEarliest = 7305 * base::kDay;  ///< 1990-01-01T00:00:00Z

struct Fault {
  Rule rule;
  std::optional<Column> column;  ///< missing when it is the whole row
  std::string reason;            ///< in words, without the row's values
};

/// One row on its way. Views point into the record and into the Cleaner; valid until the next row.
struct CleanRow {
  ColumnValues text;  ///< trimmed; the columns of text only are read from here
  base::Timestamp ts = 0;
  std::optional<double> value;
  std::optional<int64_t> quantity;  ///< ten-thousandths, as the next three
  std::optional<int64_t> unit_price;
  std::optional<int64_t> line_amount;
  std::optional<int64_t> discount;
  std::vector<std::string_view> attributes;  ///< as Mapping::attributes; empty = missing
  std::vector<Fault> faults;  ///< in the order of the rules; the first is the verdict; empty = accepted
  std::vector<Fault> flags;   ///< of an accepted row
};

/// Not thread safe. About 0.4 µs a row.
class Cleaner {
 public:
  /// `now` is the instant of the import. All arguments are copied.
  Cleaner(Mapping mapping, Preset preset, std::span<const BehaviorChoice> behaviors, base::Calendar calendar,
          base::Timestamp now, data::CleaningSettings settings = {});
  ~Cleaner();
  Cleaner(Cleaner&&) noexcept;

  /// Fills `row` from a readable or unreadable record; true when it is accepted.
  bool clean(const Record& record, const RecordReader& reader, CleanRow& row);

  /// The identity of an accepted row without an event_id: every cleaned column with its design name, in an
  /// order that does not depend on the file's. The same order in two files gives the same id.
  base::Hash128 content_hash(const CleanRow& row);

  const Mapping& mapping() const { return mapping_; }
  const Preset& preset() const { return preset_; }

  /// Behaviors that stayed "custom:NAME" without being asked to, at most 20, in order of first sight.
  const std::vector<std::string>& unmapped_behaviors() const;

 private:
  class Behaviors;

  void take_fields(const Record& record, CleanRow& row) const;
  void check_ids(CleanRow& row) const;
  void check_damage(CleanRow& row) const;
  void check_behavior(CleanRow& row);
  void check_time(CleanRow& row) const;
  void check_numbers(CleanRow& row) const;
  void check_properties(CleanRow& row) const;
  void check_price(CleanRow& row) const;
  void check_quantity(CleanRow& row) const;
  void check_tests(CleanRow& row) const;
  bool decide(CleanRow& row) const;

  Mapping mapping_;
  Preset preset_;
  base::Calendar calendar_;
  base::Timestamp latest_;
  data::CleaningSettings settings_;
  IdPatterns test_users_;
  IdPatterns test_items_;
  IdPatterns internal_users_;
  std::unique_ptr<Behaviors> behaviors_;
  std::string content_;  // reused by content_hash
};

}  // namespace coterie::collect
