#include "collect/preset.h"

#include <algorithm>
#include <boost/regex.hpp>
#include <filesystem>
#include <span>

#include "base/embedded_file.h"
#include "base/file.h"
#include "base/time.h"
#include "base/toml_text.h"
#include "collect/toml_table.h"

namespace coterie::collect {

namespace preset_files {
std::span<const base::EmbeddedFile> embedded_files();
}

namespace {

using base::Code;
using base::Status;

constexpr uint64_t kMaxPresetBytes = 1 << 20;  // they are written by hand

bool is_wildcard(std::string_view design) { return design == "user.*" || design == "item.*"; }

Status check_design_name(const TomlTable& table, const std::string& name, Kind kind) {
  const auto column = parse_column(name);
  if (column ? belongs(*column, kind) : is_design_name(name)) return {};
  const std::string near = column ? "" : nearest_names(name);
  return table.wrong(name, fmt::format("is none of the columns of {}{}", to_string(kind),
                                       near.empty() ? "" : fmt::format(" (did you mean {}?)", near)));
}

Status find_column(const TomlTable& table, std::string_view key, std::string_view name, Column* out) {
  const std::optional<Column> found = parse_column(name);
  if (!found || !belongs(*found, Kind::kEvents))
    return table.wrong(key, fmt::format("names '{}', which is none of the design's columns", name));
  *out = *found;
  return {};
}

Status read_columns(const TomlTable& table, Preset* preset) {
  for (const std::string& key : table.keys()) {
    COTERIE_RETURN_IF_ERROR(check_design_name(table, key, preset->kind));
    std::vector<std::string> names;
    COTERIE_RETURN_IF_ERROR(table.texts(key, &names));
    if (names.empty()) return table.wrong(key, "must name at least one column of the file");
    for (const std::string& name : names) {
      if (is_wildcard(key) && !name.ends_with('*'))
        return table.wrong(key, fmt::format("must name patterns that end in *, and '{}' does not", name));
    }
    preset->columns.emplace_back(key, std::move(names));
  }
  return {};
}

Status read_constants(const TomlTable& table, Preset* preset) {
  for (const std::string& key : table.keys()) {
    COTERIE_RETURN_IF_ERROR(check_design_name(table, key, preset->kind));
    if (is_wildcard(key)) return table.wrong(key, "must be one name");
    std::string value;
    COTERIE_RETURN_IF_ERROR(table.text(key, &value));
    preset->constants.emplace_back(key, std::move(value));
  }
  return {};
}

Status read_where(const TomlTable& table, Preset* preset) {
  for (const std::string& key : table.keys()) {
    RowRule rule{key, {}};
    COTERIE_RETURN_IF_ERROR(table.texts(key, &rule.values));
    preset->where.push_back(std::move(rule));
  }
  return {};
}

Status read_time(const TomlTable& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.only({"unit", "since", "order", "zone", "add", "add_unit"}));
  TimeRule& time = preset->time;
  const auto unit = [&](std::string_view key, TimeRule::Unit* out) {
    auto place = static_cast<size_t>(*out);
    Status read =
        table.choice(key, {"as written", "seconds", "milliseconds", "microseconds", "days"}, &place);
    *out = static_cast<TimeRule::Unit>(place);
    return read;
  };
  COTERIE_RETURN_IF_ERROR(unit("unit", &time.unit));
  COTERIE_RETURN_IF_ERROR(unit("add_unit", &time.add_unit));
  if (time.add_unit == TimeRule::Unit::kAsWritten) return table.wrong("add_unit", "must be a unit");
  auto order = static_cast<size_t>(time.order);
  COTERIE_RETURN_IF_ERROR(table.choice("order", {"year first", "day first", "month first"}, &order));
  time.order = static_cast<TimeRule::Order>(order);
  COTERIE_RETURN_IF_ERROR(table.text("zone", &time.zone));
  if (!time.zone.empty() && !base::Calendar::create(time.zone))
    return table.wrong("zone", "must be a time zone such as \"Asia/Shanghai\"");
  COTERIE_RETURN_IF_ERROR(table.text("add", &time.add));
  std::string since;
  COTERIE_RETURN_IF_ERROR(table.text("since", &since));
  if (since.empty()) return {};
  if (time.unit == TimeRule::Unit::kAsWritten) return table.wrong("since", "needs a unit");
  const auto civil = base::parse_civil_time(since);
  if (!civil) return table.wrong("since", "must be a date such as \"2000-01-01\"");
  time.since = *civil;
  return {};
}

Status read_behavior_rule(const TomlTable& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.only({"column", "prefix", "behavior"}));
  BehaviorRule rule{};
  std::string column;
  COTERIE_RETURN_IF_ERROR(table.text("column", &column));
  COTERIE_RETURN_IF_ERROR(table.text("prefix", &rule.prefix));
  COTERIE_RETURN_IF_ERROR(table.text("behavior", &rule.behavior));
  if (rule.prefix.empty() || rule.behavior.empty())
    return table.wrong("prefix", "and behavior must be given");
  COTERIE_RETURN_IF_ERROR(find_column(table, "column", column, &rule.column));
  preset->behavior_rules.push_back(std::move(rule));
  return {};
}

