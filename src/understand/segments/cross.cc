#include "understand/segments/cross.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "base/number_text.h"
#include "understand/fact_numbers.h"

namespace coterie::understand {

using base::Code;
using base::Result;

namespace {

constexpr size_t kFewValues = 12;  // that need no bands
constexpr size_t kBands = 4;

// A fact as one of few values: of each row, and what each is called.
struct Coded {
  std::vector<uint32_t> code;
  std::vector<std::string> names;  // "" = not known
  std::vector<Rule> rules;         // what each means
};

Rule band_rule(const Quantity& quantity, double first, double last) {
  if (first == last) return condition(quantity, CompareOp::kEqual, {first});
  return joined(Rule::Kind::kAnd, {condition(quantity, CompareOp::kGreaterEqual, {first}),
                                   condition(quantity, CompareOp::kLessEqual, {last})});
}

std::string text_of(double number) {
  std::array<char, 40> buffer{};
  return std::string(base::shortest_number(number, base::NumberBuffer(buffer)));
}

void add_missing(const Quantity& quantity, Coded& out) {
  out.names.emplace_back();
  out.rules.push_back(condition(quantity, CompareOp::kMissing));
}

// Neighbouring values of about a quarter of the members each.
Coded code_numbers(const Quantity& quantity, const std::vector<double>& values) {
  std::map<double, size_t> counts;
  size_t known = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    ++counts[value];
    ++known;
  }
  std::map<double, uint32_t> code;
  Coded out;
  size_t before = 0, band = kBands;
  double first = 0;
  for (const auto& [value, members] : counts) {
    const size_t mine = counts.size() <= kFewValues ? code.size() : before * kBands / known;
    if (out.names.empty() || mine != band) {
      out.names.emplace_back();
      out.rules.emplace_back();
      first = value;
      band = mine;
    }
    out.names.back() = first == value ? text_of(value) : text_of(first) + "–" + text_of(value);
    out.rules.back() = band_rule(quantity, first, value);
    code[value] = static_cast<uint32_t>(out.names.size() - 1);
    before += members;
  }
  const auto missing = static_cast<uint32_t>(out.names.size());
  if (known < values.size()) add_missing(quantity, out);
  for (const double value : values) out.code.push_back(std::isnan(value) ? missing : code[value]);
  return out;
}

// What lies below the first border, between two, and from the last one on.
Coded code_by_borders(const Quantity& quantity, const std::vector<double>& values,
                      std::span<const double> borders) {
  Coded out;
  for (size_t b = 0; b <= borders.size(); ++b) {
    std::vector<Rule> ends;
    if (b > 0) ends.push_back(condition(quantity, CompareOp::kGreaterEqual, {borders[b - 1]}));
    if (b < borders.size()) ends.push_back(condition(quantity, CompareOp::kLess, {borders[b]}));
    out.names.push_back(b == 0                ? "<" + text_of(borders[0])
                        : b == borders.size() ? "≥" + text_of(borders.back())
                                              : text_of(borders[b - 1]) + "–<" + text_of(borders[b]));
    out.rules.push_back(joined(Rule::Kind::kAnd, std::move(ends)));
  }
  const auto missing = static_cast<uint32_t>(out.names.size());
  add_missing(quantity, out);
  for (const double value : values)
    out.code.push_back(std::isnan(value)
                           ? missing
                           : static_cast<uint32_t>(std::upper_bound(borders.begin(), borders.end(), value) -
                                                   borders.begin()));
  return out;
}

base::Status check_borders(const std::vector<std::vector<double>>& borders, size_t facts) {
  if (!borders.empty() && borders.size() != facts)
    return base::failure(Code::kInvalidArgument,
                         "{} lists of borders for {} facts; write one for each, \";\" between them (an empty "
                         "one lets the fact find its own bands)",
                         borders.size(), facts);
  for (const auto& list : borders) {
    const auto is_wrong = [](double a, double b) { return !(a < b); };
    if (list.size() >= kMostCategories ||
        std::any_of(list.begin(), list.end(), [](double value) { return !std::isfinite(value); }) ||
        std::adjacent_find(list.begin(), list.end(), is_wrong) != list.end())
      return base::failure(Code::kInvalidArgument,
                           "borders of a fact are fewer than {} rising numbers, such as 0.1, 0.25",
                           kMostCategories);
  }
  return {};
}

Result<Coded> code_texts(const RuleColumn& fact, std::span<const uint32_t> rows) {
  const auto counts = category_counts(*fact.column, rows);
  std::map<std::string, uint32_t> code;
  for (size_t c = 0; c < counts.size(); ++c)
    if (counts[c] > 0) code[fact.column->categories[c]] = 0;
  if (code.size() > kMostCategories)
    return base::error(Code::kInvalidArgument,
                       "{} has {} different texts; more than {} are no categories to divide members by",
                       to_text(fact.quantity), code.size(), kMostCategories);
  Coded out;
  for (auto& [text, number] : code) {
    number = static_cast<uint32_t>(out.names.size());
    out.names.push_back(text);
    out.rules.push_back(condition(fact.quantity, CompareOp::kEqual, {text}));
  }
  const auto missing = static_cast<uint32_t>(out.names.size());
  bool has_missing = false;
  for (const uint32_t row : rows) {
    const bool is_missing = fact.column->is_missing(row);
    has_missing = has_missing || is_missing;
    out.code.push_back(is_missing ? missing : code[fact.column->categories[fact.column->codes[row]]]);
  }
  if (has_missing) add_missing(fact.quantity, out);
  return out;
}

Result<Coded> code_fact(const RuleColumn& fact, std::span<const uint32_t> rows,
                        std::span<const double> borders) {
  if (!borders.empty()) {
    const auto numbers = fact.is_category ? std::nullopt : numbers_of(*fact.column, rows);
    if (numbers) return code_by_borders(fact.quantity, *numbers, borders);
    if (fact.is_category || fact.column->kind == data::FeatureKind::kCategorical)
      return base::error(Code::kInvalidArgument, "{} is no number; it has no borders",
                         to_text(fact.quantity));
  }
  if (!fact.is_category || fact.column->kind == data::FeatureKind::kNumeric)
    if (const auto numbers = numbers_of(*fact.column, rows)) return code_numbers(fact.quantity, *numbers);
  if (fact.column->kind == data::FeatureKind::kCategorical) return code_texts(fact, rows);
  Coded out{std::vector<uint32_t>(rows.size(), 0), {}, {}};  // nobody has a value
  add_missing(fact.quantity, out);
  return out;
}

using Cell = std::vector<uint32_t>;  // the codes of one combination

// The cells by falling size; those too small, and as many more as it takes, in one at the end.
std::vector<std::vector<Cell>> put_together(const std::map<Cell, size_t>& counts, size_t min_users) {
  std::vector<std::pair<size_t, Cell>> order;
  order.reserve(counts.size());
  for (const auto& [cell, users] : counts) order.emplace_back(users, cell);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  size_t alone = 0, rest = 0;
  while (alone < order.size() && order[alone].first >= min_users) ++alone;
  for (size_t i = alone; i < order.size(); ++i) rest += order[i].first;
  while (rest > 0 && rest < min_users && alone > 0) rest += order[--alone].first;
  std::vector<std::vector<Cell>> out;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i <= alone) out.emplace_back();
    out.back().push_back(order[i].second);
  }
  return out;
}

}  // namespace

