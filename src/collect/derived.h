// Values of a record that are more than one of its columns: the first of several that holds a value, a constant,
// a time in another notation. They are put behind the record's own fields, where Mapping::fields finds them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "collect/mapping.h"
#include "collect/record_reader.h"

namespace coterie::collect {

/// Not thread safe. Costs nothing where the mapping derives nothing and the table names no missing values.
class DerivedFields {
 public:
  /// Copies what it needs. The preset is a checked one (parse_preset).
  DerivedFields(const Mapping& mapping, const Preset& preset);

  /// Replaces the record's fields by those and the derived ones behind them; valid until the next call. A time
  /// that cannot be read stays as it is, for cleaning to say so. Records with defects are left alone.
  void apply(Record& record);

 private:
  void derive(const Derived& derived, std::string& buffer, std::span<const std::string_view> own);

  std::vector<Derived> derived_;
  std::vector<std::string> missing_;
  TimeRule time_;
  std::optional<base::Calendar> zone_;
  int time_add_ = Mapping::kAbsent;
  std::vector<std::string_view> fields_;
  std::vector<std::string> buffers_;  // by derived value
};

/// A time as text that parse_civil_time reads, from text that follows `rule`; missing when it does not. `add` is
/// the span in the rule's add_unit, or empty; `zone` the rule's.
std::optional<std::string> read_time(std::string_view text, std::string_view add, const TimeRule& rule,
                                     const base::Calendar* zone);

}  // namespace coterie::collect