Status read_behavior(const TomlTable& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.only({"default", "rules", "values"}));
  COTERIE_RETURN_IF_ERROR(table.text("default", &preset->default_behavior));
  COTERIE_RETURN_IF_ERROR(
      table.tables("rules", [&](const TomlTable& rule) { return read_behavior_rule(rule, preset); }));
  return table.table("values", [&](const TomlTable& values) -> Status {
    for (const std::string& key : values.keys()) {
      std::string behavior;
      COTERIE_RETURN_IF_ERROR(values.text(key, &behavior));
      if (!data::is_known_behavior(behavior) && !behavior.starts_with("custom:"))
        return values.wrong(key, fmt::format("names '{}', which is no behavior", behavior));
      preset->behaviors.emplace_back(key, std::move(behavior));
    }
    return {};
  });
}

Status read_patterns(const TomlTable& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.only({"patterns"}));
  COTERIE_RETURN_IF_ERROR(table.texts("patterns", &preset->not_product));
  for (const std::string& pattern : preset->not_product) {
    try {
      const boost::regex compiled(pattern);
    } catch (const boost::regex_error&) {
      return table.wrong(
          "patterns",
          fmt::format("holds '{:.80}', which is not a regular expression, or too large a one", pattern));
    }
  }
  return {};
}

Status read_suffixes(const TomlTable& table, Preset* preset) {
  for (const std::string& key : table.keys()) {
    SuffixRule rule{};
    COTERIE_RETURN_IF_ERROR(find_column(table, key, key, &rule.column));
    COTERIE_RETURN_IF_ERROR(table.text(key, &rule.suffix));
    preset->strip_suffix.push_back(std::move(rule));
  }
  return {};
}

Status read_guest(const TomlTable& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.only({"anonymous_id"}));
  std::string name;
  COTERIE_RETURN_IF_ERROR(table.text("anonymous_id", &name));
  preset->guest.emplace();
  return find_column(table, "anonymous_id", name, &*preset->guest);
}

Status read_reading(const TomlTable& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.texts("files", &preset->files));
  COTERIE_RETURN_IF_ERROR(table.texts("header", &preset->header));
  COTERIE_RETURN_IF_ERROR(table.text("delimiter", &preset->delimiter));
  COTERIE_RETURN_IF_ERROR(table.text("encoding", &preset->encoding));
  COTERIE_RETURN_IF_ERROR(table.text("explode", &preset->explode));
  COTERIE_RETURN_IF_ERROR(table.texts("missing", &preset->missing));
  COTERIE_RETURN_IF_ERROR(table.texts("detect", &preset->detect));
  for (const std::string& design : preset->detect) {
    const bool named = std::any_of(preset->columns.begin(), preset->columns.end(),
                                   [&](const auto& column) { return column.first == design; });
    if (!named) return table.wrong("detect", fmt::format("names '{}', which [columns] does not", design));
  }
  return table.flag("attributes_by_name", &preset->attributes_by_name);
}

Status read_kind(const TomlTable& table, Preset* preset) {
  std::string kind;
  COTERIE_RETURN_IF_ERROR(table.text("kind", &kind));
  if (kind.empty()) return {};
  const auto known = parse_kind(kind);
  if (!known) return table.wrong("kind", "must be events, users, items, texts or links");
  preset->kind = *known;
  return {};
}

// What is said of the rows of one table.
Status read_rows(const TomlTable& table, Preset* preset) {
  const auto part = [&](std::string_view key, Status (*read)(const TomlTable&, Preset*)) {
    return table.table(key, [&](const TomlTable& sub) { return read(sub, preset); });
  };
  COTERIE_RETURN_IF_ERROR(read_kind(table, preset));
  size_t drop = 1;
  COTERIE_RETURN_IF_ERROR(table.choice("repeats", {"keep", "drop"}, &drop));
  preset->repeats = drop == 1 ? data::Repeats::kDrop : data::Repeats::kKeep;
  size_t positive = 0;
  COTERIE_RETURN_IF_ERROR(table.choice("price", {"non_negative", "positive"}, &positive));
  preset->price = positive == 1 ? PriceRule::kPositive : PriceRule::kNonNegative;
  COTERIE_RETURN_IF_ERROR(table.flag("first_value_stays", &preset->first_value_stays));
  COTERIE_RETURN_IF_ERROR(table.flag("forget", &preset->forget));
  COTERIE_RETURN_IF_ERROR(table.flag("neutralised", &preset->neutralised));
  COTERIE_RETURN_IF_ERROR(part("columns", read_columns));
  COTERIE_RETURN_IF_ERROR(part("constants", read_constants));
  COTERIE_RETURN_IF_ERROR(part("where", read_where));
  COTERIE_RETURN_IF_ERROR(part("time", read_time));
  COTERIE_RETURN_IF_ERROR(part("behavior", read_behavior));
  COTERIE_RETURN_IF_ERROR(part("guest", read_guest));
  COTERIE_RETURN_IF_ERROR(part("not_product", read_patterns));
  COTERIE_RETURN_IF_ERROR(part("strip_suffix", read_suffixes));
  return read_reading(table, preset);
}

