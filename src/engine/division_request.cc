#include "engine/division_request.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/nearest_names.h"
#include "store/duckdb.h"
#include "understand/rules/parse_rule.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using nlohmann::json;
using store::Parameter;
using store::Rows;
using understand::DivisionMethod;

namespace {

constexpr std::string_view kRfmFacts = "feature.recency_days, feature.frequency, feature.monetary";

// Borders that hold for any shop: a share of a quarter is a quarter everywhere. Weekends are 2 of 7 days.
struct Preset {
  std::string_view name, by, borders;
};
constexpr std::string_view kPresetNames[] = {"habits", "channels", "price_sensitivity", "social"};
constexpr Preset kPresets[] = {
    {"habits", "feature.weekend_share, feature.evening_share", "0.15, 0.45; 0.25, 0.6"},
    {"price_sensitivity", "feature.discount_share, count(coupon_use, 365d)", "0.02, 0.1, 0.25; 1"},
    {"social", "count(share, 365d), count(invite, 365d)", "1, 5; 1"},
};
constexpr int64_t kMostChannels = 6;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Result<double> read_border(std::string_view text) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size())
    return base::error(Code::kInvalidArgument,
                       "'{}' is no number; borders are lists of numbers, as \"30,90,180,365; 2,3,5,10\"",
                       text);
  return value;
}

// "30,90,180,365; 2,3,5,10": a list for each fact; one may be empty.
Result<std::vector<std::vector<double>>> read_borders(std::string_view text) {
  std::vector<std::vector<double>> out;
  if (text.empty()) return out;
  while (true) {
    const size_t end = std::min(text.find(';'), text.size());
    std::string_view list = trimmed(text.substr(0, end));
    out.emplace_back();
    while (!list.empty()) {
      const size_t comma = std::min(list.find(','), list.size());
      COTERIE_ASSIGN(const double value, read_border(trimmed(list.substr(0, comma))));
      out.back().push_back(value);
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

// What channels members buy in, else look at things in, the commonest first.
Result<std::vector<std::string>> channels(store::Connection& connection, std::string_view behavior,
                                          const base::Context& context) {
  std::vector<std::string> out;
  const Parameter parameters[] = {{"behavior", behavior}, {"limit", kMostChannels}};
  COTERIE_CHECK_OK(connection.query(
      "SELECT channel FROM events WHERE behavior = $behavior AND channel IS NOT NULL AND user_id IS NOT NULL "
      "GROUP BY channel ORDER BY count(*) DESC, channel LIMIT $limit",
      parameters,
      [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) out.emplace_back(rows.text(0, i));
        return {};
      },
      context.cancel));
  return out;
}

// Who uses which channels, at all: one or several.
Result<DivisionWords> by_channels(store::Workspace& workspace, const base::Context& context) {
  COTERIE_ASSIGN(auto connection, workspace.connect(context, {{store::TableKind::kEvents}, {}}));
  for (const std::string_view behavior : {"buy", "view"}) {
    COTERIE_ASSIGN(const auto names, channels(*connection, behavior, context));
    DivisionWords out{.method = "cross"};
    for (const std::string& name : names) {
      out.by += fmt::format("{}count({}, 365d, channel = {})", out.by.empty() ? "" : ", ", behavior,
                            understand::quoted_text(name));
      out.borders += out.borders.empty() ? "1" : "; 1";
    }
    if (!names.empty()) return out;
  }
  return base::error(Code::kFailedPrecondition,
                     "no event of this shop names a channel; import one with `--map channel=COLUMN`");
}

Status check_range(std::string_view what, size_t value, size_t least, size_t most) {
  if (value >= least && value <= most) return {};
  return base::failure(Code::kInvalidArgument, "{} is {} to {}", what, least, most);
}

Result<size_t> place(std::span<const std::string_view> names, const std::string& name,
                     std::string_view what) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at != names.end()) return static_cast<size_t>(at - names.begin());
  return base::error(Code::kInvalidArgument, "no {} '{}'; there are: {}", what, name, fmt::join(names, ", "));
}

}  // namespace

