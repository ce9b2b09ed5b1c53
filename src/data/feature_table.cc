#include "data/feature_table.h"

#include <fmt/ranges.h>

namespace coterie::data {

base::Result<const FeatureColumn*> FeatureTable::column(std::string_view name) const {
  std::vector<std::string_view> known;
  for (const FeatureColumn& column : columns) {
    if (column.name == name) return &column;
    known.push_back(column.name);
  }
  return base::error(base::Code::kInvalidArgument, "no feature '{}'; there are: {}", name,
                     fmt::join(known, ", "));
}

}  // namespace coterie::data