#define COTERIE_TABLE_KEYS                                                                                   \
  "kind", "files", "header", "delimiter", "encoding", "explode", "missing", "where", "columns", "constants", \
      "detect", "attributes_by_name", "time", "repeats", "price", "behavior", "guest", "not_product",        \
      "strip_suffix", "first_value_stays", "forget", "neutralised"

Status read_common(const TomlTable& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.text("name", &preset->name));
  if (preset->name.empty()) return table.wrong("name", "is missing");
  COTERIE_RETURN_IF_ERROR(table.text("timezone", &preset->timezone));
  if (!preset->timezone.empty() && !base::Calendar::create(preset->timezone))
    return table.wrong("timezone", "must be an IANA name such as Asia/Shanghai");
  COTERIE_RETURN_IF_ERROR(table.text("currency", &preset->currency));
  const bool capitals = std::all_of(preset->currency.begin(), preset->currency.end(),
                                    [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!preset->currency.empty() && (preset->currency.size() != 3 || !capitals))
    return table.wrong("currency", "must be an ISO 4217 code such as CNY or GBP");
  return table.table("description", [&](const TomlTable& description) -> Status {
    COTERIE_RETURN_IF_ERROR(description.only({"en", "zh"}));
    COTERIE_RETURN_IF_ERROR(description.text("en", &preset->description_en));
    return description.text("zh", &preset->description_zh);
  });
}

// One table, written at the top, or several, each under [[table]].
Status read_preset(const TomlTable& top, PresetFile* file) {
  Preset common;
  COTERIE_RETURN_IF_ERROR(read_common(top, &common));
  file->name = common.name;
  if (!top.has("table")) {
    COTERIE_RETURN_IF_ERROR(
        top.only({"name", "description", "timezone", "currency", "table", COTERIE_TABLE_KEYS}));
    file->tables.push_back(common);
    return read_rows(top, &file->tables.back());
  }
  COTERIE_RETURN_IF_ERROR(top.only({"name", "description", "timezone", "currency", "table"}));
  return top.tables("table", [&](const TomlTable& table) -> Status {
    COTERIE_RETURN_IF_ERROR(table.only({"name", COTERIE_TABLE_KEYS}));
    Preset preset = common;
    COTERIE_RETURN_IF_ERROR(table.text("name", &preset.table));
    if (preset.table.empty()) return table.wrong("name", "is missing");
    if (std::any_of(file->tables.begin(), file->tables.end(),
                    [&](const Preset& other) { return other.table == preset.table; }))
      return table.wrong("name", "is that of an earlier table");
    COTERIE_RETURN_IF_ERROR(read_rows(table, &preset));
    file->tables.push_back(std::move(preset));
    return {};
  });
}

#undef COTERIE_TABLE_KEYS

}  // namespace

base::Result<PresetFile> parse_preset(std::string_view toml, std::string_view origin) {
  COTERIE_CHECK_OK(base::check_toml_limits(toml, origin));
  try {
    const toml::table parsed = toml::parse(toml);
    PresetFile file;
    file.text = toml;
    COTERIE_CHECK_OK(read_preset(TomlTable(parsed, origin), &file));
    if (file.tables.empty())
      return base::error(Code::kInvalidArgument, "{}: the preset has no table", origin);
    return file;
  } catch (const toml::parse_error& problem) {
    return base::error(Code::kInvalidArgument, "{}, line {}, column {}: {}", origin,
                       problem.source().begin.line, problem.source().begin.column, problem.description());
  }
}

base::Result<std::vector<PresetFile>> built_in_presets() {
  std::vector<PresetFile> presets;
  for (const base::EmbeddedFile& file : preset_files::embedded_files()) {
    COTERIE_ASSIGN(PresetFile preset, parse_preset(file.text, file.name));
    presets.push_back(std::move(preset));
  }
  return presets;
}

base::Result<PresetFile> find_preset(std::string_view name) {
  if (name.ends_with(".toml")) {
    std::error_code unknown;  // absent or no file: read_file() says so
    if (const auto size = std::filesystem::file_size(std::filesystem::path(name), unknown);
        !unknown && size > kMaxPresetBytes)
      return base::error(Code::kInvalidArgument, "{} has {} bytes, and a preset has at most {}", name, size,
                         kMaxPresetBytes);
    COTERIE_ASSIGN(const std::string text, base::read_file(std::filesystem::path(name)));
    return parse_preset(text, name);
  }
  COTERIE_ASSIGN(std::vector<PresetFile> presets, built_in_presets());
  std::string names;
  for (PresetFile& preset : presets) {
    if (preset.name == name) return std::move(preset);
    names.append(names.empty() ? "" : ", ").append(preset.name);
  }
  return base::error(Code::kNotFound, "there is no preset '{}'; there are: {}; or name a .toml file", name,
                     names);
}

}  // namespace coterie::collect
