#include "engine/results.h"

#include <nlohmann/json.hpp>

#include "data/columns.h"
#include "store/duckdb.h"
#include "store/schema.h"

namespace coterie::engine {

using base::Status;
using data::TextColumn;
using nlohmann::json;
using store::Appender;
using store::TableKind;

namespace {

// Stages `columns` in a table of the kind's schema and adds it to the commit in place of the older files.
Status write_table(store::Connection& connection, TableKind kind,
                   std::span<const Appender::ColumnData> columns, size_t rows, std::string_view order_by,
                   store::Commit& commit, const base::Context& context) {
  const std::string table = fmt::format("new_{}", store::folder_name(kind));
  if (auto made = connection.execute(
          fmt::format("CREATE OR REPLACE TABLE {} ({})", table, store::column_definitions(kind)));
      !made)
    return made.error();
  COTERIE_ASSIGN_OR_STATUS(auto appender, connection.appender(table));
  COTERIE_RETURN_IF_ERROR(appender->append(columns, rows));
  COTERIE_RETURN_IF_ERROR(appender->close());
  commit.replace(kind);
  auto written = commit.add_table(connection, kind,
                                  fmt::format("SELECT * FROM {} ORDER BY {}", table, order_by), {}, context);
  return written ? Status() : written.error();
}

}  // namespace

Status write_features(store::Connection& connection, const data::FeatureTable& features,
                      store::Commit& commit, const base::Context& context) {
  TextColumn users, names;
  std::vector<double> values;
  for (size_t row = 0; row < features.rows(); ++row) {
    for (const auto& column : features.columns) {
      if (column.is_missing(row)) continue;
      users.append(features.users[row]);
      names.append(column.name);
      values.push_back(column.values[row]);
    }
  }
  const Appender::ColumnData columns[] = {&users, &names, Appender::Doubles(values)};
  return write_table(connection, TableKind::kFeatures, columns, values.size(), "user_id, feature", commit,
                     context);
}

Status write_segments(store::Connection& connection, const data::FeatureTable& features,
                      std::span<const SegmentMembership> memberships, store::Commit& commit,
                      const base::Context& context) {
  TextColumn users, methods, segments;
  for (const SegmentMembership& membership : memberships) {
    for (size_t i = 0; i < membership.rows.size(); ++i) {
      users.append(features.users[membership.rows[i]]);
      methods.append(membership.method);
      segments.append(membership.segments[membership.segment_of[i]]);
    }
  }
  const Appender::ColumnData columns[] = {&users, &methods, &segments};
  return write_table(connection, TableKind::kSegments, columns, users.size(), "user_id, method", commit,
                     context);
}

Status write_scores(store::Connection& connection, const data::FeatureTable& features,
                    std::span<const StoredPrediction> predictions, store::Commit& commit,
                    const base::Context& context) {
  TextColumn users, models, reasons;
  std::vector<int64_t> versions, ranks;
  std::vector<double> scores;
  for (const StoredPrediction& stored : predictions) {
    for (const auto& score : stored.prediction->scores) {
      users.append(features.users[score.row]);
      models.append(stored.prediction->name);
      versions.push_back(stored.version);
      scores.push_back(score.score);
      ranks.push_back(score.rank);
      json why = json::array();
      for (const auto& reason : score.reasons)
        why.push_back({{"column", reason.column}, {"effect", reason.effect}});
      reasons.append(why.dump());
    }
  }
  const Appender::ColumnData columns[] = {
      &users,  &models, Appender::Int64s(versions), Appender::Doubles(scores), Appender::Int64s(ranks),
      &reasons};
  return write_table(connection, TableKind::kScores, columns, ranks.size(), "user_id, model", commit,
                     context);
}

Status write_recommendations(store::Connection& connection,
                             const understand::Recommendations& recommendations, store::Commit& commit,
                             const base::Context& context) {
  TextColumn users, tasks, methods, items, reasons;
  std::vector<int64_t> ranks;
  std::vector<double> scores;
  const auto& ids = recommendations.history.bought;
  for (const auto& task : recommendations.tasks) {
    for (const auto& entry : task.lists) {
      users.append(ids.users[entry.user]);
      tasks.append(to_string(task.task));
      methods.append(task.published);
      ranks.push_back(entry.rank);
      items.append(ids.items[entry.item]);
      scores.push_back(entry.score);
      json why = json::array();
      for (const uint32_t item : entry.reasons) why.push_back(ids.items[item]);
      reasons.append(why.dump());
    }
  }
  const Appender::ColumnData columns[] = {
      &users, &tasks, &methods, Appender::Int64s(ranks), &items, Appender::Doubles(scores), &reasons};
  return write_table(connection, TableKind::kRecommendations, columns, ranks.size(), "user_id, task, rank",
                     commit, context);
}

}  // namespace coterie::engine
