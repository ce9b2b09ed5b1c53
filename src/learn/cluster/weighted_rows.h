// What centre-based clustering begins and ends with: rows with weights, equal ones together where that pays, and numbers of
// clusters that depend on the partition alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "kernels/matrix.h"
#include "learn/cluster/distinct_rows.h"

namespace coterie::learn {

/// Movable; the views stay.
struct WeightedRows {
  kernels::MatrixView points;
  std::span<const double> weight;
  DistinctRows distinct = {};     ///< what the views look at where rows are grouped, and which row went where
  std::vector<double> ones = {};  ///< the weights of rows that are not grouped and have none
  std::vector<base::MemoryBudget::Reservation> memory = {};
};

/// Errors: kInvalidArgument (fewer than n_clusters distinct rows with a weight), kResourceExhausted, kCancelled.
base::Result<WeightedRows> weighted_rows(kernels::MatrixView points, std::span<const double> sample_weight,
                                         size_t n_clusters, const base::Context& context);

/// From labels of rows.points to labels of all points.
base::HugeVector<uint32_t> labels_of_points(const WeightedRows& rows, base::HugeVector<uint32_t> labels,
                                            base::ThreadPool& pool);

/// Numbers clusters by falling weight, then by ascending centre, column by column.
void number_clusters(std::span<const double> weight, kernels::Matrix* centers,
                     base::HugeVector<uint32_t>* labels);

}  // namespace coterie::learn
