#include "engine/quality_changes.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "learn/metrics/distributions.h"

namespace coterie::engine {

using base::Result;
using base::Status;
using nlohmann::json;
using store::Parameter;
using store::Rows;

namespace {

constexpr double kAlpha = 0.01;         // of all shares together, and of all weeks of a measure together
constexpr double kLeastChange = 0.001;  // of a share: a tenth of a per cent is of no account
constexpr size_t kWeeksBefore = 12;
constexpr size_t kLeastWeeks = 6;

// Rows received by one import, and how many of them met with each fate.
struct Import {
  double received = 0;
  std::map<std::string, double> rows;  // "duplicate", "quarantined", "rule price", ...
};

Import import_of(const json& entry) {
  Import out;
  out.received = entry.value("received", 0.0);
  for (const char* key : {"duplicate", "quarantined"}) out.rows[key] = entry.value(key, 0.0);
  if (const auto rules = entry.find("quarantined_by_rule"); rules != entry.end())
    for (const auto& [rule, rows] : rules->items()) out.rows["rule " + rule] = rows.get<double>();
  return out;
}

double rows_of(const Import& import, const std::string& name) {
  const auto it = import.rows.find(name);
  return it == import.rows.end() ? 0 : it->second;
}

json totals_json(const std::vector<Import>& imports) {
  double received = 0, duplicate = 0, quarantined = 0;
  for (const Import& import : imports) {
    received += import.received;
    duplicate += rows_of(import, "duplicate");
    quarantined += rows_of(import, "quarantined");
  }
  return {{"imports", imports.size()},
          {"received", received},
          {"duplicate", duplicate},
          {"quarantined", quarantined}};
}

// Two shares of rows, whose noise between files is that of binomial rows times what the earlier files show
// (quasi-binomial: Pearson's chi-squared over its degrees).
json share_json(const std::string& name, const std::vector<Import>& before, const std::vector<Import>& after,
                double tests) {
  double n1 = 0, n2 = 0, x1 = 0, x2 = 0;
  for (const Import& import : before) n1 += import.received, x1 += rows_of(import, name);
  for (const Import& import : after) n2 += import.received, x2 += rows_of(import, name);
  const double p1 = x1 / n1, p2 = x2 / n2, p = (x1 + x2) / (n1 + n2);
  double dispersion = 1, degrees = static_cast<double>(before.size()) - 1;
  if (degrees > 0 && p1 > 0 && p1 < 1) {
    double chi = 0;
    for (const Import& import : before)
      if (import.received > 0)
        chi += std::pow(rows_of(import, name) - import.received * p1, 2) / (import.received * p1 * (1 - p1));
    dispersion = std::max(1.0, chi / degrees);
  }
  const double error = std::sqrt(dispersion * p * (1 - p) * (1 / n1 + 1 / n2));
  const double z = error > 0 ? (p2 - p1) / error : 0;
  const double critical = degrees >= 1 ? learn::student_t_quantile(1 - kAlpha / (2 * tests), degrees)
                                       : learn::normal_quantile(1 - kAlpha / (2 * tests));
  return {{"name", name},          {"before", p1},
          {"after", p2},           {"z", z},
          {"threshold", critical}, {"moved", std::abs(z) > critical && std::abs(p2 - p1) >= kLeastChange}};
}

json imports_json(const json& quality, const std::vector<std::string>& known) {
  std::vector<Import> before, after;
  std::map<std::string, int> names;
  for (const json& entry : quality["imports"]) {
    const bool is_known = std::find(known.begin(), known.end(), entry.value("import_id", "")) != known.end();
    Import import = import_of(entry);
    if (import.received <= 0) continue;
    for (const auto& [name, rows] : import.rows) names[name] = 0;
    (is_known ? before : after).push_back(std::move(import));
  }
  if (before.empty() || after.empty()) return nullptr;
  json shares = json::array();
  for (const auto& [name, unused] : names)
    shares.push_back(share_json(name, before, after, static_cast<double>(names.size())));
  return {{"before", totals_json(before)}, {"after", totals_json(after)}, {"shares", std::move(shares)}};
}

struct Week {
  int64_t monday = 0;
  std::array<double, 6> counts{};
};
struct Measure {
  const char* name;
  size_t part, whole;  // indexes into counts; the volume is its own whole
};
constexpr Measure kMeasures[] = {
    {"events", 0, 0}, {"no_user", 1, 0}, {"no_item", 2, 0}, {"no_amount", 4, 3}, {"no_order", 5, 3}};

// Volume in logarithms about a line, shares about their mean; the band is that of one further week.
json measure_json(const Measure& measure, const std::vector<Week>& before, const std::vector<Week>& after) {
  const bool is_volume = measure.part == measure.whole;
  const auto value = [&](const Week& week) {
    const double whole = week.counts[measure.whole];
    return is_volume ? std::log1p(whole) : whole > 0 ? week.counts[measure.part] / whole : 0.0;
  };
  const auto n = static_cast<double>(before.size());
  double sum = 0, squares = 0, binomial = 0;
  for (const Week& week : before) sum += value(week);
  const double mean = sum / n;
  for (const Week& week : before) {
    squares += std::pow(value(week) - mean, 2);
    const double whole = week.counts[measure.whole];
    if (!is_volume && whole > 0) binomial += mean * (1 - mean) / whole / n;
  }
  const double variance = std::max(squares / (n - 1), binomial);
  const double tests = static_cast<double>(std::max<size_t>(1, after.size()));
  const double width =
      learn::student_t_quantile(1 - kAlpha / (2 * tests), n - 1) * std::sqrt(variance * (1 + 1 / n));
  const auto shown = [&](double x) { return is_volume ? std::expm1(x) : x; };
  json weeks = json::array();
  for (const Week& week : after) {
    const double x = value(week);
    const bool is_far = std::abs(x - mean) > width && (is_volume || std::abs(x - mean) >= kLeastChange);
    weeks.push_back({{"week", base::utc_string(week.monday * base::kDay).substr(0, 10)},
                     {"value", shown(x)},
                     {"unusual", is_far}});
  }
  return {{"name", measure.name},
          {"before", shown(mean)},
          {"low", std::max(0.0, shown(mean - width))},
          {"high", shown(mean + width)},
          {"weeks", std::move(weeks)}};
}

}  // namespace

Result<json> quality_changes_json(profile::AsOf& source, base::Timestamp since, base::Timestamp as_of,
                                  const json& imports, const std::vector<std::string>& known) {
  std::map<int64_t, Week> weeks;
  const Parameter parameters[] = {{"as_of", as_of}};
  COTERIE_CHECK_OK(source.read_by_range("weekly_quality.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      Week& week = weeks[rows.int64(0, i)];
      week.monday = rows.int64(0, i);
      for (size_t c = 0; c < week.counts.size(); ++c)
        week.counts[c] += static_cast<double>(rows.int64(c + 1, i));
    }
    return {};
  }));
  const auto day_of = [&](base::Timestamp ts) { return source.calendar().to_local(ts) / base::kDay; };
  const int64_t since_day = day_of(since), end_day = day_of(as_of), first_day = day_of(source.range().first);
  std::vector<Week> before, after;
  for (const auto& [monday, week] : weeks) {
    if (monday < first_day || monday + 7 > end_day) continue;  // not whole
    (monday + 7 <= since_day ? before : after).push_back(week);
  }
  if (before.size() > kWeeksBefore) before.erase(before.begin(), before.end() - kWeeksBefore);
  json measures = json::array();
  if (before.size() >= kLeastWeeks)
    for (const Measure& measure : kMeasures) measures.push_back(measure_json(measure, before, after));
  return json{{"imports", imports_json(imports, known)}, {"weeks", std::move(measures)}};
}

}  // namespace coterie::engine