Result<Division> cross(std::span<const RuleColumn> facts, std::span<const uint32_t> rows,
                       const DivisionOptions& options) {
  COTERIE_CHECK_OK(check_borders(options.borders, facts.size()));
  std::vector<Coded> coded;
  for (size_t f = 0; f < facts.size(); ++f) {
    const std::span<const double> borders =
        options.borders.empty() ? std::span<const double>() : options.borders[f];
    COTERIE_ASSIGN(auto one, code_fact(facts[f], rows, borders));
    coded.push_back(std::move(one));
  }
  const auto cell_of = [&](size_t i) {
    Cell cell;
    for (const Coded& one : coded) cell.push_back(one.code[i]);
    return cell;
  };
  std::map<Cell, size_t> counts;
  for (size_t i = 0; i < rows.size(); ++i) ++counts[cell_of(i)];
  Division out;
  std::map<Cell, uint32_t> segment_of;
  for (const auto& cells : put_together(counts, options.min_users)) {
    DivisionSegment& segment = out.segments.emplace_back();
    for (const Cell& cell : cells) {
      segment.users += counts[cell];
      segment_of[cell] = static_cast<uint32_t>(out.segments.size() - 1);
    }
    if (cells.size() > 1) continue;
    std::vector<Rule> rules;
    for (size_t f = 0; f < coded.size(); ++f) {
      segment.values.push_back(coded[f].names[cells[0][f]]);
      rules.push_back(coded[f].rules[cells[0][f]]);
    }
    segment.rule = joined(Rule::Kind::kAnd, std::move(rules));
  }
  for (size_t i = 0; i < rows.size(); ++i) out.labels.push_back(segment_of[cell_of(i)]);
  return out;
}

}  // namespace coterie::understand
