#include "understand/segments/member_matrix.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "learn/metrics/bootstrap.h"
#include "understand/fact_numbers.h"
#include "understand/feature_matrix.h"

namespace coterie::understand {

using base::Code;
using base::Result;

namespace {

constexpr double kQuartilesOfNormal =
    1.349;  // interquartile range of a normal distribution over its deviation
constexpr double kSkewed = 1;
constexpr double kBroadTail = 0.01;  // of the members beyond kOutlierDeviations: they are no outliers

struct ColumnMoments {
  double mean = 0, deviation = 0, skewness = 0;
};

ColumnMoments moments(const std::vector<double>& values) {
  ColumnMoments out;
  const auto n = static_cast<double>(values.size());
  for (const double value : values) out.mean += value / n;
  double second = 0, third = 0;
  for (const double value : values) {
    const double d = value - out.mean;
    second += d * d / n;
    third += d * d * d / n;
  }
  out.deviation = std::sqrt(second);
  if (out.deviation > 0) out.skewness = third / (second * out.deviation);
  return out;
}

double share_beyond(const std::vector<double>& values, double center, double scale) {
  double beyond = 0;
  for (const double value : values) beyond += std::abs(value - center) > kOutlierDeviations * scale ? 1 : 0;
  return beyond / static_cast<double>(values.size());
}

// Chooses the logarithm and the scale. `known` loses its order.
void fit_number(std::vector<double> known, MemberColumn& column) {
  std::vector<double> logs(known.size());
  std::transform(known.begin(), known.end(), logs.begin(), signed_log1p);
  ColumnMoments of = moments(known);
  const ColumnMoments of_logs = moments(logs);
  column.is_log = of.skewness > kSkewed && std::abs(of_logs.skewness) < of.skewness;
  if (column.is_log) {
    known = std::move(logs);
    of = of_logs;
  }
  column.is_constant = !(of.deviation > 1e-12 * std::max(1.0, std::abs(of.mean)));
  column.center = learn::quantile_in_place(known, 0.5);
  const double robust =
      (learn::quantile_in_place(known, 0.75) - learn::quantile_in_place(known, 0.25)) / kQuartilesOfNormal;
  column.is_robust = robust > 0 && share_beyond(known, column.center, robust) <= kBroadTail;
  column.scale = column.is_robust ? robust : of.deviation;
}

void add_number(const std::vector<double>& values, size_t fact, MemberMatrix& out,
                std::vector<std::vector<double>>& numbers) {
  MemberColumn& column = out.columns[fact];
  std::vector<double> known;
  for (const double value : values)
    if (!std::isnan(value)) known.push_back(value);
  column.missing = values.size() - known.size();
  fit_number(std::move(known), column);
  if (column.is_constant) return;
  auto& scaled = numbers.emplace_back(values.size(), 0.0);
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    const double value = column.is_log ? signed_log1p(values[i]) : values[i];
    scaled[i] = (value - column.center) / column.scale;
    if (std::abs(scaled[i]) > kOutlierDeviations) out.is_outlier[i] = 1;
  }
  out.fact_of.push_back(fact);
}

Result<std::map<std::string, size_t>> categories_of(const data::FeatureColumn& column,
                                                    std::span<const uint32_t> rows,
                                                    const Quantity& quantity) {
  const auto counts = category_counts(column, rows);
  std::map<std::string, size_t> out;
  for (size_t code = 0; code < counts.size(); ++code)
    if (counts[code] > 0) out[column.categories[code]] = counts[code];
  if (out.size() > kMostCategories)
    return base::error(Code::kInvalidArgument,
                       "{} has {} different texts; more than {} are no categories to divide members by",
                       to_text(quantity), out.size(), kMostCategories);
  return out;
}

base::Status add_category(const data::FeatureColumn& column, std::span<const uint32_t> rows, size_t fact,
                          MemberMatrix& out, std::vector<std::vector<double>>& numbers) {
  MemberColumn& entry = out.columns[fact];
  entry.is_category = true;
  COTERIE_ASSIGN_OR_STATUS(const auto counts, categories_of(column, rows, entry.quantity));
  const auto n = static_cast<double>(rows.size());
  double same = 0;  // the chance that two members have the same value
  for (const auto& [text, members] : counts) {
    entry.categories.push_back(text);
    entry.missing += members;
    same += static_cast<double>(members) / n * static_cast<double>(members) / n;
  }
  entry.missing = rows.size() - entry.missing;
  if (entry.missing > 0) {
    entry.categories.emplace_back();
    same += static_cast<double>(entry.missing) / n * static_cast<double>(entry.missing) / n;
  }
  entry.is_constant = entry.categories.size() < 2;
  if (entry.is_constant) return {};
  // Two members with different values are 2 weight² apart; by a number of deviation 1 they are 2 apart on average.
  entry.weight = 1 / std::sqrt(1 - same);
  for (const std::string& text : entry.categories) {
    auto& is_category = numbers.emplace_back(rows.size(), 0.0);
    for (size_t i = 0; i < rows.size(); ++i) {
      const bool is_missing = column.is_missing(rows[i]);
      const bool is = is_missing ? text.empty() : column.categories[column.codes[rows[i]]] == text;
      if (is) is_category[i] = entry.weight;
    }
    out.fact_of.push_back(fact);
  }
  return {};
}

}  // namespace

Result<MemberMatrix> member_matrix(std::span<const RuleColumn> facts, std::span<const uint32_t> rows) {
  if (rows.empty() || facts.empty())
    return base::error(Code::kInvalidArgument, "{} members and {} facts to divide them by", rows.size(),
                       facts.size());
  MemberMatrix out;
  out.is_outlier.assign(rows.size(), 0);
  std::vector<std::vector<double>> numbers;
  for (size_t fact = 0; fact < facts.size(); ++fact) {
    const auto& [quantity, column, is_told] = facts[fact];
    out.columns.push_back({quantity});
    const bool is_text = column->kind == data::FeatureKind::kCategorical;
    if (is_told && !is_text)
      return base::error(Code::kInvalidArgument, "{} is a number and no code: it cannot be a category",
                         to_text(quantity));
    const auto values = is_told ? std::nullopt : numbers_of(*column, rows);
    if (values) {
      add_number(*values, fact, out, numbers);
    } else if (is_text) {
      COTERIE_CHECK_OK(add_category(*column, rows, fact, out, numbers));
    } else {
      out.columns.back().is_constant = true;  // nobody has a value
      out.columns.back().missing = rows.size();
    }
  }
  if (numbers.empty())
    return base::error(Code::kInvalidArgument,
                       "all {} members have the same facts; there is nothing to divide by", rows.size());
  out.points = kernels::Matrix(rows.size(), numbers.size());
  for (size_t j = 0; j < numbers.size(); ++j)
    for (size_t i = 0; i < rows.size(); ++i) out.points.at(i, j) = numbers[j][i];
  return out;
}

}  // namespace coterie::understand
