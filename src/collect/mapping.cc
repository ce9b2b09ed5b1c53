#include "collect/mapping.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/ascii.h"
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
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return base::lower(x) == base::lower(y); });
}

// A header that holds numbers is a row of data: its values are a person's and must not be repeated.
bool looks_like_data(std::span<const std::string> header) {
  return std::any_of(header.begin(), header.end(),
                     [](const std::string& name) { return base::parse_decimal(name).has_value(); });
}

// Finds columns of one header by name.
class Header {
 public:
  Header(std::span<const std::string> names, std::string_view file) : names_(names), file_(file) {
    for (size_t i = 0; i < names_.size(); ++i) {
      add(names_[i], i, &exact_);
      add(base::lower(names_[i]), i, &in_any_case_);
    }
  }

  std::span<const std::string> names() const { return names_; }
  std::string_view file() const { return file_; }

  // Missing when no column has the name. Errors: two have it.
  base::Result<std::optional<size_t>> find(std::string_view name) const {
    auto found = exact_.find(std::string(name));
    const bool is_exact = found != exact_.end();
    if (!is_exact) found = in_any_case_.find(base::lower(name));
    if (!is_exact && found == in_any_case_.end()) return std::optional<size_t>();
    if (found->second.columns > 1)
      return base::error(Code::kInvalidArgument, "{}, line 1: two columns are called '{}'; rename one", file_,
                         name);
    return std::optional<size_t>(found->second.first);
  }

 private:
  struct Place {
    size_t first = 0;
    size_t columns = 0;  // of that name
  };
  using Places = std::unordered_map<std::string, Place>;

  static void add(std::string name, size_t column, Places* places) {
    Place& place = (*places)[std::move(name)];
    if (place.columns++ == 0) place.first = column;
  }

