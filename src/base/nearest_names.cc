#include "base/nearest_names.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace coterie::base {

namespace {

constexpr size_t kMostNames = 3;
constexpr size_t kLongestText = 64;

// Levenshtein distance, O(|a| |b|).
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_names(std::string_view text, std::span<const std::string_view> names) {
  if (text.size() > kLongestText) return {};
  std::vector<std::pair<size_t, std::string_view>> near;
  for (const std::string_view name : names) {
    if (name.size() > 2 * kLongestText) continue;
    const size_t distance = edit_distance(text, name);
    const bool part = text.size() >= 3 && name.find(text) != std::string_view::npos;
    if (part || distance <= std::max<size_t>(2, name.size() / 3)) near.emplace_back(distance, name);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out;
  for (size_t i = 0; i < std::min(near.size(), kMostNames); ++i)
    out.append(i == 0 ? "" : ", ").append(near[i].second);
  return out;
}

std::string nearest_names(std::string_view text, std::span<const std::string> names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  return nearest_names(text, views);
}

}  // namespace coterie::base
