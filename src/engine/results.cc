#include "engine/results.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "data/columns.h"
#include "engine/feature_rows.h"
#include "engine/table_writer.h"

namespace coterie::engine {

using base::Result;
using base::Status;
using data::TextColumn;
using nlohmann::json;
using store::Appender;
using store::TableKind;

namespace {

constexpr size_t kUsersPerBlock = 8192;

// Calls work(begin, end) for blocks of [0, n), asking for cancellation between them.
template <class Work>
Status for_blocks(size_t n, const base::Context& context, Work work) {
  for (size_t begin = 0; begin < n; begin += kUsersPerBlock) {
    COTERIE_RETURN_IF_ERROR(context.check_cancelled());
    COTERIE_RETURN_IF_ERROR(work(begin, std::min(n, begin + kUsersPerBlock)));
  }
  return {};
}

constexpr uint32_t kNone = UINT32_MAX;

// place[row] = where a row of the feature table stands among `rows`, or kNone.
std::vector<uint32_t> places(size_t users, size_t n, auto row_of) {
  std::vector<uint32_t> out(users, kNone);
  for (size_t i = 0; i < n; ++i) out[row_of(i)] = static_cast<uint32_t>(i);
  return out;
}

// Indexes of `n` things in ascending order of their names.
std::vector<size_t> by_name(size_t n, auto name_of) {
  std::vector<size_t> order(n);
  for (size_t i = 0; i < n; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return name_of(a) < name_of(b); });
  return order;
}

std::string reasons_json(const std::vector<understand::Reason>& reasons) {
  json out = json::array();
  for (const auto& reason : reasons) out.push_back({{"column", reason.column}, {"effect", reason.effect}});
  return out.dump();
}

}  // namespace

SegmentMembership rfm_membership(const std::vector<understand::RfmMember>& members) {
  SegmentMembership out{"rfm", {}, {}, {}};
  const auto names = understand::rfm_segments();
  out.segments.assign(names.begin(), names.end());
  for (const auto& member : members) {
    out.rows.push_back(member.row);
    out.segment_of.push_back(
        static_cast<uint32_t>(std::find(names.begin(), names.end(), member.segment) - names.begin()));
  }
  return out;
}

SegmentMembership lifecycle_membership(const understand::Lifecycle& lifecycle) {
  const auto stages = understand::lifecycle_stages();
  return {"lifecycle", {stages.begin(), stages.end()}, lifecycle.rows, lifecycle.stage_of};
}

namespace {

SegmentMembership numbered_membership(const understand::Clustering& clustering, std::string_view method,
                                      std::string_view prefix) {
  SegmentMembership out{std::string(method), {}, clustering.rows, clustering.labels};
  for (size_t c = 0; c < clustering.clusters.size(); ++c)
    out.segments.push_back(fmt::format("{}_{}", prefix, c + 1));
  return out;
}

}  // namespace

SegmentMembership clusters_membership(const understand::Clustering& clustering) {
  return numbered_membership(clustering, "clusters", "cluster");
}

SegmentMembership tastes_membership(const understand::Clustering& clustering) {
  return numbered_membership(clustering, "tastes", "taste");
}

Status write_features(store::Connection& connection, const data::FeatureTable& features,
                      store::Commit& commit, const base::Context& context) {
  TableWriter table(connection, TableKind::kFeatures, commit, context, feature_definitions(features));
  COTERIE_RETURN_IF_ERROR(for_blocks(features.rows(), context, [&](size_t begin, size_t end) {
    const FeatureRows rows(features, begin, end);
    return table.append(rows.columns(), rows.size());
  }));
  return table.finish();
}

Status write_segments(store::Connection& connection, const data::FeatureTable& features,
                      std::span<const SegmentMembership> memberships, store::Commit& commit,
                      const base::Context& context) {
  TableWriter table(connection, TableKind::kSegments, commit, context);
  COTERIE_ASSIGN_OR_STATUS(const auto memory,
                           context.budget->reserve(features.rows() * memberships.size() * sizeof(uint32_t),
                                                   "segments of members"));
  std::vector<std::vector<uint32_t>> place;
  for (const auto& membership : memberships)
    place.push_back(
        places(features.rows(), membership.rows.size(), [&](size_t i) { return membership.rows[i]; }));
  const auto order = by_name(memberships.size(), [&](size_t m) { return memberships[m].method; });
  COTERIE_RETURN_IF_ERROR(for_blocks(features.rows(), context, [&](size_t begin, size_t end) {
    TextColumn users, methods, segments;
    for (size_t row = begin; row < end; ++row) {
      for (const size_t m : order) {
        if (place[m][row] == kNone) continue;
        users.append(features.users[row]);
        methods.append(memberships[m].method);
        segments.append(memberships[m].segments[memberships[m].segment_of[place[m][row]]]);
      }
    }
    const Appender::ColumnData columns[] = {&users, &methods, &segments};
    return table.append(columns, users.size());
  }));
  return table.finish();
}