Result<DivisionRequest> read_division(const DivisionWords& words) {
  DivisionRequest out;
  COTERIE_ASSIGN(const size_t method, place(understand::division_methods(), words.method, "method"));
  COTERIE_ASSIGN(const size_t outliers,
                 place(understand::outlier_choices(), words.outliers, "choice of outliers"));
  COTERIE_ASSIGN(const size_t bins, place(understand::bin_methods(), words.bins, "kind of bins"));
  out.options.method = static_cast<DivisionMethod>(method);
  out.options.outliers = static_cast<understand::Outliers>(outliers);
  out.options.bins = static_cast<understand::BinMethod>(bins);
  if (words.n_clusters) COTERIE_CHECK_OK(check_range("n_clusters", *words.n_clusters, 2, 10'000));
  COTERIE_CHECK_OK(check_range("k_max", words.k_max, 2, 100));
  COTERIE_CHECK_OK(check_range("min_users", words.min_users, 1, 1'000'000'000));
  out.options.n_clusters = words.n_clusters;
  out.options.k_max = words.k_max;
  out.options.min_users = words.min_users;
  out.options.random_state = words.seed;
  const bool is_rfm = out.options.method == DivisionMethod::kRfm;
  if (words.by.empty() && !is_rfm)
    return base::error(Code::kInvalidArgument,
                       "nothing to divide by; name quantities such as feature.recency_days, trait.city or "
                       "count(buy, 90d)");
  COTERIE_ASSIGN(out.by,
                 understand::parse_quantities(words.by.empty() ? kRfmFacts : std::string_view(words.by)));
  if (!words.categories.empty()) {
    COTERIE_ASSIGN(out.as_categories, understand::parse_quantities(words.categories));
  }
  COTERIE_ASSIGN(out.options.borders, read_borders(words.borders));
  if (words.borders.empty()) return out;
  if (!is_rfm && out.options.method != DivisionMethod::kCross)
    return base::error(Code::kInvalidArgument, "{} finds its own borders; cross and rfm take some",
                       words.method);
  if (is_rfm && out.options.bins != understand::BinMethod::kFixed)
    return base::error(Code::kInvalidArgument, "borders are of fixed bins; {} bins find their own",
                       words.bins);
  return out;
}

json to_json(const DivisionWords& words) {
  return {{"by", words.by},
          {"categories", words.categories},
          {"method", words.method},
          {"outliers", words.outliers},
          {"bins", words.bins},
          {"borders", words.borders},
          {"n_clusters", words.n_clusters ? json(*words.n_clusters) : json()},
          {"k_max", words.k_max},
          {"min_users", words.min_users},
          {"seed", words.seed}};
}

DivisionWords division_words(const json& json) {
  DivisionWords out;
  out.by = json.value("by", out.by);
  out.categories = json.value("categories", out.categories);
  out.method = json.value("method", out.method);
  out.outliers = json.value("outliers", out.outliers);
  out.bins = json.value("bins", out.bins);
  out.borders = json.value("borders", out.borders);
  if (json.contains("n_clusters") && json["n_clusters"].is_number())
    out.n_clusters = json["n_clusters"].get<size_t>();
  out.k_max = json.value("k_max", out.k_max);
  out.min_users = json.value("min_users", out.min_users);
  out.seed = json.value("seed", out.seed);
  return out;
}

std::span<const std::string_view> division_presets() { return kPresetNames; }

Result<DivisionWords> division_preset(store::Workspace& workspace, std::string_view name,
                                      const base::Context& context) {
  if (name == "channels") return by_channels(workspace, context);
  for (const Preset& preset : kPresets)
    if (preset.name == name)
      return DivisionWords{
          .by = std::string(preset.by), .method = "cross", .borders = std::string(preset.borders)};
  return base::error(Code::kInvalidArgument, "no preset '{}'; there are: {}", name,
                     fmt::join(kPresetNames, ", "));
}

}  // namespace coterie::engine
