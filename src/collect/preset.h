// A preset: what a known kind of file means, as a small TOML file (presets/*.toml, docs/presets.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/messages.h"
#include "base/status.h"
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

struct Preset {
  std::string name;
  std::string description_en;
  std::string description_zh;
  std::string timezone;  ///< empty: the person says
  std::string currency;  ///< empty: the person says
  data::Repeats repeats = data::Repeats::kDrop;
  PriceRule price = PriceRule::kNonNegative;
  /// Design name → the file's column names that mean it, the first one present is taken.
  std::vector<std::pair<std::string, std::vector<std::string>>> columns;
  bool attributes_by_name = false;  ///< file columns called item.NAME and user.NAME are taken as they are
  std::vector<std::string>
      detect;  ///< design names whose columns must all be there for the preset to be guessed
  std::string default_behavior;  ///< of rows without one; empty: such rows are quarantined
  std::vector<BehaviorRule> behavior_rules;
  std::vector<std::pair<std::string, std::string>> behaviors;  ///< the file's value → behavior
  std::optional<Column> guest;           ///< anonymous_id of rows without user_id and anonymous_id
  std::vector<std::string> not_product;  ///< regular expressions (ECMAScript) on the whole item_id
  std::vector<SuffixRule> strip_suffix;
  /// A ' before = + - @ TAB CR or ' at the start of a field of delimited text was put there by an export for
  /// spreadsheets, and is taken off.
  bool neutralised = false;

  const std::string& description(base::Language language) const {
    return language == base::Language::kChinese ? description_zh : description_en;
  }
};

/// Reads a preset. `origin` is named in errors. Errors: kInvalidArgument (syntax with line, unknown key,
/// unknown design name, bad regular expression).
base::Result<Preset> parse_preset(std::string_view toml, std::string_view origin);

/// The presets that come with Coterie, by name. Errors: kInternal never in a released binary (a test reads
/// all).
base::Result<std::vector<Preset>> built_in_presets();

/// A built-in preset, or one read from a file when `name` ends in ".toml".
/// Errors: kNotFound naming the presets there are; those of parse_preset and of reading the file.
base::Result<Preset> find_preset(std::string_view name);

}  // namespace coterie::collect