  std::span<const std::string> names_;
  std::string_view file_;
  Places exact_;
  Places in_any_case_;
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

// The preset's names for one design name that are in the header, each once.
base::Result<std::vector<size_t>> find_all(const Header& header, std::span<const std::string> names) {
  std::vector<size_t> found;
  for (const std::string& name : names) {
    COTERIE_ASSIGN(const auto field, header.find(name));
    if (field && std::find(found.begin(), found.end(), *field) == found.end()) found.push_back(*field);
  }
  return found;
}

const std::string* constant_of(const Preset& preset, std::string_view design) {
  const auto it = std::find_if(preset.constants.begin(), preset.constants.end(),
                               [&](const auto& constant) { return constant.first == design; });
  return it == preset.constants.end() ? nullptr : &it->second;
}

// "A", "A or B", "'store'", "A or '2017-01-01'".
std::string source_in_words(const Header& header, const Derived& derived) {
  std::string out;
  for (const size_t field : derived.fields)
    out.append(out.empty() ? "" : " or ").append(header.names()[field]);
  if (!derived.constant.empty())
    out.append(fmt::format("{}'{}'", out.empty() ? "" : " or ", derived.constant));
  return out;
}

// One design name from the columns that may hold it; a plain column where that is enough.
void add_value(const Header& header, std::string_view design, Derived value, Mapping* mapping) {
  if (value.fields.size() == 1 && value.constant.empty() && !value.is_time)
    return add(header, design, value.fields.front(), mapping);
  mapping->used.emplace_back(design, source_in_words(header, value));
  const size_t field = mapping->file_columns + mapping->derived.size();
  mapping->derived.push_back(std::move(value));
  if (const auto column = parse_column(design)) {
    mapping->fields[static_cast<size_t>(*column)] = static_cast<int>(field);
  } else {
    mapping->attributes.push_back({*parse_attribute_name(design), field});
  }
}

bool is_pattern(std::string_view design) { return design.ends_with(".*"); }

std::vector<bool> columns_read(const Mapping& mapping) {
  std::vector<bool> read(mapping.file_columns, false);
  const auto note = [&](size_t field) {
    if (field < read.size()) read[field] = true;
  };
  for (const int field : mapping.fields) {
    if (field != Mapping::kAbsent) note(static_cast<size_t>(field));
  }
  for (const Mapping::Attribute& attribute : mapping.attributes) note(attribute.field);
  for (const OpenAttributes& open : mapping.open_attributes) note(open.field);
  for (const Derived& derived : mapping.derived) {
    for (const size_t field : derived.fields) note(field);
  }
  for (const size_t field : mapping.where) note(field);
  if (mapping.time_add != Mapping::kAbsent) note(static_cast<size_t>(mapping.time_add));
  return read;
}

bool has_attribute(const Mapping& mapping, const AttributeName& name) {
  return std::any_of(mapping.attributes.begin(), mapping.attributes.end(), [&](const auto& attribute) {
    return attribute.name.owner == name.owner && attribute.name.name == name.name;
  });
}

// Columns that begin with a pattern's prefix and mean nothing else become attributes under the rest of their
// name. Where a column is called as the prefix itself, it holds them all as a JSON object.
void add_pattern(const Header& header, std::string_view design, std::string_view pattern, Mapping* mapping) {
  const std::string_view prefix = pattern.substr(0, pattern.size() - 1);
  const std::string_view object = prefix.ends_with('.') ? prefix.substr(0, prefix.size() - 1) : "";
  const std::string owner(design.substr(0, design.size() - 1));
  const std::vector<bool> read = columns_read(*mapping);
  for (size_t i = 0; i < header.names().size(); ++i) {
    if (object.empty() || header.names()[i] != object) continue;
    const bool users = owner == "user.";
    mapping->open_attributes.push_back({users ? AttributeOwner::kUsers : AttributeOwner::kItems, i});
    mapping->used.emplace_back(design, object);
    return;
  }
  for (size_t i = 0; i < header.names().size(); ++i) {
    const std::string& column = header.names()[i];
    if (read[i] || column.empty() || !column.starts_with(prefix)) continue;
    const auto name = parse_attribute_name(owner + column.substr(prefix.size()));
    if (name && !has_attribute(*mapping, *name)) add(header, owner + name->name, i, mapping);
  }
}

Status add_preset_columns(const Header& header, const Preset& preset, std::span<const ColumnChoice> choices,
                          std::string_view ts, Mapping* mapping) {
  const Column time = time_column(preset.kind);
  const auto value_of = [&](std::string_view design, std::vector<size_t> fields) {
    Derived value{std::move(fields), {}, false};
    if (const std::string* constant = constant_of(preset, design); constant != nullptr)
      value.constant = *constant;
    if (design != to_string(time)) return value;
    if (!ts.empty()) value.constant = ts;
    value.is_time = !value.fields.empty() && !preset.time.is_plain();
    return value;
  };
  const auto add_named = [&](std::string_view design, std::vector<size_t> fields) {
    Derived value = value_of(design, std::move(fields));
    if (!value.fields.empty() || !value.constant.empty())
      add_value(header, design, std::move(value), mapping);
  };
  bool has_time = false;
  for (const auto& [design, names] : preset.columns) {
    if (is_pattern(design) || is_chosen(choices, design)) continue;
    COTERIE_ASSIGN_OR_STATUS(auto fields, find_all(header, names));
    has_time = has_time || design == to_string(time);
    add_named(design, std::move(fields));
  }
  for (const auto& [design, value] : preset.constants) {
    const bool named = std::any_of(preset.columns.begin(), preset.columns.end(),
                                   [&wanted = design](const auto& column) { return column.first == wanted; });
    has_time = has_time || design == to_string(time);
    if (!named && !is_chosen(choices, design)) add_named(design, {});
  }
  if (!has_time && !is_chosen(choices, to_string(time))) add_named(to_string(time), {});
  return {};
}

Status add_choices(const Header& header, const Preset& preset, std::span<const ColumnChoice> choices,
                   std::string_view ts, Mapping* mapping) {
  for (const ColumnChoice& choice : choices) {
    const auto column = parse_column(choice.design);
    if (column && !belongs(*column, preset.kind))
      return base::failure(Code::kInvalidArgument,
                           "--map {}: {} have no such column; --kind says what the rows are", choice.design,
                           to_string(preset.kind));
    COTERIE_ASSIGN_OR_STATUS(const auto field, header.find(choice.file_column));
    if (!field)
      return base::failure(Code::kInvalidArgument, "{}, line 1: there is no column '{}' for {}; {}",
                           header.file(), choice.file_column, choice.design,
                           columns_in_words(header.names()));
    Derived value{{*field}, {}, false};
    if (column == time_column(preset.kind)) {
      value.constant = ts;
      value.is_time = !preset.time.is_plain();
    }
    add_value(header, choice.design, std::move(value), mapping);
  }
  return {};
}

Status add_attributes_by_name(const Header& header, std::span<const ColumnChoice> choices, Mapping* mapping) {
  for (size_t i = 0; i < header.names().size(); ++i) {
    const std::string& name = header.names()[i];
    if (!parse_attribute_name(name) || is_chosen(choices, name)) continue;
    COTERIE_ASSIGN_OR_STATUS([[maybe_unused]] const auto unique, header.find(name));
    add(header, name, i, mapping);
  }
  return {};
}

// The columns that the table's rules look at.
Status add_rules(const Header& header, const Preset& preset, Mapping* mapping) {
  const auto find = [&](const std::string& column, size_t* out) -> Status {
    COTERIE_ASSIGN_OR_STATUS(const auto field, header.find(column));
    if (!field)
      return base::failure(Code::kInvalidArgument,
                           "{}, line 1: there is no column '{}', which preset {} needs; {}", header.file(),
                           column, preset.name, columns_in_words(header.names()));
    *out = *field;
    return {};
  };
  for (const RowRule& rule : preset.where) {
    mapping->where.emplace_back();
    COTERIE_RETURN_IF_ERROR(find(rule.column, &mapping->where.back()));
  }
  if (preset.time.add.empty()) return {};
  size_t field = 0;
  COTERIE_RETURN_IF_ERROR(find(preset.time.add, &field));
  mapping->time_add = static_cast<int>(field);
  return {};
}

// What every file needs, by kind: a time, whose it is, and what it says.
Status check_complete(const Header& header, const Preset& preset, const Mapping& mapping) {
  const auto missing = [&](std::string_view what, std::string_view remedy) {
    return base::failure(Code::kInvalidArgument, "{}, line 1: no column is {}; give {} ({})", header.file(),
                         what, remedy, columns_in_words(header.names()));
  };
  const auto needs = [&](Column column) -> Status {
    if (mapping.has(column)) return {};
    return missing(to_string(column), fmt::format("--map {}=COLUMN", to_string(column)));
  };
  const Column time = time_column(preset.kind);
  if (!mapping.has(time))
    return missing(
        fmt::format("the time ({})", to_string(time)),
        fmt::format("--map {}=COLUMN, or --ts DATE when one time holds for all rows", to_string(time)));
  const bool says_something = !mapping.attributes.empty() || !mapping.open_attributes.empty();
  switch (preset.kind) {
    case Kind::kEvents: break;
    case Kind::kUsers:
    case Kind::kItems: {
      const bool users = preset.kind == Kind::kUsers;
      COTERIE_RETURN_IF_ERROR(needs(users ? Column::kUserId : Column::kItemId));
      const Column name = users ? Column::kTrait : Column::kAttribute;
      if (mapping.has(name)) return needs(Column::kValue);
      if (says_something) return {};
      return missing(
          fmt::format("{} {}", users ? "a trait of the" : "an attribute of the", users ? "user" : "item"),
          fmt::format("--map {}NAME=COLUMN", users ? "user." : "item."));
    }
    case Kind::kTexts: return needs(Column::kBody);
    case Kind::kLinks: COTERIE_RETURN_IF_ERROR(needs(Column::kUserId)); return needs(Column::kOtherUserId);
  }
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
  const std::vector<bool> read = columns_read(*mapping);
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
    if (std::any_of(choices.begin(), choices.end(),
                    [&, &of = value](const auto& one) { return one.file_value == of; }))
      return base::error(Code::kInvalidArgument, "--behavior: {} is given twice", value);
    choices.push_back({std::move(value), std::move(behavior)});
  }
  return choices;
}

