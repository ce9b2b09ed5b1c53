#include "store/schema.h"

namespace coterie::store {

namespace {

constexpr ColumnSchema kEvents[] = {
    {"event_id", "VARCHAR"},
    {"user_id", "VARCHAR"},
    {"anonymous_id", "VARCHAR"},
    {"item_id", "VARCHAR"},
    {"behavior", "VARCHAR"},
    {"ts", "TIMESTAMP"},
    {"value", "DOUBLE"},
    {"quantity", "DECIMAL(18,4)"},
    {"unit_price", "DECIMAL(18,4)"},
    {"line_amount", "DECIMAL(18,4)"},
    {"discount", "DECIMAL(18,4)"},
    {"currency", "VARCHAR"},
    {"order_id", "VARCHAR"},
    {"session_id", "VARCHAR"},
    {"channel", "VARCHAR"},
    {"campaign_id", "VARCHAR"},
    {"decision_id", "VARCHAR"},
    {"properties", "VARCHAR"},
    {"source", "VARCHAR"},
    {"received_at", "TIMESTAMP"},
    {"bucket", "USMALLINT"},
};
constexpr ColumnSchema kItems[] = {{"item_id", "VARCHAR"},
                                   {"attribute", "VARCHAR"},
                                   {"value", "VARCHAR"},
                                   {"valid_from", "TIMESTAMP"},
                                   {"source", "VARCHAR"}};
constexpr ColumnSchema kUsers[] = {{"user_id", "VARCHAR"},
                                   {"trait", "VARCHAR"},
                                   {"value", "VARCHAR"},
                                   {"valid_from", "TIMESTAMP"},
                                   {"source", "VARCHAR"}};
constexpr ColumnSchema kTexts[] = {
    {"text_id", "VARCHAR"}, {"user_id", "VARCHAR"}, {"item_id", "VARCHAR"},      {"kind", "VARCHAR"},
    {"body", "VARCHAR"},    {"ts", "TIMESTAMP"},    {"rating", "DOUBLE"},        {"campaign_id", "VARCHAR"},
    {"source", "VARCHAR"},  {"line", "UBIGINT"},    {"received_at", "TIMESTAMP"}};
constexpr ColumnSchema kLinks[] = {{"user_id", "VARCHAR"},  {"other_user_id", "VARCHAR"},
                                   {"relation", "VARCHAR"}, {"ts", "TIMESTAMP"},
                                   {"source", "VARCHAR"},   {"received_at", "TIMESTAMP"}};
constexpr ColumnSchema kFlags[] = {{"event_id", "VARCHAR"}, {"rule", "VARCHAR"},   {"column", "VARCHAR"},
                                   {"reason", "VARCHAR"},   {"source", "VARCHAR"}, {"line", "UBIGINT"},
                                   {"import_id", "VARCHAR"}};
constexpr ColumnSchema kQuarantine[] = {
    {"quarantine_id", "VARCHAR"}, {"source", "VARCHAR"},    {"line", "UBIGINT"},   {"byte_offset", "UBIGINT"},
    {"rule", "VARCHAR"},          {"column", "VARCHAR"},    {"reason", "VARCHAR"}, {"raw", "VARCHAR"},
    {"received_at", "TIMESTAMP"}, {"import_id", "VARCHAR"},
};
constexpr ColumnSchema kFeatures[] = {{"user_id", "VARCHAR"}};
constexpr ColumnSchema kScores[] = {{"user_id", "VARCHAR"}, {"model", "VARCHAR"}, {"version", "BIGINT"},
                                    {"score", "DOUBLE"},    {"rank", "BIGINT"},   {"reasons", "VARCHAR"}};
constexpr ColumnSchema kSegments[] = {{"user_id", "VARCHAR"}, {"method", "VARCHAR"}, {"segment", "VARCHAR"}};
constexpr ColumnSchema kRecommendations[] = {
    {"user_id", "VARCHAR"}, {"task", "VARCHAR"}, {"method", "VARCHAR"}, {"rank", "BIGINT"},
    {"item_id", "VARCHAR"}, {"score", "DOUBLE"}, {"reasons", "VARCHAR"}};

// The tables first.
constexpr TableKind kKinds[] = {TableKind::kEvents,     TableKind::kItems,           TableKind::kUsers,
                                TableKind::kTexts,      TableKind::kLinks,           TableKind::kFlags,
                                TableKind::kQuarantine, TableKind::kFeatures,        TableKind::kScores,
                                TableKind::kSegments,   TableKind::kRecommendations, TableKind::kEventIds};

}  // namespace

std::string_view folder_name(TableKind kind) {
  switch (kind) {
    case TableKind::kEvents: return "events";
    case TableKind::kItems: return "items";
    case TableKind::kUsers: return "users";
    case TableKind::kTexts: return "texts";
    case TableKind::kLinks: return "links";
    case TableKind::kFlags: return "flags";
    case TableKind::kQuarantine: return "quarantine";
    case TableKind::kFeatures: return "features";
    case TableKind::kScores: return "scores";
    case TableKind::kSegments: return "segments";
    case TableKind::kRecommendations: return "recommendations";
    case TableKind::kEventIds: return "event_ids";
  }
  return "";
}

std::span<const ColumnSchema> schema(TableKind kind) {
  switch (kind) {
    case TableKind::kEvents: return kEvents;
    case TableKind::kItems: return kItems;
    case TableKind::kUsers: return kUsers;
    case TableKind::kTexts: return kTexts;
    case TableKind::kLinks: return kLinks;
    case TableKind::kFlags: return kFlags;
    case TableKind::kQuarantine: return kQuarantine;
    case TableKind::kFeatures: return kFeatures;
    case TableKind::kScores: return kScores;
    case TableKind::kSegments: return kSegments;
    case TableKind::kRecommendations: return kRecommendations;
    case TableKind::kEventIds: return {};
  }
  return {};
}

std::span<const TableKind> all_table_kinds() { return std::span(kKinds).first(std::size(kKinds) - 1); }
std::span<const TableKind> all_kinds() { return kKinds; }

bool has_open_columns(TableKind kind) { return kind == TableKind::kFeatures; }

std::string column_list(TableKind kind) {
  if (has_open_columns(kind)) return "*";
  std::string out;
  for (const ColumnSchema& column : schema(kind))
    out.append(out.empty() ? "\"" : ", \"").append(column.name).append("\"");
  return out;
}

std::string column_definitions(TableKind kind) {
  std::string out;
  for (const ColumnSchema& column : schema(kind))
    out.append(out.empty() ? "\"" : ", \"").append(column.name).append("\" ").append(column.sql_type);
  return out;
}

}  // namespace coterie::store
