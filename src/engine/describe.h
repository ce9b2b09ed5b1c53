// From what a run computed to its record: the JSON that the CLI prints and the report draws.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "data/feature_table.h"
#include "engine/item_names.h"
#include "engine/results.h"
#include "understand/predict/predict.h"
#include "understand/recommend/recommend.h"
#include "understand/segments/clusters.h"
#include "understand/segments/lifecycle.h"
#include "understand/segments/rfm.h"
#include "understand/segments/tastes.h"

namespace coterie::engine {

/// Segments of RFM: {name, method, users, share, label{en,zh}, typical{recency_days, frequency, monetary}}.
nlohmann::json rfm_json(const data::FeatureTable& features,
                        const std::vector<understand::RfmMember>& members);

/// Stages that somebody is in, in the same form; typical also has gap_mean_days.
nlohmann::json lifecycle_json(const data::FeatureTable& features, const understand::Lifecycle& lifecycle);

/// users[recency 1..5][value 1..5]: how many members have each pair of scores.
nlohmann::json rfm_grid_json(const std::vector<understand::RfmMember>& members);

/// Clusters, in the same form; the label says what stands out. Without names they are cluster_1, ….
nlohmann::json clusters_json(const understand::Clustering& clustering,
                             const std::vector<std::string>& names = {});

/// Taste segments, in the same form, labelled by the categories that stand out.
nlohmann::json tastes_json(const understand::Clustering& clustering,
                           const std::vector<std::string>& names = {});

/// {name, version, published, method, metrics, baseline, calibration}.
nlohmann::json model_json(const understand::Prediction& prediction, int64_t version);

/// {new|any: {published, users, methods}}.
nlohmann::json recommend_json(const understand::Recommendations& recommendations);

/// For a few members: what they bought most, and what is recommended, with names.
nlohmann::json recommend_examples_json(const understand::Recommendations& recommendations,
                                       const ItemNames& item_names, const base::Context& context);

}  // namespace coterie::engine
