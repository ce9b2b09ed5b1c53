// From a feature table to the numbers that an estimator reads: log of skewed columns, standardised, nothing
// missing.
//
// The mean and scale of every column are fitted once, on training rows, and kept with the model (DESIGN §6).
// A missing value becomes the training mean, 0 after standardising. Columns of their own for "is missing"
// were tried on Online Retail and added nothing.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"
#include "kernels/matrix.h"
#include "learn/model.h"

namespace coterie::understand {

/// Rows of a table.
struct TableRows {
  const data::FeatureTable* table;
  std::span<const uint32_t> rows;
};

class FeatureMatrix {
 public:
  /// Fits on `rows` of `table` (feature names must be in the profile's catalog, which says what is skewed
  /// and, with use_log, enters as log1p). Columns that are constant in the training rows are left out.
  /// Errors: kInvalidArgument (unknown feature, no rows, every column constant).
  static base::Result<FeatureMatrix> fit(const data::FeatureTable& table, std::span<const uint32_t> rows,
                                         std::span<const std::string_view> features, bool use_log = true);

  /// The same on the rows of several tables together.
  static base::Result<FeatureMatrix> fit(std::span<const TableRows> parts,
                                         std::span<const std::string_view> features, bool use_log = true);

  /// rows × columns(). Errors: kInvalidArgument when `table` lacks a feature.
  base::Result<kernels::Matrix> transform(const data::FeatureTable& table,
                                          std::span<const uint32_t> rows) const;

  /// The features that became columns.
  std::vector<std::string> column_names() const;
  size_t columns() const { return columns_.size(); }

  /// Adds itself to a model's state, and back. Errors: kDataLoss.
  void add_to(learn::ModelState& state) const;
  static base::Result<FeatureMatrix> from_state(const learn::ModelState& state);

 private:
  struct Column {
    std::string feature;
    bool is_log = false;
    double mean = 0;
    double scale = 1;
  };
  static double raw_value(const data::FeatureColumn& source, const Column& column, size_t row);
  std::vector<Column> columns_;
};

/// sign(x) · log(1 + |x|): log1p that money, which may be negative after refunds, can take.
double signed_log1p(double x);

}  // namespace coterie::understand
