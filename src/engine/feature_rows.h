// A table of members as rows for the query engine: user_id, then a column each.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/columns.h"
#include "data/feature_table.h"
#include "store/duckdb.h"

namespace coterie::engine {

/// `user_id VARCHAR, "recency_days" DOUBLE, ...`: numbers as DOUBLE, categories as VARCHAR.
std::string feature_definitions(const data::FeatureTable& features);

/// Some rows of a table as an Appender takes them; null where a value is missing.
class FeatureRows {
 public:
  FeatureRows(const data::FeatureTable& features, std::span<const size_t> rows);
  FeatureRows(const data::FeatureTable& features, size_t begin, size_t end);
  FeatureRows(const FeatureRows&) = delete;
  FeatureRows& operator=(const FeatureRows&) = delete;

  size_t size() const { return size_; }
  std::span<const store::Appender::ColumnData> columns() const { return columns_; }

 private:
  size_t size_;
  data::TextColumn users_;
  std::vector<data::TextColumn> texts_;
  std::vector<data::NumberColumn<double>> numbers_;
  std::vector<store::Appender::ColumnData> columns_;  // points into the others
};

}  // namespace coterie::engine
