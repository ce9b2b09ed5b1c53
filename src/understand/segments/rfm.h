// RFM: recency, frequency and monetary scores from 1 to 5, and the eleven names people give their
// combinations.
//
// Scores are quintiles by mid-rank, so equal members get equal scores. The table of rules and its sources are
// in docs/methods/rfm.md; kRfmGrid below is that table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"

namespace coterie::understand {

/// One member who bought, with scores from 1 (low) to 5 (high). Recency scores high for a recent purchase.
struct RfmMember {
  uint32_t row = 0;  ///< in the feature table
  uint8_t recency = 0;
  uint8_t frequency = 0;
  uint8_t monetary = 0;      ///< 0 when the shop's data has no amounts
  uint8_t value = 0;         ///< rfm_value()
  std::string_view segment;  ///< key of the name: "champions", ...
};

/// The eleven segment keys, from best to worst; the name for people is the message "segment_" + key.
std::vector<std::string_view> rfm_segments();

/// The segment of a recency score and a value score, each 1 to 5.
std::string_view rfm_segment(uint8_t recency, uint8_t value);

/// The value score: the mean of both, rounded half up; frequency alone where monetary is 0, which is no score.
uint8_t rfm_value(uint8_t frequency, uint8_t monetary);

/// Scores every member with a purchase. Errors: kInternal when a feature is missing. O(n log n).
base::Result<std::vector<RfmMember>> compute_rfm(const data::FeatureTable& features);

/// Quintiles by mid-rank: 1 + floor(5 · (members below + half of the equals) / n), for values[n]. O(n log n).
std::vector<uint8_t> quintiles(const std::vector<double>& values);

}  // namespace coterie::understand
