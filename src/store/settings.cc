#include "store/settings.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "base/file.h"
#include "base/toml_text.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;

namespace {

template <class Node>
std::string place(const std::filesystem::path& path, const Node& node) {
  return fmt::format("{}, line {}, column {}", path.string(), node.source().begin.line,
                     node.source().begin.column);
}

template <class Node>
tl::unexpected<Status> wrong(const std::filesystem::path& path, const Node& node, std::string_view what) {
  return base::error(Code::kInvalidArgument, "{}: {}", place(path, node), what);
}

Result<std::string> read_text(const std::filesystem::path& path, std::string_view key,
                              const toml::node& node) {
  const auto text = node.value_exact<std::string>();
  if (!text) return wrong(path, node, fmt::format("{} must be a text in quotes", key));
  return *text;
}

Result<int64_t> read_number(const std::filesystem::path& path, std::string_view key, const toml::node& node,
                            int64_t low, int64_t high) {
  const auto number = node.value_exact<int64_t>();
  if (!number || *number < low || *number > high)
    return wrong(path, node, fmt::format("{} must be a whole number from {} to {}", key, low, high));
  return *number;
}

// Patterns are few and short: each is tried on every row.
Result<std::vector<std::string>> read_patterns(const std::filesystem::path& path, std::string_view key,
                                               const toml::node& node) {
  constexpr size_t kMaxPatterns = 1000, kMaxBytes = 256;
  const toml::array* array = node.as_array();
  if (array == nullptr || array->size() > kMaxPatterns)
    return wrong(path, node, fmt::format("{} must be a list of at most {} texts", key, kMaxPatterns));
  std::vector<std::string> out;
  for (const toml::node& entry : *array) {
    const auto text = entry.value_exact<std::string>();
    if (!text || text->empty() || text->size() > kMaxBytes)
      return wrong(path, entry, fmt::format("{} holds texts of 1 to {} bytes", key, kMaxBytes));
    out.push_back(*text);
  }
  return out;
}

Result<const toml::table*> read_table(const std::filesystem::path& path, std::string_view key,
                                      const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return wrong(path, node, fmt::format("{0} is a section: [{0}]", key));
  return table;
}

Status read_rules(const std::filesystem::path& path, const toml::table& table, data::CleaningSettings* out) {
  for (const auto& [key, node] : table) {
    const auto rule = data::parse_rule(key.str());
    if (!rule) {
      std::string known;
      for (const data::RuleInfo& info : data::cleaning_rules())
        known.append(known.empty() ? "" : ", ").append(info.key);
      return wrong(path, key, fmt::format("no rule '{}'; there are: {}", key.str(), known)).value();
    }
    COTERIE_ASSIGN_OR_STATUS(const std::string text, read_text(path, key.str(), node));
    const data::RuleInfo& info = data::info(*rule);
    bool found = false;
    for (const auto action :
         {data::RuleAction::kQuarantine, data::RuleAction::kFlag, data::RuleAction::kOff}) {
      if (to_string(action) != text || !data::is_allowed(info, action)) continue;
      out->set(*rule, action);
      found = true;
    }
    if (!found)
      return wrong(path, node, fmt::format("rule {} may be: {}", info.key, data::allowed_actions(info)))
          .value();
  }
  return {};
}

Status read_cleaning(const std::filesystem::path& path, const toml::table& table,
                     data::CleaningSettings* out) {
  for (const auto& [key, node] : table) {
    if (key == "rules") {
      COTERIE_ASSIGN_OR_STATUS(const toml::table* rules, read_table(path, "cleaning.rules", node));
      COTERIE_RETURN_IF_ERROR(read_rules(path, *rules, out));
    } else if (key == "test_users") {
      COTERIE_ASSIGN_OR_STATUS(out->test_users, read_patterns(path, key.str(), node));
    } else if (key == "test_items") {
      COTERIE_ASSIGN_OR_STATUS(out->test_items, read_patterns(path, key.str(), node));
    } else if (key == "internal_users") {
      COTERIE_ASSIGN_OR_STATUS(out->internal_users, read_patterns(path, key.str(), node));
    } else if (key == "bot_rate") {
      COTERIE_ASSIGN_OR_STATUS(out->bot_rate, read_number(path, key.str(), node, 60, 600));
    } else if (key == "amount_bounds") {
      COTERIE_ASSIGN_OR_STATUS(out->amount_bounds, read_number(path, key.str(), node, 2, 10'000));
    } else if (key == "repeats") {
      COTERIE_ASSIGN_OR_STATUS(const std::string text, read_text(path, key.str(), node));
      if (text != "keep" && text != "drop")
        return wrong(path, node, "repeats is \"keep\" or \"drop\"").value();
      out->repeats = text == "keep" ? data::Repeats::kKeep : data::Repeats::kDrop;
    } else {
      return wrong(path, key,
                   fmt::format("unknown key 'cleaning.{}'; known are repeats, test_users, test_items, "
                               "internal_users, bot_rate, amount_bounds and the section cleaning.rules",
                               key.str()))
          .value();
    }
  }
  return {};
}

Status read_key(const std::filesystem::path& path, const toml::key& key, const toml::node& node,
                Settings* out) {
  if (key == "timezone") {
    COTERIE_ASSIGN_OR_STATUS(out->timezone, read_text(path, key.str(), node));
  } else if (key == "currency") {
    COTERIE_ASSIGN_OR_STATUS(out->currency, read_text(path, key.str(), node));
  } else if (key == "language") {
    COTERIE_ASSIGN_OR_STATUS(const std::string text, read_text(path, key.str(), node));
    const auto language = base::parse_language(text);
    if (!language) return wrong(path, node, "language is \"en\" or \"zh\"").value();
    out->language = *language;
  } else if (key == "cleaning") {
    COTERIE_ASSIGN_OR_STATUS(const toml::table* table, read_table(path, "cleaning", node));
    return read_cleaning(path, *table, &out->cleaning);
  } else {
    return wrong(path, key,
                 fmt::format(
                     "unknown key '{}'; known are timezone, currency, language and the section cleaning",
                     key.str()))
        .value();
  }
  return {};
}

// The sections that differ from what a shop has anyway.
std::string cleaning_text(const data::CleaningSettings& cleaning) {
  const data::CleaningSettings usual;
  toml::table table;
  const auto add_patterns = [&](const char* key, const auto& patterns, const auto& others) {
    if (patterns == others) return;
    toml::array array;
    for (const std::string& pattern : patterns) array.push_back(pattern);
    table.insert(key, std::move(array));
  };
  if (cleaning.repeats) table.insert("repeats", cleaning.repeats == data::Repeats::kKeep ? "keep" : "drop");
  add_patterns("test_users", cleaning.test_users, usual.test_users);
  add_patterns("test_items", cleaning.test_items, usual.test_items);
  add_patterns("internal_users", cleaning.internal_users, usual.internal_users);
  if (cleaning.bot_rate != usual.bot_rate) table.insert("bot_rate", cleaning.bot_rate);
  if (cleaning.amount_bounds != usual.amount_bounds) table.insert("amount_bounds", cleaning.amount_bounds);
  toml::table rules;
  for (const data::RuleInfo& rule : data::cleaning_rules()) {
    const auto action = cleaning.action(rule.rule);
    if (action != rule.action) rules.insert(std::string(rule.key), std::string(to_string(action)));
  }
  if (!rules.empty()) table.insert("rules", std::move(rules));
  if (table.empty()) return {};
  // Strings in one line and in double quotes: of others toml++ loses a newline at the beginning, or three quotes within.
  constexpr auto kFlags = toml::toml_formatter::default_flags &
                          ~toml::format_flags::allow_multi_line_strings &
                          ~toml::format_flags::allow_literal_strings;
  const toml::table section{{"cleaning", std::move(table)}};
  std::ostringstream out;
  out << "\n" << toml::toml_formatter(section, kFlags) << "\n";
  return out.str();
}

}  // namespace

Status validate_settings(const Settings& settings) {
  COTERIE_ASSIGN_OR_STATUS([[maybe_unused]] auto calendar, base::Calendar::create(settings.timezone));
  const bool capitals = std::all_of(settings.currency.begin(), settings.currency.end(),
                                    [](char c) { return c >= 'A' && c <= 'Z'; });
  if (settings.currency.size() != 3 || !capitals)
    return base::failure(Code::kInvalidArgument,
                         "'{}' is not a currency; use an ISO 4217 code such as CNY or GBP",
                         settings.currency);
  return {};
}

Result<Settings> load_settings(const std::filesystem::path& path) {
  COTERIE_ASSIGN(const std::string bytes, base::read_file(path));
  COTERIE_CHECK_OK(base::check_toml_limits(bytes, path.string()));
  toml::table table;
  try {
    table = toml::parse(bytes, path.string());
  } catch (const toml::parse_error& e) {
    return base::error(Code::kInvalidArgument, "{}, line {}, column {}: {}", path.string(),
                       e.source().begin.line, e.source().begin.column, e.description());
  }
  Settings out;
  for (const auto& [key, node] : table) COTERIE_CHECK_OK(read_key(path, key, node, &out));
  if (Status status = validate_settings(out); !status.ok())
    return tl::unexpected(status.with_context(path.string()));
  return out;
}

Status save_settings(const Settings& settings, const std::filesystem::path& path) {
  COTERIE_RETURN_IF_ERROR(validate_settings(settings));
  return base::write_file_durably(
      path, fmt::format("# Settings of this shop; every key is documented in docs/settings.md.\n"
                        "timezone = \"{}\"\ncurrency = \"{}\"\nlanguage = \"{}\"\n{}",
                        settings.timezone, settings.currency, base::to_string(settings.language),
                        cleaning_text(settings.cleaning)));
}

}  // namespace coterie::store
