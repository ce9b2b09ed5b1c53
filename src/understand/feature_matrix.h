// From a feature table to the numbers that an estimator reads: log of skewed columns, standardised, nothing
// missing.
//
// The mean and scale of every column are fitted once, on training rows, and kept with the model (DESIGN §6).
// A missing value becomes the training mean (0 after standardising) and sets a column of its own, "NAME is
// missing", where that happens in the training rows.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"
#include "kernels/matrix.h"
#include "learn/model.h"

namespace coterie::understand {

struct FeatureMatrixOptions {
  bool use_log = true;            ///< log1p of the features that the catalog calls skewed
  bool has_missing_flags = true;  ///< the columns "NAME is missing"
};

class FeatureMatrix {
 public:
  /// Fits on `rows` of `table` (feature names must be in the profile's catalog, which says what is skewed).
  /// Columns that are constant in the training rows are left out. Errors: kInvalidArgument (unknown feature,
  /// no rows, every column constant).
  static base::Result<FeatureMatrix> fit(const data::FeatureTable& table, std::span<const uint32_t> rows,
                                         std::span<const std::string_view> features,
                                         const FeatureMatrixOptions& options);

  /// rows × columns(). Errors: kInvalidArgument when `table` lacks a feature.
  base::Result<kernels::Matrix> transform(const data::FeatureTable& table,
                                          std::span<const uint32_t> rows) const;

  /// One name a column: "frequency", "gap_cv is missing".
  std::vector<std::string> column_names() const;
  size_t columns() const { return columns_.size(); }

  /// Adds itself to a model's state, and back. Errors: kDataLoss.
  void add_to(learn::ModelState& state) const;
  static base::Result<FeatureMatrix> from_state(const learn::ModelState& state);

 private:
  struct Column {
    std::string feature;
    bool is_missing_flag = false;
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
