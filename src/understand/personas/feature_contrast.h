// How a segment's features differ from everybody's: standardised differences, information gain, typical values.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "understand/personas/segments_view.h"

namespace coterie::understand {

/// Of the members who have a value, in the feature's own unit.
struct TypicalValue {
  size_t users = 0;  ///< the other numbers are 0 without any
  double median = 0, q1 = 0, q3 = 0, mean = 0;
};

struct FeatureContrast {
  std::string feature;
  TypicalValue segment, everybody;
  /// Mean of the segment minus everybody's, over everybody's standard deviation, after log1p of a skewed feature;
  /// with its 95 % interval (Welch). All 0 where one of the two has fewer than two values or nothing varies.
  double difference = 0, low = 0, high = 0;
  double information_gain = 0;  ///< bits that the feature tells about being in the segment
  bool stands_out = false;      ///< |difference| ≥ 0.2, and not by chance among all features and segments
};

struct ContrastColumn {
  const data::FeatureColumn* column;  ///< numeric
  bool is_skewed;                     ///< compared after sign(x) · log(1 + |x|)
};

/// contrasts[segment][column].
///
/// Errors   kResourceExhausted
/// Threads  the pool's, a feature at a time; the same bits for any number
/// Cost     O(features · n log n) time; 24 bytes a member and thread
/// Source   docs/methods/personas.md
base::Result<std::vector<std::vector<FeatureContrast>>> contrast_columns(
    std::span<const ContrastColumn> columns, const SegmentsView& segments, const base::Context& context);

/// The same of the features of the catalog, in the order of the table; others (tastes) are left out.
base::Result<std::vector<std::vector<FeatureContrast>>> contrast_features(const data::FeatureTable& features,
                                                                          const SegmentsView& segments,
                                                                          const base::Context& context);

}  // namespace coterie::understand
