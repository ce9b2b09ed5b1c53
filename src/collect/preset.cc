#include "collect/preset.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <regex>
#include <span>

#include "base/embedded_file.h"
#include "base/file.h"

namespace coterie::collect {

namespace preset_files {
std::span<const base::EmbeddedFile> embedded_files();
}

namespace {

using base::Code;
using base::Status;

// Reads one table and complains about keys that nobody reads.
class Table {
 public:
  Table(const toml::table& table, std::string origin) : table_(table), origin_(std::move(origin)) {}

  Status only(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, node] : table_) {
      if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
        return wrong(key.str(), "is not a key here");
    }
    return {};
  }

  Status text(std::string_view key, std::string* out) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    if (!node->is_string()) return wrong(key, "must be a text");
    *out = node->as_string()->get();
    return {};
  }

  Status texts(std::string_view key, std::vector<std::string>* out) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    if (!node->is_array()) return wrong(key, "must be a list of texts");
    for (const toml::node& entry : *node->as_array()) {
      if (!entry.is_string()) return wrong(key, "must be a list of texts");
      out->push_back(entry.as_string()->get());
    }
    return {};
  }

  Status flag(std::string_view key, bool* out) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    if (!node->is_boolean()) return wrong(key, "must be true or false");
    *out = node->as_boolean()->get();
    return {};
  }

  // One of two words.
  Status choice(std::string_view key, std::string_view no, std::string_view yes, bool* out) const {
    std::string word;
    COTERIE_RETURN_IF_ERROR(text(key, &word));
    if (word.empty()) return {};
    if (word != no && word != yes) return wrong(key, fmt::format("must be \"{}\" or \"{}\"", no, yes));
    *out = word == yes;
    return {};
  }

  Status column(std::string_view key, std::string_view name, Column* out) const {
    const std::optional<Column> found = parse_column(name);
    if (!found) return wrong(key, fmt::format("names '{}', which is none of the design's columns", name));
    *out = *found;
    return {};
  }

  // Calls visit(sub-table) when there is one.
  template <class Visit>
  Status table(std::string_view key, Visit visit) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    if (!node->is_table()) return wrong(key, "must be a table");
    return visit(Table(*node->as_table(), fmt::format("{} [{}]", origin_, key)));
  }

  Status wrong(std::string_view key, std::string_view what) const {
    return base::failure(Code::kInvalidArgument, "{}: {} {}", origin_, key, what);
  }

  const toml::table& raw() const { return table_; }

 private:
  const toml::table& table_;
  std::string origin_;
};

Status read_columns(const Table& table, Preset* preset) {
  for (const auto& [key, node] : table.raw()) {
    if (!is_design_name(key.str())) return table.wrong(key.str(), "is none of the design's columns");
    std::vector<std::string> names;
    COTERIE_RETURN_IF_ERROR(table.texts(key.str(), &names));
    if (names.empty()) return table.wrong(key.str(), "must name at least one column of the file");
    preset->columns.emplace_back(std::string(key.str()), std::move(names));
  }
  return {};
}

Status read_behavior_rule(const Table& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.only({"column", "prefix", "behavior"}));
  BehaviorRule rule{};
  std::string column;
  COTERIE_RETURN_IF_ERROR(table.text("column", &column));
  COTERIE_RETURN_IF_ERROR(table.text("prefix", &rule.prefix));
  COTERIE_RETURN_IF_ERROR(table.text("behavior", &rule.behavior));
  if (rule.prefix.empty() || rule.behavior.empty())
    return table.wrong("prefix", "and behavior must be given");
  COTERIE_RETURN_IF_ERROR(table.column("column", column, &rule.column));
  preset->behavior_rules.push_back(std::move(rule));
  return {};
}

Status read_behavior(const Table& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.only({"default", "rules", "values"}));
  COTERIE_RETURN_IF_ERROR(table.text("default", &preset->default_behavior));
  if (const toml::node* rules = table.raw().get("rules"); rules != nullptr) {
    if (!rules->is_array_of_tables()) return table.wrong("rules", "must be a list of tables");
    for (const toml::node& entry : *rules->as_array())
      COTERIE_RETURN_IF_ERROR(read_behavior_rule(Table(*entry.as_table(), "[[behavior.rules]]"), preset));
  }
  return table.table("values", [&](const Table& values) -> Status {
    for (const auto& [key, node] : values.raw()) {
      std::string behavior;
      COTERIE_RETURN_IF_ERROR(values.text(key.str(), &behavior));
      preset->behaviors.emplace_back(std::string(key.str()), std::move(behavior));
    }
    return {};
  });
}

