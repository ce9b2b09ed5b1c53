// Which column of the file is which column of the design, and which of the file's behaviors is which of ours.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "collect/columns.h"
#include "collect/preset.h"

namespace coterie::collect {

/// One `design=column` of --map.
struct ColumnChoice {
  std::string design;       ///< "user_id", "item.name", ...
  std::string file_column;  ///< as in the header line
};

/// One `value=behavior` of --behavior; the value "*" stands for rows without a behavior.
struct BehaviorChoice {
  std::string file_value;
  std::string behavior;  ///< a known one, or "custom:NAME"
};

/// Reads "user_id=CustomerID,ts=\"Invoice, date\"": pairs with commas between; what holds a comma is quoted,
/// "" inside stands for a quote. Errors: kInvalidArgument (syntax, unknown design name, given twice).
base::Result<std::vector<ColumnChoice>> parse_column_choices(std::string_view text);

/// Reads "pv=view,fav=favorite". Errors: kInvalidArgument (syntax, unknown behavior).
base::Result<std::vector<BehaviorChoice>> parse_behavior_choices(std::string_view text);

struct Mapping {
  static constexpr int kAbsent = -1;

  struct Attribute {
    AttributeName name;
    size_t field;
  };

  std::array<int, kColumnCount> fields;  ///< index into the record's fields, or kAbsent
  std::vector<Attribute> attributes;     ///< by owner, then name: an order that does not depend on the file's
  std::vector<std::pair<std::string, std::string>> used;  ///< design name → the file's column, for reports
  std::vector<std::string> unused;                        ///< columns of the file that nothing reads

  bool has(Column column) const { return fields[static_cast<size_t>(column)] != kAbsent; }
};

/// Finds the columns: those chosen, then the preset's. A file's column is found by its exact name, else by
/// the same letters in another case. Errors: kInvalidArgument, naming the file and its columns and what to
/// type.
base::Result<Mapping> map_columns(std::span<const std::string> header, const Preset& preset,
                                  std::span<const ColumnChoice> choices, std::string_view file);

/// The one preset whose `detect` columns are all in the header (or chosen). With none, but with choices, it
/// is `coterie`. Errors: kInvalidArgument when none or several fit, naming them and what to type.
base::Result<Preset> detect_preset(std::span<const std::string> header, std::span<const ColumnChoice> choices,
                                   std::string_view file);

}  // namespace coterie::collect
