#include "engine/feature_rows.h"

#include <numeric>

namespace coterie::engine {

using data::FeatureColumn;
using data::FeatureKind;
using data::FeatureTable;

namespace {

std::vector<size_t> range(size_t begin, size_t end) {
  std::vector<size_t> out(end - begin);
  std::iota(out.begin(), out.end(), begin);
  return out;
}

}  // namespace

std::string feature_definitions(const FeatureTable& features) {
  std::string out = "user_id VARCHAR";
  for (const FeatureColumn& column : features.columns)
    out += fmt::format(", {} {}", store::sql_name(column.name),
                       column.kind == FeatureKind::kNumeric ? "DOUBLE" : "VARCHAR");
  return out;
}

FeatureRows::FeatureRows(const FeatureTable& features, size_t begin, size_t end)
    : FeatureRows(features, range(begin, end)) {}

FeatureRows::FeatureRows(const FeatureTable& features, std::span<const size_t> rows)
    : size_(rows.size()), texts_(features.columns.size()), numbers_(features.columns.size()) {
  for (const size_t row : rows) users_.append(features.users[row]);
  columns_.emplace_back(&users_);
  for (size_t c = 0; c < features.columns.size(); ++c) {
    const FeatureColumn& column = features.columns[c];
    if (column.kind == FeatureKind::kNumeric) {
      for (const size_t row : rows)
        column.is_missing(row) ? numbers_[c].append_null() : numbers_[c].append(column.values[row]);
      columns_.emplace_back(&numbers_[c]);
    } else {
      for (const size_t row : rows)
        column.is_missing(row) ? texts_[c].append_null()
                               : texts_[c].append(column.categories[column.codes[row]]);
      columns_.emplace_back(&texts_[c]);
    }
  }
}

}  // namespace coterie::engine
