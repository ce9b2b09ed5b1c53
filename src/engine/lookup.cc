#include "engine/lookup.h"

#include "base/json.h"
#include "engine/item_names.h"
#include "engine/run_record.h"
#include "engine/stored_features.h"
#include "store/duckdb.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using nlohmann::json;
using store::Connection;
using store::Parameter;
using store::Rows;
using store::TableKind;

namespace {

Result<json> reasons_of(const Rows& rows, size_t column, size_t row) {
  return base::parse_json(rows.text(column, row), "a stored reason");
}

Result<json> recommendations_of(Connection& connection, base::Timestamp as_of, const std::string& user_id) {
  COTERIE_ASSIGN(const auto names, ItemNames::load(connection, as_of));
  json out = {{"new", json::array()}, {"any", json::array()}};
  const Parameter parameters[] = {{"user_id", std::string_view(user_id)}};
  COTERIE_CHECK_OK(connection.query(
      "SELECT task, method, rank, item_id, score, reasons FROM recommendations WHERE user_id = $user_id "
      "ORDER BY task, rank",
      parameters, [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) {
          json entry = names.item_json(std::string(rows.text(3, i)));
          entry["rank"] = rows.int64(2, i);
          entry["method"] = rows.text(1, i);
          entry["because"] = json::array();
          COTERIE_ASSIGN_OR_STATUS(const json reasons, reasons_of(rows, 5, i));
          for (const json& reason : reasons)
            entry["because"].push_back(names.item_json(reason.get<std::string>()));
          out[std::string(rows.text(0, i))].push_back(std::move(entry));
        }
        return {};
      }));
  return out;
}

Result<json> traits_of(Connection& connection, base::Timestamp as_of, const std::string& user_id) {
  json out = json::object();
  const Parameter parameters[] = {{"user_id", std::string_view(user_id)}, {"as_of", as_of}};
  COTERIE_CHECK_OK(
      connection.query("SELECT trait, arg_max(value, (valid_from, value)) FROM users "
                       "WHERE user_id = $user_id AND valid_from <= make_timestamp($as_of) GROUP BY trait "
                       "ORDER BY trait",
                       parameters, [&](const Rows& rows) -> Status {
                         for (size_t i = 0; i < rows.size(); ++i)
                           out[std::string(rows.text(0, i))] = rows.text(1, i);
                         return {};
                       }));
  return out;
}

// Of the one member whom the view of features lists; empty when the newest run does not know them.
Result<json> features_of(Connection& connection, const base::Context& context) {
  json out = json::object();
  COTERIE_ASSIGN(const auto names, stored_feature_names(connection));
  COTERIE_ASSIGN(const auto features, read_stored_features(connection, names, context.cancel));
  for (const auto& column : features.columns)
    if (features.rows() > 0 && !column.is_missing(0)) out[column.name] = column.values[0];
  return out;
}

Result<json> segments_of(Connection& connection, const std::string& user_id) {
  json out = json::object();
  const Parameter parameters[] = {{"user_id", std::string_view(user_id)}};
  COTERIE_CHECK_OK(
      connection.query("SELECT method, segment FROM segments WHERE user_id = $user_id ORDER BY method",
                       parameters, [&](const Rows& rows) -> Status {
                         for (size_t i = 0; i < rows.size(); ++i)
                           out[std::string(rows.text(0, i))] = rows.text(1, i);
                         return {};
                       }));
  return out;
}

// How each model of the run was published: only "yes" may show probabilities.
std::string published(const json& record, const std::string& model) {
  for (const json& entry : record["models"])
    if (entry["name"] == model) return entry["published"];
  return "no";
}

Result<json> scores_of(Connection& connection, const std::string& user_id, const json& record) {
  json out = json::array();
  const Parameter parameters[] = {{"user_id", std::string_view(user_id)}};
  COTERIE_CHECK_OK(
      connection.query("SELECT model, version, score, rank, reasons, (SELECT count(*) FROM scores AS s WHERE "
                       "s.model = scores.model) "
                       "FROM scores WHERE user_id = $user_id ORDER BY model",
                       parameters, [&](const Rows& rows) -> Status {
                         for (size_t i = 0; i < rows.size(); ++i) {
                           COTERIE_ASSIGN_OR_STATUS(const json reasons, reasons_of(rows, 4, i));
                           const std::string model(rows.text(0, i));
                           const std::string how = published(record, model);
                           out.push_back({{"model", model},
                                          {"version", rows.int64(1, i)},
                                          {"published", how},
                                          {"probability", how == "yes" ? json(rows.number(2, i)) : json()},
                                          {"rank", rows.int64(3, i)},
                                          {"of", rows.int64(5, i)},
                                          {"reasons", reasons}});
                         }
                         return {};
                       }));
  return out;
}

