#include "understand/feature_matrix.h"

#include <algorithm>
#include <cmath>

#include "profile/feature_catalog.h"

namespace coterie::understand {

using base::Code;
using base::Result;

namespace {

bool is_skewed(std::string_view feature) {
  for (const auto& info : profile::kFeatureCatalog)
    if (info.name == feature) return info.is_skewed;
  return false;
}

}  // namespace

double signed_log1p(double x) { return x < 0 ? -std::log1p(-x) : std::log1p(x); }

double FeatureMatrix::raw_value(const data::FeatureColumn& source, const Column& column, size_t row) {
  if (source.is_missing(row)) return column.mean;
  return column.is_log ? signed_log1p(source.values[row]) : source.values[row];
}

Result<FeatureMatrix> FeatureMatrix::fit(const data::FeatureTable& table, std::span<const uint32_t> rows,
                                         std::span<const std::string_view> features, bool use_log) {
  const TableRows parts[] = {{&table, rows}};
  return fit(parts, features, use_log);
}

Result<FeatureMatrix> FeatureMatrix::fit(std::span<const TableRows> parts,
                                         std::span<const std::string_view> features, bool use_log) {
  size_t rows = 0;
  for (const TableRows& part : parts) rows += part.rows.size();
  if (rows == 0) return base::error(Code::kInvalidArgument, "no rows to learn the features' scale from");
  FeatureMatrix out;
  for (const std::string_view feature : features) {
    Column column{std::string(feature), use_log && is_skewed(feature)};
    double sum = 0, count = 0, squares = 0;
    for (const TableRows& part : parts) {
      COTERIE_ASSIGN(const data::FeatureColumn* source, part.table->column(feature));
      for (const uint32_t row : part.rows) {
        if (source->is_missing(row)) continue;
        sum += raw_value(*source, column, row);
        count += 1;
      }
    }
    if (count == 0) continue;
    column.mean = sum / count;
    for (const TableRows& part : parts) {
      COTERIE_ASSIGN(const data::FeatureColumn* source, part.table->column(feature));
      for (const uint32_t row : part.rows) {
        const double deviation = raw_value(*source, column, row) - column.mean;
        squares += deviation * deviation;
      }
    }
    column.scale = std::sqrt(squares / static_cast<double>(rows));
    if (column.scale > 1e-12 * std::max(1.0, std::abs(column.mean)))
      out.columns_.push_back(std::move(column));
  }
  if (out.columns_.empty())
    return base::error(Code::kInvalidArgument, "every feature has one value for all {} members", rows);
  return out;
}

Result<kernels::Matrix> FeatureMatrix::transform(const data::FeatureTable& table,
                                                 std::span<const uint32_t> rows) const {
  kernels::Matrix out(rows.size(), columns_.size());
  for (size_t j = 0; j < columns_.size(); ++j) {
    const Column& column = columns_[j];
    COTERIE_ASSIGN(const data::FeatureColumn* source, table.column(column.feature));
    for (size_t i = 0; i < rows.size(); ++i)
      out.at(i, j) = (raw_value(*source, column, rows[i]) - column.mean) / column.scale;
  }
  return out;
}

std::vector<std::string> FeatureMatrix::column_names() const {
  std::vector<std::string> names;
  for (const Column& column : columns_) names.push_back(column.feature);
  return names;
}

void FeatureMatrix::add_to(learn::ModelState& state) const {
  auto& names = state.names["feature_matrix"];
  learn::Tensor tensor{"feature_matrix", {columns_.size(), 3}, {}};
  for (const Column& column : columns_) {
    names.push_back(column.feature);
    tensor.values.insert(tensor.values.end(), {column.is_log ? 1.0 : 0.0, column.mean, column.scale});
  }
  state.tensors.push_back(std::move(tensor));
}

Result<FeatureMatrix> FeatureMatrix::from_state(const learn::ModelState& state) {
  COTERIE_ASSIGN(const learn::Tensor* tensor, state.tensor("feature_matrix"));
  const auto names = state.names.find("feature_matrix");
  if (names == state.names.end() || tensor->values.size() != names->second.size() * 3)
    return base::error(Code::kDataLoss, "model of {}: feature_matrix does not fit its names",
                       state.algorithm);
  FeatureMatrix out;
  for (size_t j = 0; j < names->second.size(); ++j) {
    const double* v = tensor->values.data() + j * 3;
    out.columns_.push_back({names->second[j], v[0] != 0, v[1], v[2]});
  }
  return out;
}

}  // namespace coterie::understand
