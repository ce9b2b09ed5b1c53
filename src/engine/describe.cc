#include "engine/describe.h"

#include <algorithm>
#include <cmath>

#include "base/messages.h"
#include "engine/words.h"
#include "learn/metrics/bootstrap.h"
#include "profile/tastes.h"

namespace coterie::engine {

using base::Language;
using nlohmann::json;

namespace {

constexpr size_t kExamples = 3;
constexpr size_t kExampleItems = 5;
constexpr size_t kMostLoves = 3;  // categories that name a taste segment

json both_languages(std::string_view message_key) {
  return {{"en", base::text_by_key(message_key, Language::kEnglish)},
          {"zh", base::text_by_key(message_key, Language::kChinese)}};
}

json median_of(const data::FeatureTable& features, std::string_view name, const std::vector<uint32_t>& rows) {
  const auto column = features.column(name);
  if (!column) return nullptr;
  std::vector<double> values;
  for (const uint32_t row : rows)
    if (!(*column)->is_missing(row)) values.push_back((*column)->values[row]);
  return values.empty() ? json() : json(learn::quantile_in_place(values, 0.5));
}

// "high orders so far, low ...": the two features that stand out most, or "average".
std::string cluster_label(const understand::Cluster& cluster, Language language) {
  std::string label;
  for (size_t i = 0; i < cluster.differences.size() && i < 2; ++i) {
    const auto& [feature, difference] = cluster.differences[i];
    if (std::abs(difference) < kStandsOut) break;
    const auto message = difference > 0 ? base::Message::cluster_high : base::Message::cluster_low;
    if (!label.empty()) label += language == Language::kChinese ? "、" : ", ";
    label += base::format_text(message, language, base::text_by_key("name_" + feature, language));
  }
  return label.empty() ? std::string(base::text(base::Message::cluster_average, language)) : label;
}

// "fond of a, b": the up to three categories of which the segment wants clearly more than everybody.
std::string taste_label(const understand::Cluster& cluster, Language language) {
  std::string categories;
  size_t named = 0;
  for (const auto& [feature, difference] : cluster.differences) {
    if (difference < kStandsOut || named == kMostLoves) continue;
    const std::string category = feature.substr(profile::kTastePrefix.size());
    if (named++ > 0) categories += language == Language::kChinese ? "、" : ", ";
    categories +=
        category == "other" ? base::text(base::Message::taste_other, language) : std::string_view(category);
  }
  return named == 0 ? std::string(base::text(base::Message::taste_everything, language))
                    : base::format_text(base::Message::taste_fond, language, categories);
}

// A segment with a name of its own: how many they are of how many, and medians of features.
json named_segment_json(const data::FeatureTable& features, std::string_view method, std::string_view name,
                        const std::vector<uint32_t>& rows, size_t of,
                        std::initializer_list<const char*> typical_features) {
  json typical;
  for (const char* feature : typical_features) typical[feature] = median_of(features, feature, rows);
  return {{"name", name},
          {"method", method},
          {"users", rows.size()},
          {"share", static_cast<double>(rows.size()) / static_cast<double>(of)},
          {"label", both_languages("segment_" + std::string(name))},
          {"typical", std::move(typical)}};
}

}  // namespace

json rfm_json(const data::FeatureTable& features, const std::vector<understand::RfmMember>& members) {
  json out = json::array();
  for (const std::string_view segment : understand::rfm_segments()) {
    std::vector<uint32_t> rows;
    for (const auto& member : members)
      if (member.segment == segment) rows.push_back(member.row);
    if (!rows.empty())
      out.push_back(named_segment_json(features, "rfm", segment, rows, members.size(),
                                       {"recency_days", "frequency", "monetary"}));
  }
  return out;
}

json lifecycle_json(const data::FeatureTable& features, const understand::Lifecycle& lifecycle) {
  const auto stages = understand::lifecycle_stages();
  std::vector<std::vector<uint32_t>> rows(stages.size());
  for (size_t i = 0; i < lifecycle.rows.size(); ++i) rows[lifecycle.stage_of[i]].push_back(lifecycle.rows[i]);
  json out = json::array();
  for (size_t s = 0; s < stages.size(); ++s)
    if (!rows[s].empty())
      out.push_back(named_segment_json(features, "lifecycle", stages[s], rows[s], lifecycle.rows.size(),
                                       {"recency_days", "frequency", "monetary", "gap_mean_days"}));
  return out;
}

json rfm_grid_json(const std::vector<understand::RfmMember>& members) {
  std::vector<std::vector<uint64_t>> users(5, std::vector<uint64_t>(5, 0));
  for (const auto& member : members) ++users[member.recency - 1u][member.value - 1u];
  return users;
}

namespace {

// One segmentation by k-means: "cluster_1", "taste_1", ... unless names are given; labels by `label_of`.
json segments_json(const understand::Clustering& clustering, std::string_view method, std::string_view prefix,
                   const std::vector<std::string>& names,
                   std::string (*label_of)(const understand::Cluster&, Language)) {
  json out = json::array();
  for (size_t c = 0; c < clustering.clusters.size(); ++c) {
    const auto& cluster = clustering.clusters[c];
    json differences = json::array();
    for (const auto& [feature, difference] : cluster.differences)
      differences.push_back({{"feature", feature}, {"difference", difference}});
    out.push_back(
        {{"name", names.empty() ? fmt::format("{}_{}", prefix, c + 1) : names[c]},
         {"method", method},
         {"users", cluster.members},
         {"share", static_cast<double>(cluster.members) / static_cast<double>(clustering.rows.size())},
         {"label",
          {{"en", label_of(cluster, Language::kEnglish)}, {"zh", label_of(cluster, Language::kChinese)}}},
         {"typical", cluster.typical},
         {"stability", clustering.stability.jaccard[c]},
         {"is_stable", clustering.stability.jaccard[c] >= learn::kStableJaccard},
         {"differences", std::move(differences)}});
  }
  return out;
}

}  // namespace

json clusters_json(const understand::Clustering& clustering, const std::vector<std::string>& names) {
  return segments_json(clustering, "clusters", "cluster", names, cluster_label);
}

json tastes_json(const understand::Clustering& clustering, const std::vector<std::string>& names) {
  return segments_json(clustering, "tastes", "taste", names, taste_label);
}

json model_json(const understand::Prediction& prediction, int64_t version) {
  const json& evidence = prediction.evidence;
  json out = {{"name", prediction.name},
              {"version", version},
              {"published", registry::to_string(prediction.published)},
              {"method", prediction.method},
              {"metrics", evidence.value("metrics", json::object())},
              {"baseline", evidence.value("baseline", json())},
              {"limits", evidence.value("limits", json::array())}};
  if (evidence.contains("calibration")) {
    out["calibration"] = evidence["calibration"];
    out["calibration"].erase("bins");
  } else {
    out["calibration"] = nullptr;
  }
  return out;
}

json recommend_json(const understand::Recommendations& recommendations) {
  json out;
  for (const auto& task : recommendations.tasks)
    out[std::string(to_string(task.task))] = {
        {"published", task.published.empty() ? json() : json(task.published)},
        {"users", task.evidence.value("users", 0)},
        {"of_users", task.evidence.value("of_users", 0)},
        {"products", task.evidence.value("products", 0)},
        {"methods", task.evidence.value("methods", json::object())}};
  return out;
}

json recommend_examples_json(const understand::Recommendations& recommendations, const ItemNames& item_names,
                             const base::Context& context) {
  const auto& history = *recommendations.history;
  // Members with the most products known of them make the clearest examples; spread over the upper half.
  std::vector<uint32_t> users(history.interactions.users);
  for (uint32_t i = 0; i < users.size(); ++i) users[i] = i;
  std::stable_sort(users.begin(), users.end(), [&](uint32_t a, uint32_t b) {
    return history.of_user(a).size() > history.of_user(b).size();
  });
  json out = json::array();
  for (size_t example = 0; example < kExamples && !users.empty(); ++example) {
    const uint32_t user = users[(example + 1) * users.size() / (2 * kExamples + 2)];
    std::vector<profile::BoughtItem> bought(history.of_user(user).begin(), history.of_user(user).end());
    std::stable_sort(bought.begin(), bought.end(),
                     [](const auto& a, const auto& b) { return a.orders > b.orders; });
    json entry = {{"user_id", history.bought.users[user]}, {"bought", json::array()}};
    for (size_t i = 0; i < bought.size() && i < kExampleItems; ++i) {
      entry["bought"].push_back(item_names.item_json(history.bought.items[bought[i].item]));
      entry["bought"].back()["orders"] = bought[i].orders;
    }
    const auto lists = recommendations.lists(user, user + 1, context);
    for (size_t t = 0; t < recommendations.tasks.size(); ++t) {
      json list = json::array();
      for (const auto& entry_of_list : lists[t]) {
        if (entry_of_list.rank > kExampleItems) break;
        list.push_back(item_names.item_json(history.bought.items[entry_of_list.item]));
        list.back()["because"] = json::array();
        for (const uint32_t reason : entry_of_list.reasons)
          list.back()["because"].push_back(item_names.item_json(history.bought.items[reason]));
      }
      entry[std::string(to_string(recommendations.tasks[t].task))] = std::move(list);
    }
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace coterie::engine
