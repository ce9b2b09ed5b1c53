// Cleaning: named rules in a fixed order (docs/methods/cleaning.md). The first rule that a row fails is its
// verdict, every reason is kept. A row that fails none is an event.
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
#include "collect/mapping.h"
#include "collect/preset.h"
#include "collect/record_reader.h"

namespace coterie::collect {

/// In the order in which they decide.
enum class Rule : uint8_t {
  kUnreadable,    ///< the reader's defects: bad quote, field count, too long, NUL, invalid UTF-8
  kMissingId,     ///< neither user_id nor anonymous_id
  kIdTooLong,     ///< an id or name above 256 bytes
  kBehavior,      ///< no behavior, and no rule that gives one
  kTime,          ///< missing, or not a time
  kTimeRange,     ///< before 1990-01-01 or more than a day ahead of the clock
  kNumber,        ///< not a number, more than four decimals, or too large
  kProperties,    ///< not a JSON object
  kPrice,         ///< not what the preset's price rule allows, or a sign that contradicts the behavior
  kQuantity,      ///< a buy not above 0, a refund of 0
  kMissingValue,  ///< a fact without a name or value, a text without a body
};

struct RuleInfo {
  Rule rule;
  std::string_view key;       ///< stored with a quarantined row: "time_range"
  base::Message description;  ///< for people, in both languages
};

/// All rules in order.
std::span<const RuleInfo> cleaning_rules();
std::string_view key(Rule rule);

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
  std::vector<Fault> faults;                 ///< in the order of the rules; empty = accepted
};

/// Not thread safe. About 0.4 µs a row.
class Cleaner {
 public:
  /// `now` is the instant of the import. All arguments but the calendar are copied; it is cheap to copy too.
  Cleaner(Mapping mapping, Preset preset, std::span<const BehaviorChoice> behaviors, base::Calendar calendar,
          base::Timestamp now);
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
  void check_behavior(CleanRow& row);
  void check_time(CleanRow& row) const;
  void check_numbers(CleanRow& row) const;
  void check_properties(CleanRow& row) const;
  void check_price(CleanRow& row) const;
  void check_quantity(CleanRow& row) const;

  Mapping mapping_;
  Preset preset_;
  base::Calendar calendar_;
  base::Timestamp latest_;
  std::unique_ptr<Behaviors> behaviors_;
  std::string content_;  // reused by content_hash
};

}  // namespace coterie::collect
