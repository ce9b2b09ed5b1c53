#include "understand/segments/division.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "understand/fact_numbers.h"
#include "understand/segments/cross.h"
#include "understand/segments/rfm_bins.h"

namespace coterie::understand {

using base::Code;
using base::Result;

namespace {

constexpr std::string_view kMethods[] = {"k_means", "cross", "abc", "rfm"};
constexpr std::string_view kBinMethods[] = {"quantile", "k_means", "fixed"};
constexpr std::string_view kOutliers[] = {"keep", "flag", "trim"};
constexpr double kAbcShares[] = {0.8, 0.95};

// How far each segment's means lie from everybody's, in everybody's deviations.
void add_differences(const MemberMatrix& matrix, Division& out) {
  const auto& points = matrix.points;
  const auto n = static_cast<double>(points.rows);
  std::vector<size_t> category(matrix.columns.size());
  for (size_t j = 0; j < points.cols; ++j) {
    const size_t fact = matrix.fact_of[j];
    const MemberColumn& column = matrix.columns[fact];
    double mean = 0, squares = 0;
    std::vector<double> sums(out.segments.size());
    for (size_t i = 0; i < points.rows; ++i) {
      mean += points.at(i, j) / n;
      sums[out.labels[i]] += points.at(i, j);
    }
    for (size_t i = 0; i < points.rows; ++i) squares += (points.at(i, j) - mean) * (points.at(i, j) - mean);
    const double deviation = std::sqrt(squares / n);
    FactDifference difference{fact, column.is_category};
    if (column.is_category) difference.category = column.categories[category[fact]++];
    for (size_t s = 0; s < sums.size(); ++s) {
      difference.deviations = (sums[s] / static_cast<double>(out.segments[s].users) - mean) / deviation;
      out.segments[s].differences.push_back(difference);
    }
  }
  for (DivisionSegment& segment : out.segments)
    std::stable_sort(
        segment.differences.begin(), segment.differences.end(),
        [](const auto& a, const auto& b) { return std::abs(a.deviations) > std::abs(b.deviations); });
}

Result<Division> by_k_means(std::span<const RuleColumn> facts, std::span<const uint32_t> rows,
                            const DivisionOptions& options, const base::Context& context) {
  COTERIE_ASSIGN(const auto memory, context.budget->reserve(rows.size() * facts.size() * 4 * sizeof(double),
                                                            "facts to divide members by"));
  COTERIE_ASSIGN(MemberMatrix matrix, member_matrix(facts, rows));
  if (options.outliers == Outliers::kKeep) matrix.is_outlier.assign(rows.size(), 0);
  std::vector<size_t> fitted;
  for (size_t i = 0; i < rows.size(); ++i)
    if (options.outliers != Outliers::kTrim || matrix.is_outlier[i] == 0) fitted.push_back(i);
  Division out;
  const learn::SelectKOptions select{.k_min = options.n_clusters.value_or(options.k_min),
                                     .k_max = options.n_clusters.value_or(options.k_max),
                                     .random_state = options.random_state};
  COTERIE_ASSIGN(out.selection, learn::select_k(kernels::rows_of(matrix.points, fitted), select, context));
  const auto& best = out.selection->table[out.selection->best];
  out.outliers = static_cast<size_t>(std::count(matrix.is_outlier.begin(), matrix.is_outlier.end(), 1));
  out.segments.resize(best.k + (fitted.size() < rows.size() ? 1 : 0));
  out.labels.assign(rows.size(), static_cast<uint32_t>(best.k));
  for (size_t i = 0; i < fitted.size(); ++i) out.labels[fitted[i]] = out.selection->model.labels()[i];
  for (size_t i = 0; i < rows.size(); ++i) {
    ++out.segments[out.labels[i]].users;
    out.segments[out.labels[i]].outliers += matrix.is_outlier[i];
  }
  for (size_t s = 0; s < best.k; ++s) out.segments[s].stability = best.stability.jaccard[s];
  for (DivisionSegment& segment : out.segments) segment.is_outliers = 2 * segment.outliers > segment.users;
  add_differences(matrix, out);
  out.columns = std::move(matrix.columns);
  return out;
}

// The fewest, largest ones that together make a share of the total.
Result<Division> by_share(std::span<const RuleColumn> facts, std::span<const uint32_t> rows) {
  if (facts.size() != 1)
    return base::error(Code::kInvalidArgument,
                       "abc divides by one amount, such as sum(buy.line_amount, 365d); {} are given",
                       facts.size());
  const auto amounts = numbers_of(*facts[0].column, rows);
  if (!amounts)
    return base::error(Code::kInvalidArgument, "abc divides by an amount; {} is no number of anybody",
                       to_text(facts[0].quantity));
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto amount = [&](size_t i) {
    return std::isnan((*amounts)[i]) ? 0.0 : std::max(0.0, (*amounts)[i]);
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return amount(a) > amount(b); });
  double total = 0, before = 0;
  for (const size_t i : order) total += amount(i);
  Division out;
  out.labels.resize(rows.size());
  std::vector<size_t> users(3);
  for (const size_t i : order) {
    // Who crosses a border belongs to the class before it.
    const size_t of = before >= kAbcShares[1] * total ? 2 : before >= kAbcShares[0] * total ? 1 : 0;
    out.labels[i] = static_cast<uint32_t>(amount(i) > 0 ? of : 2);
    ++users[out.labels[i]];
    before += amount(i);
  }
  std::vector<uint32_t> place(3);
  for (size_t c = 0; c < 3; ++c) {
    if (users[c] == 0) continue;
    place[c] = static_cast<uint32_t>(out.segments.size());
    out.segments.emplace_back().users = users[c];
    out.segments.back().values = {std::string(1, static_cast<char>('A' + c))};
  }
  for (uint32_t& label : out.labels) label = place[label];
  return out;
}

}  // namespace

std::span<const std::string_view> division_methods() { return kMethods; }
std::span<const std::string_view> bin_methods() { return kBinMethods; }
std::span<const std::string_view> outlier_choices() { return kOutliers; }
std::string_view to_string(DivisionMethod method) { return kMethods[static_cast<size_t>(method)]; }
std::string_view to_string(BinMethod bins) { return kBinMethods[static_cast<size_t>(bins)]; }
std::string_view to_string(Outliers outliers) { return kOutliers[static_cast<size_t>(outliers)]; }

Result<Division> divide(std::span<const RuleColumn> facts, std::span<const uint32_t> rows,
                        const DivisionOptions& options, const base::Context& context) {
  if (rows.empty() || facts.empty())
    return base::error(Code::kInvalidArgument, "{} members and {} facts to divide them by", rows.size(),
                       facts.size());
  switch (options.method) {
    case DivisionMethod::kKMeans: return by_k_means(facts, rows, options, context);
    case DivisionMethod::kCross: return cross(facts, rows, options);
    case DivisionMethod::kAbc: return by_share(facts, rows);
    case DivisionMethod::kRfm: return divide_by_rfm(facts, rows, options, context);
  }
  return base::error(Code::kInternal, "no such method");
}

}  // namespace coterie::understand
