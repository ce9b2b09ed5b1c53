// A preset: what a known kind of file means, as a small TOML file (presets/*.toml, docs/presets.md).
//
// A preset has one table or several: a table says what rows of one shape mean. A table is chosen by the columns
// of the file (`detect`), by its name where it has no header line (`files`), or, row by row, by what stands in
// a column (`where`).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/messages.h"
#include "base/status.h"
#include "base/time.h"
#include "collect/columns.h"
#include "data/event.h"

namespace coterie::collect {

/// Which unit prices of a row are right.
enum class PriceRule {
  kNonNegative,  ///< 0 is a gift; a missing price is fine
  kPositive,     ///< a buy or refund has a price above 0
};

/// Rows whose `column` begins with `prefix` are of this behavior; the first rule that holds decides.
struct BehaviorRule {
  Column column;
  std::string prefix;
  std::string behavior;
};

/// `suffix` is cut from values of `column`: the ".0" of ids that went through a floating-point column.
struct SuffixRule {
  Column column;
  std::string suffix;
};

/// How the text of a time column is read. As written: an ISO date and time, or epoch seconds, milliseconds or
/// microseconds of 10, 13 and 16 digits.
struct TimeRule {
  enum class Unit : uint8_t { kAsWritten, kSeconds, kMilliseconds, kMicroseconds, kDays };
  enum class Order : uint8_t { kYearFirst, kDayFirst, kMonthFirst };

  Unit unit = Unit::kAsWritten;
  std::optional<base::CivilTime> since;  ///< numbers count from here; missing: from 1970-01-01 UTC
  Order order = Order::kYearFirst;
  std::string zone;  ///< of local times; empty: the workspace's
  std::string add;   ///< a column of the file with a span of time that is added
  Unit add_unit = Unit::kSeconds;

  bool is_plain() const {
    return unit == Unit::kAsWritten && order == Order::kYearFirst && zone.empty() && add.empty();
  }
};

/// Rows of a table: those where `column` holds one of `values`.
struct RowRule {
  std::string column;  ///< of the file
  std::vector<std::string> values;
};

/// One table of a preset, with what the preset says for all of its tables.
struct Preset {
  std::string name;
  std::string table;  ///< its name within the preset; empty when there is one only
  Kind kind = Kind::kEvents;
  std::string description_en;
  std::string description_zh;
  std::string timezone;  ///< empty: the person says
  std::string currency;  ///< empty: the person says

  // How the file is read.
  std::vector<std::string> files;    ///< patterns of file names (* and ?) that the table is for
  std::vector<std::string> header;   ///< the file has no header line; its columns are called so
  std::string delimiter;             ///< empty: told by the file
  std::string encoding;              ///< empty: told by the file
  std::string explode;               ///< path of an array in JSON: each of its elements is a row
  std::vector<std::string> missing;  ///< values that stand for a missing one

  // Which column means what.
  std::vector<RowRule> where;  ///< all must hold; none: all rows
  /// Design name → the file's column names that mean it. Of those that are there, the first one that holds a
  /// value in a row is taken. "user.*" and "item.*" name patterns with one * at the end.
  std::vector<std::pair<std::string, std::vector<std::string>>> columns;
  std::vector<std::pair<std::string, std::string>> constants;  ///< design name → value of all rows
  bool attributes_by_name = false;  ///< file columns called item.NAME and user.NAME are taken as they are
  std::vector<std::string> detect;  ///< design names whose columns must all be there for it to be guessed
  TimeRule time;

  // What a row means.
  data::Repeats repeats = data::Repeats::kDrop;
  PriceRule price = PriceRule::kNonNegative;
  std::string default_behavior;  ///< of rows without one; empty: such rows are quarantined
  std::vector<BehaviorRule> behavior_rules;
  std::vector<std::pair<std::string, std::string>> behaviors;  ///< the file's value → behavior
  std::optional<Column> guest;           ///< anonymous_id of rows without user_id and anonymous_id
  std::vector<std::string> not_product;  ///< regular expressions (ECMAScript) on the whole item_id
  std::vector<SuffixRule> strip_suffix;
  bool first_value_stays = false;  ///< of users and items: a fact that is known already is not said anew
  bool forget = false;             ///< of users and items: what is named is unknown from then on
  /// A ' before = + - @ TAB CR or ' at the start of a field of delimited text was put there by an export for
  /// spreadsheets, and is taken off.
  bool neutralised = false;

  const std::string& description(base::Language language) const {
    return language == base::Language::kChinese ? description_zh : description_en;
  }
};

/// A preset's file.
struct PresetFile {
  std::string name;
  std::string text;            ///< the TOML
  std::vector<Preset> tables;  ///< at least one
};

/// Reads a preset. `origin` is named in errors. Errors: kInvalidArgument with line and column (syntax, unknown
/// key, unknown design name, bad regular expression).
base::Result<PresetFile> parse_preset(std::string_view toml, std::string_view origin);

/// The presets that come with Coterie, by name. Errors: kInternal never in a released binary (a test reads
/// all).
base::Result<std::vector<PresetFile>> built_in_presets();

/// A built-in preset, or one read from a file when `name` ends in ".toml".
/// Errors: kNotFound naming the presets there are; those of parse_preset and of reading the file.
base::Result<PresetFile> find_preset(std::string_view name);

}  // namespace coterie::collect