// The instant that a record is about.
Result<base::Timestamp> as_of_of(const json& record, const store::Workspace& workspace) {
  return base::parse_instant(record["as_of"].get<std::string>(), workspace.calendar());
}

}  // namespace

Result<json> user_profile(store::Workspace& workspace, const std::string& user_id,
                          const base::Context& context) {
  COTERIE_ASSIGN(const json record, latest_record(workspace));
  COTERIE_ASSIGN(const auto as_of, as_of_of(record, workspace));
  COTERIE_ASSIGN(auto connection,
                 workspace.connect(context, {{TableKind::kUsers, TableKind::kItems, TableKind::kSegments,
                                              TableKind::kScores, TableKind::kRecommendations},
                                             {}}));
  COTERIE_CHECK_OK(workspace.add_views(*connection, {{TableKind::kFeatures}, user_id}, *context.pool));
  json out = {{"user_id", user_id}, {"as_of", record["as_of"]}, {"currency", record["currency"]}};
  COTERIE_ASSIGN(out["features"], features_of(*connection, context));
  if (out["features"].empty())
    return base::error(Code::kNotFound, "no such user in the newest run (as of {})",
                       record["as_of"].get<std::string>());
  COTERIE_ASSIGN(out["traits"], traits_of(*connection, as_of, user_id));
  COTERIE_ASSIGN(out["segments"], segments_of(*connection, user_id));
  COTERIE_ASSIGN(out["scores"], scores_of(*connection, user_id, record));
  COTERIE_ASSIGN(out["recommendations"], recommendations_of(*connection, as_of, user_id));
  return out;
}

Result<json> segment_members(store::Workspace& workspace, const std::string& segment, int64_t limit,
                             const base::Context& context) {
  COTERIE_ASSIGN(const json record, latest_record(workspace));
  COTERIE_ASSIGN(auto connection, workspace.connect(context, {{TableKind::kSegments}, {}}));
  std::string known;
  json out;
  const auto look = [&](const json& segments) {
    for (const json& entry : segments) {
      known += (known.empty() ? "" : ", ") + entry["name"].get<std::string>();
      if (entry["name"] == segment) out = entry;
    }
  };
  look(record["segments"]);
  for (const json& division : record["divisions"]) look(division["segments"]);
  if (out.is_null())
    return base::error(Code::kNotFound, "no segment '{}'; there are: {}", segment,
                       known.empty() ? "none" : known);
  const auto method = out["method"].get<std::string>();
  const Parameter parameters[] = {
      {"segment", std::string_view(segment)}, {"method", std::string_view(method)}, {"limit", limit}};
  out["user_ids"] = json::array();
  COTERIE_CHECK_OK(connection->query(
      "SELECT user_id FROM segments WHERE method = $method AND segment = $segment ORDER BY user_id "
      "LIMIT $limit",
      parameters, [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) out["user_ids"].push_back(rows.text(0, i));
        return {};
      }));
  return out;
}

Result<json> user_recommendations(store::Workspace& workspace, const std::string& user_id,
                                  const base::Context& context) {
  COTERIE_ASSIGN(const json record, latest_record(workspace));
  COTERIE_ASSIGN(const auto as_of, as_of_of(record, workspace));
  COTERIE_ASSIGN(auto connection,
                 workspace.connect(context, {{TableKind::kRecommendations, TableKind::kItems}, {}}));
  COTERIE_ASSIGN(json out, recommendations_of(*connection, as_of, user_id));
  if (out["new"].empty() && out["any"].empty())
    return base::error(Code::kNotFound,
                       "no recommendations for this user; they are made for members who bought a product");
  out["user_id"] = user_id;
  return out;
}

}  // namespace coterie::engine
