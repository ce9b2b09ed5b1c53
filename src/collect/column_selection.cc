#include "collect/column_selection.h"

#include <algorithm>
#include <unordered_map>

namespace coterie::collect {

namespace {

constexpr size_t kNamedColumns = 20;

std::string listed(const std::vector<std::string>& columns) {
  std::string out;
  for (size_t i = 0; i < std::min(columns.size(), kNamedColumns); ++i)
    out.append(i == 0 ? "" : ", ").append(columns[i]);
  if (columns.size() > kNamedColumns) out += fmt::format(", … ({} in all)", columns.size());
  return out;
}

}  // namespace

base::Status ColumnSelection::select(const std::vector<std::string>& wanted, std::string_view file) {
  std::unordered_map<std::string_view, size_t> places;
  for (size_t i = 0; i < columns_.size(); ++i) places.emplace(columns_[i], i);
  std::vector<size_t> indexes;
  for (const std::string& name : wanted) {
    const auto found = places.find(name);
    if (found == places.end())
      return base::failure(base::Code::kNotFound, "{} has no column {}; it has {}", file, name,
                           listed(columns_));
    indexes.push_back(found->second);
  }
  all_ = wanted == columns_;
  if (all_) indexes.clear();
  indexes_ = std::move(indexes);
  header_ = wanted;
  return {};
}

}  // namespace coterie::collect
