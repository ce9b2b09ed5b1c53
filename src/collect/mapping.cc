#include "collect/mapping.h"

#include <algorithm>
#include <optional>

#include "base/money.h"
#include "collect/encoding.h"

namespace coterie::collect {

namespace {

using base::Code;
using base::Status;

using Pair = std::pair<std::string, std::string>;

// Reads one side of a pair up to `end` or the end of the text; quoted or plain. Moves `text` behind `end`.
base::Result<std::string> take_word(std::string_view& text, std::string_view ends) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::string word;
  if (!text.empty() && text.front() == '"') {
    size_t at = 1;
    for (; at < text.size(); ++at) {
      if (text[at] == '"' && !(at + 1 < text.size() && text[at + 1] == '"')) break;
      if (text[at] == '"') ++at;
      word.push_back(text[at]);
    }
    if (at >= text.size()) return base::error(Code::kInvalidArgument, "a quote is not closed");
    text.remove_prefix(at + 1);
    if (!text.empty() && ends.find(text.front()) == std::string_view::npos)
      return base::error(Code::kInvalidArgument, "text follows a closing quote");
    return word;
  }
  const size_t size = std::min(text.find_first_of(ends), text.size());
  word = trimmed(text.substr(0, size));
  text.remove_prefix(size);
  return word;
}

// "a=b,c=d" as pairs.
base::Result<std::vector<Pair>> parse_pairs(std::string_view text) {
  std::vector<Pair> pairs;
  while (!text.empty()) {
    COTERIE_ASSIGN(std::string left, take_word(text, "=,"));
    if (text.empty() || text.front() != '=')
      return base::error(Code::kInvalidArgument, "'{}' has no '='; write NAME=VALUE,NAME=VALUE", left);
    text.remove_prefix(1);
    COTERIE_ASSIGN(std::string right, take_word(text, ","));
    if (left.empty() || right.empty())
      return base::error(Code::kInvalidArgument, "a side of '=' is empty; write NAME=VALUE,NAME=VALUE");
    pairs.emplace_back(std::move(left), std::move(right));
    if (!text.empty()) text.remove_prefix(1);
  }
  return pairs;
}

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string joined(std::span<const std::string> names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

// A header that holds numbers is a row of data: its values are a person's and must not be repeated.
bool looks_like_data(std::span<const std::string> header) {
  return std::any_of(header.begin(), header.end(),
                     [](const std::string& name) { return base::parse_decimal(name).has_value(); });
}

// " its columns are: A, B", or what to do when the first line is no header.
std::string columns_in_words(std::span<const std::string> header) {
  if (looks_like_data(header))
    return "its first line seems to hold data; add a first line that names the columns";
  return fmt::format("its columns are: {}", joined(header));
}

// Finds columns of one header by name.
class Header {
 public:
  Header(std::span<const std::string> names, std::string_view file) : names_(names), file_(file) {}

  std::span<const std::string> names() const { return names_; }
  std::string_view file() const { return file_; }

  // Missing when no column has the name. Errors: two have it.
  base::Result<std::optional<size_t>> find(std::string_view name) const {
    for (const bool exact : {true, false}) {
      std::optional<size_t> found;
      for (size_t i = 0; i < names_.size(); ++i) {
        if (!(exact ? names_[i] == name : same_letters(names_[i], name))) continue;
        if (found)
          return base::error(Code::kInvalidArgument, "{}, line 1: two columns are called '{}'; rename one",
                             file_, name);
        found = i;
      }
      if (found) return found;
    }
    return std::optional<size_t>();
  }

 private:
  std::span<const std::string> names_;
  std::string_view file_;
};

void add(const Header& header, std::string_view design, size_t field, Mapping* mapping) {
  mapping->used.emplace_back(design, header.names()[field]);
  if (const auto column = parse_column(design)) {
    mapping->fields[static_cast<size_t>(*column)] = static_cast<int>(field);
  } else {
    mapping->attributes.push_back({*parse_attribute_name(design), field});
  }
}

bool is_chosen(std::span<const ColumnChoice> choices, std::string_view design) {
  return std::any_of(choices.begin(), choices.end(),
                     [&](const auto& choice) { return choice.design == design; });
}

Status add_choices(const Header& header, std::span<const ColumnChoice> choices, Mapping* mapping) {
  for (const ColumnChoice& choice : choices) {
    COTERIE_ASSIGN_OR_STATUS(const auto field, header.find(choice.file_column));
    if (!field)
      return base::failure(Code::kInvalidArgument, "{}, line 1: there is no column '{}' for {}; {}",
                           header.file(), choice.file_column, choice.design,
                           columns_in_words(header.names()));
    add(header, choice.design, *field, mapping);
  }
  return {};
}

// The first of the preset's names for one design name that is in the header.
base::Result<std::optional<size_t>> find_any(const Header& header, std::span<const std::string> names) {
  for (const std::string& name : names) {
    COTERIE_ASSIGN(const auto field, header.find(name));
    if (field) return field;
  }
  return std::optional<size_t>();
}

Status add_preset_columns(const Header& header, const Preset& preset, std::span<const ColumnChoice> choices,
                          Mapping* mapping) {
  for (const auto& [design, names] : preset.columns) {
    if (is_chosen(choices, design)) continue;
    COTERIE_ASSIGN_OR_STATUS(const auto field, find_any(header, names));
    if (field) add(header, design, *field, mapping);
  }
  if (!preset.attributes_by_name) return {};
  for (size_t i = 0; i < header.names().size(); ++i) {
    const std::string& name = header.names()[i];
    if (!parse_attribute_name(name) || is_chosen(choices, name)) continue;
    COTERIE_ASSIGN_OR_STATUS([[maybe_unused]] const auto unique, header.find(name));
    add(header, name, i, mapping);
  }
  return {};
}

// What every file needs: a time, someone, and a behavior or a rule for it.
Status check_complete(const Header& header, const Preset& preset, const Mapping& mapping) {
  const auto missing = [&](std::string_view what, std::string_view remedy) {
    return base::failure(Code::kInvalidArgument, "{}, line 1: no column is {}; give {} ({})", header.file(),
                         what, remedy, columns_in_words(header.names()));
  };
  if (!mapping.has(Column::kTs)) return missing("the time (ts)", "--map ts=COLUMN");
  const bool guest = preset.guest && mapping.has(*preset.guest);
  if (!mapping.has(Column::kUserId) && !mapping.has(Column::kAnonymousId) && !guest)
    return missing("user_id or anonymous_id", "--map user_id=COLUMN");
  if (!mapping.has(Column::kBehavior) && preset.default_behavior.empty() && preset.behavior_rules.empty())
    return missing("the behavior",
                   "--map behavior=COLUMN, or --behavior '*=buy' when all rows are purchases");
  return {};
}

// Reports list the design's columns in its order, then attributes by name.
void order_used(Mapping* mapping) {
  const auto place = [](const std::pair<std::string, std::string>& used) {
    const auto column = parse_column(used.first);
    return std::pair(column ? static_cast<size_t>(*column) : kColumnCount, std::string_view(used.first));
  };
  std::sort(mapping->used.begin(), mapping->used.end(),
            [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

void note_unused(const Header& header, Mapping* mapping) {
  std::vector<bool> read(header.names().size(), false);
  for (const int field : mapping->fields) {
    if (field != Mapping::kAbsent) read[static_cast<size_t>(field)] = true;
  }
  for (const Mapping::Attribute& attribute : mapping->attributes) read[attribute.field] = true;
  for (size_t i = 0; i < read.size(); ++i) {
    if (!read[i]) mapping->unused.push_back(header.names()[i]);
  }
}

}  // namespace

base::Result<std::vector<ColumnChoice>> parse_column_choices(std::string_view text) {
  auto pairs = parse_pairs(text);
  if (!pairs) return tl::unexpected(pairs.error().with_context("--map"));
  std::vector<ColumnChoice> choices;
  for (auto& [design, column] : *pairs) {
    if (!is_design_name(design)) {
      const std::string near = nearest_names(design);
      return base::error(Code::kInvalidArgument,
                         "--map: '{}' is not a column of ours{}; left of = stands our name, "
                         "right of it the file's",
                         design, near.empty() ? "" : fmt::format(" (did you mean {}?)", near));
    }
    if (is_chosen(choices, design))
      return base::error(Code::kInvalidArgument, "--map: {} is given twice", design);
    choices.push_back({std::move(design), std::move(column)});
  }
  return choices;
}

base::Result<std::vector<BehaviorChoice>> parse_behavior_choices(std::string_view text) {
  auto pairs = parse_pairs(text);
  if (!pairs) return tl::unexpected(pairs.error().with_context("--behavior"));
  std::vector<BehaviorChoice> choices;
  for (auto& [value, behavior] : *pairs) {
    const bool custom = behavior.starts_with("custom:") && behavior.size() > 7;
    if (!custom && !data::is_known_behavior(behavior)) {
      std::string names;
      for (const std::string_view name : data::known_behaviors()) names.append(name).append(", ");
      return base::error(Code::kInvalidArgument,
                         "--behavior: '{}' is no behavior; right of = stands one of {}or custom:NAME",
                         behavior, names);
    }
    choices.push_back({std::move(value), std::move(behavior)});
  }
  return choices;
}

base::Result<Mapping> map_columns(std::span<const std::string> header_names, const Preset& preset,
                                  std::span<const ColumnChoice> choices, std::string_view file) {
  const Header header(header_names, file);
  Mapping mapping;
  mapping.fields.fill(Mapping::kAbsent);
  COTERIE_CHECK_OK(add_choices(header, choices, &mapping));
  COTERIE_CHECK_OK(add_preset_columns(header, preset, choices, &mapping));
  COTERIE_CHECK_OK(check_complete(header, preset, mapping));
  std::sort(mapping.attributes.begin(), mapping.attributes.end(), [](const auto& a, const auto& b) {
    return std::pair(a.name.owner, a.name.name) < std::pair(b.name.owner, b.name.name);
  });
  order_used(&mapping);
  note_unused(header, &mapping);
  return mapping;
}

base::Result<Preset> detect_preset(std::span<const std::string> header_names,
                                   std::span<const ColumnChoice> choices, std::string_view file) {
  COTERIE_ASSIGN(std::vector<Preset> presets, built_in_presets());
  const Header header(header_names, file);
  std::vector<Preset> fitting;
  std::string all;
  for (Preset& preset : presets) {
    all.append(all.empty() ? "" : ", ").append(preset.name);
    bool fits = true;
    for (const std::string& design : preset.detect) {
      const auto it = std::find_if(preset.columns.begin(), preset.columns.end(),
                                   [&](const auto& column) { return column.first == design; });
      const auto field = it == preset.columns.end() ? std::optional<size_t>()
                                                    : find_any(header, it->second).value_or(std::nullopt);
      fits = fits && (field || is_chosen(choices, design));
    }
    if (fits) fitting.push_back(std::move(preset));
  }
  if (fitting.size() == 1) return std::move(fitting.front());
  if (fitting.size() > 1)
    return base::error(Code::kInvalidArgument, "{}: several presets fit; choose with --preset, one of {}",
                       file, all);
  if (!choices.empty()) return find_preset("coterie");
  return base::error(
      Code::kInvalidArgument,
      "{}, line 1: no preset fits; say which column is which with --map user_id=COLUMN,ts=COLUMN,"
      "item_id=COLUMN,behavior=COLUMN, or choose --preset, one of {} ({})",
      file, all, columns_in_words(header_names));
}

}  // namespace coterie::collect
