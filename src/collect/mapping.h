// Which column of the file is which column of the design, and which of the file's behaviors is which of ours.
#pragma once

#include <array>
#include <optional>
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

/// A value that is more than one column of the file: the first of some columns that holds one, or a constant.
struct Derived {
  std::vector<size_t> fields;  ///< in order of preference
  std::string constant;        ///< where none of them holds a value; may be empty
  bool is_time = false;        ///< read by the table's time rule
};

/// A column of the file that holds a JSON object whose members are attributes.
struct OpenAttributes {
  AttributeOwner owner = AttributeOwner::kUsers;
  size_t field = 0;
};

struct Mapping {
  static constexpr int kAbsent = -1;

  struct Attribute {
    AttributeName name;
    size_t field;
  };

  /// Index into the record's fields, or kAbsent; from file_columns on, into `derived` (derived.h puts those
  /// values behind the record's own).
  std::array<int, kAllColumnCount> fields;
  std::vector<Attribute> attributes;  ///< by owner, then name: an order that does not depend on the file's
  std::vector<OpenAttributes> open_attributes;
  size_t file_columns = 0;
  std::vector<Derived> derived;
  int time_add = kAbsent;              ///< the column with the span that is added to the time
  std::vector<size_t> element_fields;  ///< columns of the elements of an exploded array: "products[].id"
  std::vector<size_t> where;           ///< columns of the table's row rules, in their order
  std::vector<std::pair<std::string, std::string>> used;  ///< design name → the file's column, for reports
  std::vector<std::string> unused;                        ///< columns of the file that nothing reads

  bool has(Column column) const { return fields[static_cast<size_t>(column)] != kAbsent; }
};

/// Finds the columns: those chosen, then the preset's. A file's column is found by its exact name, else by
/// the same letters in another case. `ts` is the time of rows that have none (--ts), or empty. Errors:
/// kInvalidArgument, naming the file and its columns and what to type.
base::Result<Mapping> map_columns(std::span<const std::string> header, const Preset& preset,
                                  std::span<const ColumnChoice> choices, std::string_view file,
                                  std::string_view ts = {});

/// The columns of the header that the table's `detect` names stand for; missing when one is not there and not
/// chosen. `exact`: in the same case of letters.
std::optional<std::vector<size_t>> detected_columns(std::span<const std::string> header, const Preset& preset,
                                                    std::span<const ColumnChoice> choices, bool exact);

/// "its columns are: A, B", shortened when there are many, or what to do when the first line is no header.
std::string columns_in_words(std::span<const std::string> header);

}  // namespace coterie::collect
