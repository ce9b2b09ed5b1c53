#include "understand/segments/rfm_bins.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "understand/fact_numbers.h"
#include "understand/segments/rfm.h"

namespace coterie::understand {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr size_t kScores = 5;

double log_of(double value) { return std::copysign(std::log1p(std::abs(value)), value); }

std::vector<double> ends_of(std::span<const double> values, std::span<const uint8_t> scores) {
  std::vector<double> ends(kScores, -HUGE_VAL);
  for (size_t i = 0; i < values.size(); ++i) ends[scores[i] - 1u] = std::max(ends[scores[i] - 1u], values[i]);
  std::erase(ends, -HUGE_VAL);
  return ends;
}

bool are_rising(std::span<const double> borders) {
  return borders.size() == kScores - 1 &&
         std::is_sorted(borders.begin(), borders.end(), std::less_equal<>()) &&
         std::all_of(borders.begin(), borders.end(), [](double border) { return std::isfinite(border); });
}

Status check(std::span<const RuleColumn> facts, const DivisionOptions& options) {
  if (facts.size() < 2 || facts.size() > 3)
    return base::failure(Code::kInvalidArgument,
                         "rfm divides by two or three facts: recency, frequency and monetary; {} are given",
                         facts.size());
  if (options.bins != BinMethod::kFixed) return {};
  bool are_good = options.borders.size() == facts.size();
  for (const auto& borders : options.borders) are_good = are_good && are_rising(borders);
  if (are_good) return {};
  return base::failure(
      Code::kInvalidArgument,
      "fixed bins need four rising borders for each of {} facts, as \"30,90,180,365; 2,3,5,10\"",
      facts.size());
}

Result<Bins> bins_of(const RuleColumn& fact, size_t place, std::span<const double> values,
                     const DivisionOptions& options, const base::Context& context) {
  if (options.bins == BinMethod::kFixed) return fixed_bins(values, options.borders[place]);
  if (options.bins == BinMethod::kQuantile) return quantile_bins(values, place == 0);
  auto bins = k_means_bins(values, context);
  if (!bins) return tl::unexpected(bins.error().with_context(to_text(fact.quantity)));
  return bins;
}

// Ascending values, with their counts, cut into kScores runs of least squares. The best cut before a longer prefix lies no
// earlier (the costs are concave Monge), so each row of the table is found by halving.
class LeastSquares {
 public:
  explicit LeastSquares(const std::map<double, double>& counts) {
    double middle = 0, all = 0;
    for (const auto& [value, count] : counts) {
      middle += value * count;
      all += count;
    }
    middle /= all;  // sums of squares lose least around it
    sums_.emplace_back();
    for (const auto& [value, count] : counts) {
      const Sums& last = sums_.back();
      const double x = value - middle;
      sums_.push_back({last.count + count, last.first + x * count, last.second + x * x * count});
    }
  }

  // Where each run begins.
  std::vector<size_t> begins() {
    const size_t n = sums_.size() - 1;
    least_.resize(n + 1);
    for (size_t end = 0; end <= n; ++end) least_[end] = cost(0, end);
    for (size_t bin = 1; bin < kScores; ++bin) {
      next_.assign(n + 1, HUGE_VAL);
      cut_[bin].assign(n + 1, 0);
      fill(bin, bin + 1, n, bin, n - 1);
      least_.swap(next_);
    }
    std::vector<size_t> out(kScores, 0);
    for (size_t bin = kScores - 1, end = n; bin > 0; --bin) out[bin] = end = cut_[bin][end];
    return out;
  }

 private:
  struct Sums {
    double count = 0, first = 0, second = 0;
  };

  double cost(size_t begin, size_t end) const {
    if (begin == end) return 0;
    const double first = sums_[end].first - sums_[begin].first;
    return std::max(0.0, sums_[end].second - sums_[begin].second -
                             first * first / (sums_[end].count - sums_[begin].count));
  }

  // The ends in [low, high], whose last run begins in [from, to].
  void fill(size_t bin, size_t low, size_t high, size_t from, size_t to) {
    if (low > high) return;
    const size_t end = low + (high - low) / 2;
    size_t best = from;
    for (size_t begin = from; begin <= std::min(to, end - 1); ++begin) {
      const double total = least_[begin] + cost(begin, end);
      if (total >= next_[end]) continue;
      next_[end] = total;
      best = begin;
    }
    cut_[bin][end] = static_cast<uint32_t>(best);
    fill(bin, low, end - 1, from, best);
    fill(bin, end + 1, high, best, to);
  }

