#include "store/settings.h"

#include <toml++/toml.h>

#include <algorithm>

#include "base/file.h"

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

Status read_key(const std::filesystem::path& path, const toml::key& key, const toml::node& node,
                Settings* out) {
  const auto text = node.value<std::string>();
  if (!text)
    return base::failure(Code::kInvalidArgument, "{}: {} must be a text in quotes", place(path, node),
                         key.str());
  if (key == "timezone") {
    out->timezone = *text;
  } else if (key == "currency") {
    out->currency = *text;
  } else if (key == "language") {
    const auto language = base::parse_language(*text);
    if (!language)
      return base::failure(Code::kInvalidArgument, "{}: language is \"en\" or \"zh\"", place(path, node));
    out->language = *language;
  } else {
    return base::failure(Code::kInvalidArgument,
                         "{}: unknown key '{}'; known are timezone, currency, language", place(path, key),
                         key.str());
  }
  return {};
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
                        "timezone = \"{}\"\ncurrency = \"{}\"\nlanguage = \"{}\"\n",
                        settings.timezone, settings.currency, base::to_string(settings.language)));
}

}  // namespace coterie::store