Status write_scores(store::Connection& connection, const data::FeatureTable& features,
                    std::span<const StoredPrediction> predictions, store::Commit& commit,
                    const base::Context& context) {
  TableWriter table(connection, TableKind::kScores, commit, context);
  std::vector<std::vector<uint32_t>> place;
  for (const auto& stored : predictions) {
    const auto& scores = stored.prediction->scores;
    place.push_back(places(features.rows(), scores.size(), [&](size_t i) { return scores[i].row; }));
  }
  const auto order = by_name(predictions.size(), [&](size_t p) { return predictions[p].prediction->name; });
  COTERIE_RETURN_IF_ERROR(for_blocks(features.rows(), context, [&](size_t begin, size_t end) -> Status {
    // The reasons of the block's members, one list a prediction; `next` walks through them.
    std::vector<std::vector<std::vector<understand::Reason>>> reasons(predictions.size());
    std::vector<size_t> next(predictions.size());
    for (size_t p = 0; p < predictions.size(); ++p) {
      std::vector<uint32_t> rows;
      for (size_t row = begin; row < end; ++row)
        if (place[p][row] != kNone) rows.push_back(static_cast<uint32_t>(row));
      COTERIE_ASSIGN_OR_STATUS(reasons[p], predictions[p].prediction->reasons(features, std::move(rows)));
    }
    TextColumn users, models, whys;
    std::vector<int64_t> versions, ranks;
    std::vector<double> values;
    for (size_t row = begin; row < end; ++row) {
      for (const size_t p : order) {
        if (place[p][row] == kNone) continue;
        const auto& score = predictions[p].prediction->scores[place[p][row]];
        users.append(features.users[row]);
        models.append(predictions[p].prediction->name);
        versions.push_back(predictions[p].version);
        values.push_back(score.score);
        ranks.push_back(score.rank);
        whys.append(reasons_json(reasons[p][next[p]++]));
      }
    }
    const Appender::ColumnData columns[] = {
        &users, &models, Appender::Int64s(versions), Appender::Doubles(values), Appender::Int64s(ranks),
        &whys};
    return table.append(columns, ranks.size());
  }));
  return table.finish();
}

Status write_recommendations(store::Connection& connection,
                             const understand::Recommendations& recommendations, store::Commit& commit,
                             const base::Context& context) {
  TableWriter table(connection, TableKind::kRecommendations, commit, context);
  const auto& ids = recommendations.history->bought;
  const auto& tasks = recommendations.tasks;
  const auto order = by_name(tasks.size(), [&](size_t t) { return to_string(tasks[t].task); });
  COTERIE_RETURN_IF_ERROR(for_blocks(ids.users.size(), context, [&](size_t begin, size_t end) {
    const auto lists = recommendations.lists(begin, end, context);
    std::vector<size_t> next(tasks.size());
    TextColumn users, names, methods, items, whys;
    std::vector<int64_t> ranks;
    std::vector<double> scores;
    for (size_t user = begin; user < end; ++user) {
      for (const size_t t : order) {
        for (; next[t] < lists[t].size() && lists[t][next[t]].user == user; ++next[t]) {
          const auto& entry = lists[t][next[t]];
          users.append(ids.users[user]);
          names.append(to_string(tasks[t].task));
          methods.append(tasks[t].published);
          ranks.push_back(entry.rank);
          items.append(ids.items[entry.item]);
          scores.push_back(entry.score);
          json why = json::array();
          for (const uint32_t item : entry.reasons) why.push_back(ids.items[item]);
          whys.append(why.dump());
        }
      }
    }
    const Appender::ColumnData columns[] = {
        &users, &names, &methods, Appender::Int64s(ranks), &items, Appender::Doubles(scores), &whys};
    return table.append(columns, ranks.size());
  }));
  return table.finish();
}

}  // namespace coterie::engine