  std::vector<Sums> sums_;  // of the first so many values
  std::vector<double> least_, next_;
  std::vector<uint32_t> cut_[kScores];
};

// Segments by falling size; those without a name last.
void put_in_segments(const std::vector<std::string_view>& names, Division& out) {
  std::map<std::string_view, size_t> users;
  for (const std::string_view name : names) ++users[name];
  std::vector<std::pair<std::string_view, size_t>> order(users.begin(), users.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.empty(), b.second) < std::pair(b.first.empty(), a.second);
  });
  std::map<std::string_view, uint32_t> place;
  for (const auto& [name, count] : order) {
    place[name] = static_cast<uint32_t>(out.segments.size());
    out.segments.push_back({.users = count, .values = {std::string(name)}});
  }
  for (const std::string_view name : names) out.labels.push_back(place[name]);
}

}  // namespace

Bins quantile_bins(std::span<const double> values, bool is_descending) {
  std::vector<double> ranked(values.begin(), values.end());
  if (is_descending)
    for (double& value : ranked) value = -value;
  Bins out;
  out.scores = quintiles(ranked);
  if (is_descending)
    for (uint8_t& score : out.scores) score = static_cast<uint8_t>(kScores + 1 - score);
  out.up_to = ends_of(values, out.scores);
  return out;
}

Result<Bins> k_means_bins(std::span<const double> values, const base::Context& context) {
  COTERIE_ASSIGN(const auto memory,
                 context.budget->reserve(values.size() * 20 * sizeof(double), "bins by k-means"));
  std::map<double, double> counts;
  for (const double value : values) ++counts[log_of(value)];
  if (counts.size() < kScores)
    return base::error(Code::kInvalidArgument,
                       "{} different values are too few for {} bins by k-means; quantile bins take any",
                       counts.size(), kScores);
  std::vector<double> different;
  different.reserve(counts.size());
  for (const auto& [value, count] : counts) different.push_back(value);
  const std::vector<size_t> begins = LeastSquares(counts).begins();
  std::vector<double> borders;
  for (size_t bin = 1; bin < kScores; ++bin) borders.push_back(different[begins[bin]]);
  Bins out;
  for (const double value : values)
    out.scores.push_back(static_cast<uint8_t>(
        1 + (std::upper_bound(borders.begin(), borders.end(), log_of(value)) - borders.begin())));
  out.up_to = ends_of(values, out.scores);
  return out;
}

Bins fixed_bins(std::span<const double> values, std::span<const double> borders) {
  Bins out;
  for (const double value : values)
    out.scores.push_back(static_cast<uint8_t>(
        1 + (std::upper_bound(borders.begin(), borders.end(), value) - borders.begin())));
  out.up_to = ends_of(values, out.scores);
  return out;
}

Result<Division> divide_by_rfm(std::span<const RuleColumn> facts, std::span<const uint32_t> rows,
                               const DivisionOptions& options, const base::Context& context) {
  COTERIE_CHECK_OK(check(facts, options));
  std::vector<std::vector<double>> values;
  for (const RuleColumn& fact : facts) {
    auto numbers = numbers_of(*fact.column, rows);
    if (!numbers && values.size() == 2 && fact.column->kind == data::FeatureKind::kNumeric) {
      values.emplace_back();  // nobody has an amount: frequency alone is the value
      continue;
    }
    if (!numbers)
      return base::error(Code::kInvalidArgument, "rfm divides by numbers; {} is none of anybody",
                         to_text(fact.quantity));
    values.push_back(std::move(*numbers));
  }
  std::vector<size_t> buyers;  // places among `rows`
  for (size_t i = 0; i < rows.size(); ++i)
    if (!std::isnan(values[0][i])) buyers.push_back(i);
  Division out;
  std::vector<std::vector<uint8_t>> scores;
  for (size_t f = 0; f < facts.size(); ++f) {
    if (values[f].empty()) {
      out.bin_ends.emplace_back();
      continue;
    }
    std::vector<double> of_buyers;
    of_buyers.reserve(buyers.size());
    for (const size_t i : buyers) of_buyers.push_back(std::isnan(values[f][i]) ? 0 : values[f][i]);
    COTERIE_ASSIGN(auto bins, bins_of(facts[f], f, of_buyers, options, context));
    out.bin_ends.push_back(std::move(bins.up_to));
    scores.push_back(std::move(bins.scores));
  }
  std::vector<std::string_view> names(rows.size());
  for (size_t b = 0; b < buyers.size(); ++b) {
    const auto recency =
        static_cast<uint8_t>(kScores + 1 - scores[0][b]);  // what happened lately scores high
    names[buyers[b]] = rfm_segment(recency, rfm_value(scores[1][b], scores.size() > 2 ? scores[2][b] : 0));
  }
  put_in_segments(names, out);
  return out;
}

}  // namespace coterie::understand