base::Result<Mapping> map_columns(std::span<const std::string> header_names, const Preset& preset,
                                  std::span<const ColumnChoice> choices, std::string_view file,
                                  std::string_view ts) {
  const Header header(header_names, file);
  Mapping mapping;
  mapping.fields.fill(Mapping::kAbsent);
  mapping.file_columns = header_names.size();
  for (size_t i = 0; i < header_names.size(); ++i) {
    if (!preset.explode.empty() && header_names[i].starts_with(preset.explode + "[]"))
      mapping.element_fields.push_back(i);
  }
  COTERIE_CHECK_OK(add_choices(header, preset, choices, ts, &mapping));
  COTERIE_CHECK_OK(add_preset_columns(header, preset, choices, ts, &mapping));
  COTERIE_CHECK_OK(add_rules(header, preset, &mapping));
  if (preset.attributes_by_name) COTERIE_CHECK_OK(add_attributes_by_name(header, choices, &mapping));
  for (const auto& [design, patterns] : preset.columns) {
    if (!is_pattern(design)) continue;
    for (const std::string& pattern : patterns) add_pattern(header, design, pattern, &mapping);
  }
  COTERIE_CHECK_OK(check_complete(header, preset, mapping));
  std::sort(mapping.attributes.begin(), mapping.attributes.end(), [](const auto& a, const auto& b) {
    return std::pair(a.name.owner, a.name.name) < std::pair(b.name.owner, b.name.name);
  });
  order_used(&mapping);
  note_unused(header, &mapping);
  return mapping;
}

std::optional<std::vector<size_t>> detected_columns(std::span<const std::string> header, const Preset& preset,
                                                    std::span<const ColumnChoice> choices, bool exact) {
  std::vector<size_t> found;
  for (const std::string& design : preset.detect) {
    if (is_chosen(choices, design)) continue;
    const auto column = std::find_if(preset.columns.begin(), preset.columns.end(),
                                     [&](const auto& entry) { return entry.first == design; });
    std::optional<size_t> field;
    for (size_t i = 0; i < header.size() && !field; ++i) {
      const auto is_it = [&](const std::string& name) {
        return exact ? header[i] == name : same_letters(header[i], name);
      };
      if (std::any_of(column->second.begin(), column->second.end(), is_it)) field = i;
    }
    if (!field) return std::nullopt;
    found.push_back(*field);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string columns_in_words(std::span<const std::string> header) {
  constexpr size_t kMostNames = 40;
  constexpr size_t kMostBytes = 1000;
  if (looks_like_data(header))
    return "its first line seems to hold data; add a first line that names the columns";
  if (header.empty()) return "it names no columns";
  std::string out;
  size_t count = 0;
  for (const std::string& name : header) {
    if (count == kMostNames || out.size() > kMostBytes) break;
    out.append(count == 0 ? "" : ", ").append(readable(name, 100));
    ++count;
  }
  const size_t more = header.size() - count;
  return fmt::format("its columns are: {}{}", out, more == 0 ? "" : fmt::format(" and {} more", more));
}

}  // namespace coterie::collect
