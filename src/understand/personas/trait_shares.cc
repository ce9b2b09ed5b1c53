#include "understand/personas/trait_shares.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "learn/metrics/distributions.h"

namespace coterie::understand {

namespace {

constexpr uint32_t kNoValue = UINT32_MAX;
constexpr double kPrior = 5;
constexpr size_t kMostValues = 200;     // of texts
constexpr size_t kMostNumbers = 1000;   // of numbers
constexpr size_t kFewNumbers = 12;      // that need no groups
constexpr double kLargestNumber = 1e6;  // what is larger is an id, a telephone number or an instant
constexpr size_t kGroups = 4;

std::optional<double> as_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(std::abs(value) < kLargestNumber))
    return std::nullopt;
  return value;
}

struct Value {
  std::string name;
  std::vector<uint32_t> users;  // by segment
};

// The value at or below which a quarter, a half, three quarters of everybody lie close one group each.
std::vector<Value> grouped(const std::vector<std::pair<double, Value>>& sorted) {
  uint64_t all = 0, so_far = 0;
  for (const auto& [number, value] : sorted)
    for (const uint32_t users : value.users) all += users;
  std::vector<Value> out;
  double first = 0;
  size_t group = kGroups;  // none open
  for (const auto& [number, value] : sorted) {
    const auto mine =
        static_cast<size_t>(std::min<uint64_t>(kGroups - 1, so_far * kGroups / std::max<uint64_t>(1, all)));
    if (out.empty() || mine != group) {
      out.push_back({"", std::vector<uint32_t>(value.users.size(), 0)});
      first = number;
      group = mine;
    }
    for (size_t s = 0; s < value.users.size(); ++s) {
      out.back().users[s] += value.users[s];
      so_far += value.users[s];
    }
    out.back().name = number == first ? fmt::format("{}", number) : fmt::format("{}–{}", first, number);
  }
  return out;
}

}  // namespace

TraitCounts::TraitCounts(const data::FeatureTable& features, std::vector<SegmentsView> methods)
    : features_(features), methods_(std::move(methods)), first_(1, 0) {
  for (const SegmentsView& method : methods_) {
    first_.push_back(first_.back() + method.segments);
    auto& places = places_.emplace_back(features.rows(), kNoValue);
    for (size_t i = 0; i < method.rows.size(); ++i) places[method.rows[i]] = method.segment_of[i];
  }
}

void TraitCounts::add(std::string_view user, std::string_view trait, std::string_view value) {
  while (row_ < features_.rows() && features_.users[row_] < user) ++row_;
  if (row_ == features_.rows() || features_.users[row_] != user || value.empty()) return;
  auto known = traits_.find(trait);
  if (known == traits_.end()) known = traits_.emplace(trait, Trait{}).first;
  Trait& entry = known->second;
  if (entry.has_too_many) return;
  auto cell = entry.values.find(value);
  if (cell == entry.values.end()) {
    const size_t most = as_number(value) ? kMostNumbers : kMostValues;
    if (entry.values.size() >= most) {
      entry.has_too_many = true;
      entry.values.clear();
      return;
    }
    cell = entry.values.emplace(value, std::vector<uint32_t>(first_.back(), 0)).first;
  }
  for (size_t m = 0; m < methods_.size(); ++m)
    if (places_[m][row_] != kNoValue) ++cell->second[first_[m] + places_[m][row_]];
}

std::vector<std::vector<Lift>> TraitCounts::lifts(size_t method) const {
  const size_t segments = methods_[method].segments;
  std::vector<std::pair<std::string_view, std::vector<Value>>> traits;
  size_t tests = 0;
  for (const auto& [name, trait] : traits_) {
    if (trait.has_too_many) continue;
    std::vector<Value> values;
    std::vector<std::pair<double, Value>> numbers;
    for (const auto& [text, counts] : trait.values) {
      const auto* begin = counts.data() + first_[method];
      Value value{text, std::vector<uint32_t>(begin, begin + segments)};
      if (const auto number = as_number(text)) numbers.emplace_back(*number, value);
      values.push_back(std::move(value));
    }
    if (numbers.size() == values.size() && numbers.size() > kFewNumbers) {
      std::stable_sort(numbers.begin(), numbers.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      values = grouped(numbers);
    }
    tests += values.size() * segments;
    traits.emplace_back(name, std::move(values));
  }
  const double z =
      learn::normal_quantile(1 - kPersonaAlpha / (2.0 * static_cast<double>(std::max<size_t>(1, tests))));
  std::vector<std::vector<Lift>> out(segments);
  for (const auto& [name, values] : traits) {
    std::vector<double> known(segments, 0);
    double all_known = 0;
    for (const Value& value : values)
      for (size_t s = 0; s < segments; ++s) {
        known[s] += value.users[s];
        all_known += value.users[s];
      }
    for (const Value& value : values) {
      double everybody = 0;
      for (const uint32_t users : value.users) everybody += users;
      const double p = everybody / std::max(1.0, all_known);
      for (size_t s = 0; s < segments; ++s) {
        const double x = value.users[s], expected = known[s] * p;
        const double variance = expected * (1 - p) * (1 - known[s] / all_known);
        if (value.users[s] < kTraitFloor || x - expected <= z * std::sqrt(variance)) continue;
        out[s].push_back({value.name, std::string(name), value.users[s], x / known[s], p,
                          (x + kPrior) / (expected + kPrior)});
      }
    }
  }
  for (auto& lifts : out) {
    std::stable_sort(lifts.begin(), lifts.end(),
                     [](const Lift& a, const Lift& b) { return a.lift > b.lift; });
    if (lifts.size() > kTopTraits) lifts.resize(kTopTraits);
  }
  return out;
}

}  // namespace coterie::understand