Status read_patterns(const Table& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.only({"patterns"}));
  COTERIE_RETURN_IF_ERROR(table.texts("patterns", &preset->not_product));
  for (const std::string& pattern : preset->not_product) {
    try {
      const std::regex compiled(pattern);
    } catch (const std::regex_error&) {
      return table.wrong("patterns", fmt::format("holds '{}', which is not a regular expression", pattern));
    }
  }
  return {};
}

Status read_suffixes(const Table& table, Preset* preset) {
  for (const auto& [key, node] : table.raw()) {
    SuffixRule rule{};
    COTERIE_RETURN_IF_ERROR(table.column(key.str(), key.str(), &rule.column));
    COTERIE_RETURN_IF_ERROR(table.text(key.str(), &rule.suffix));
    preset->strip_suffix.push_back(std::move(rule));
  }
  return {};
}

Status read_guest(const Table& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.only({"anonymous_id"}));
  std::string name;
  COTERIE_RETURN_IF_ERROR(table.text("anonymous_id", &name));
  preset->guest.emplace();
  return table.column("anonymous_id", name, &*preset->guest);
}

Status read_plain_keys(const Table& table, Preset* preset) {
  COTERIE_RETURN_IF_ERROR(table.only({"name", "description", "timezone", "currency", "repeats", "price",
                                      "detect", "attributes_by_name", "neutralised", "columns", "behavior",
                                      "guest", "not_product", "strip_suffix"}));
  COTERIE_RETURN_IF_ERROR(table.text("name", &preset->name));
  if (preset->name.empty()) return table.wrong("name", "is missing");
  COTERIE_RETURN_IF_ERROR(table.text("timezone", &preset->timezone));
  COTERIE_RETURN_IF_ERROR(table.text("currency", &preset->currency));
  COTERIE_RETURN_IF_ERROR(table.texts("detect", &preset->detect));
  COTERIE_RETURN_IF_ERROR(table.flag("attributes_by_name", &preset->attributes_by_name));
  COTERIE_RETURN_IF_ERROR(table.flag("neutralised", &preset->neutralised));
  bool drop = true;
  COTERIE_RETURN_IF_ERROR(table.choice("repeats", "keep", "drop", &drop));
  preset->repeats = drop ? data::Repeats::kDrop : data::Repeats::kKeep;
  bool positive = false;
  COTERIE_RETURN_IF_ERROR(table.choice("price", "non_negative", "positive", &positive));
  preset->price = positive ? PriceRule::kPositive : PriceRule::kNonNegative;
  return table.table("description", [&](const Table& description) -> Status {
    COTERIE_RETURN_IF_ERROR(description.only({"en", "zh"}));
    COTERIE_RETURN_IF_ERROR(description.text("en", &preset->description_en));
    return description.text("zh", &preset->description_zh);
  });
}

Status read_preset(const Table& table, Preset* preset) {
  const auto part = [&](std::string_view key, Status (*read)(const Table&, Preset*)) {
    return table.table(key, [&](const Table& sub) { return read(sub, preset); });
  };
  COTERIE_RETURN_IF_ERROR(read_plain_keys(table, preset));
  COTERIE_RETURN_IF_ERROR(part("columns", read_columns));
  COTERIE_RETURN_IF_ERROR(part("behavior", read_behavior));
  COTERIE_RETURN_IF_ERROR(part("guest", read_guest));
  COTERIE_RETURN_IF_ERROR(part("not_product", read_patterns));
  return part("strip_suffix", read_suffixes);
}

}  // namespace

base::Result<Preset> parse_preset(std::string_view toml, std::string_view origin) {
  try {
    const toml::table parsed = toml::parse(toml);
    Preset preset;
    COTERIE_CHECK_OK(read_preset(Table(parsed, std::string(origin)), &preset));
    return preset;
  } catch (const toml::parse_error& problem) {
    return base::error(Code::kInvalidArgument, "{}, line {}: {}", origin, problem.source().begin.line,
                       problem.description());
  }
}

base::Result<std::vector<Preset>> built_in_presets() {
  std::vector<Preset> presets;
  for (const base::EmbeddedFile& file : preset_files::embedded_files()) {
    COTERIE_ASSIGN(Preset preset, parse_preset(file.text, file.name));
    presets.push_back(std::move(preset));
  }
  return presets;
}

base::Result<Preset> find_preset(std::string_view name) {
  if (name.ends_with(".toml")) {
    COTERIE_ASSIGN(const std::string text, base::read_file(std::filesystem::path(name)));
    return parse_preset(text, name);
  }
  COTERIE_ASSIGN(std::vector<Preset> presets, built_in_presets());
  std::string names;
  for (Preset& preset : presets) {
    if (preset.name == name) return std::move(preset);
    names.append(names.empty() ? "" : ", ").append(preset.name);
  }
  return base::error(Code::kNotFound, "there is no preset '{}'; there are: {}; or name a .toml file", name,
                     names);
}

}  // namespace coterie::collect
