#include "store/sql_check.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/schema.h"
#include "store/sql_error.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;
using nlohmann::json;

namespace {

constexpr std::string_view kAllowed =
    "allowed is one statement that reads: SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE, SHOW, PIVOT ... "
    "ON ... IN, "
    "or EXPLAIN of one of them";

// Table functions that make rows out of their arguments or say what there is; every other one reads files, runs
// texts as SQL or changes the engine.
constexpr std::string_view kTableFunctions[] = {
    "range",          "generate_series",   "unnest",
    "repeat",         "repeat_row",        "json_each",
    "json_tree",      "duckdb_functions",  "duckdb_keywords",
    "duckdb_types",   "pg_timezone_names", "duckdb_columns",
    "summary",        "pragma_table_info", "test_all_types",
    "parquet_schema",
};

// Scalar functions that do something else than compute.
constexpr std::string_view kRefusedFunctions[] = {"write_log", "current_setting", "getenv", "nextval",
                                                  "sleep_ms"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// The engine's own tables (settings, logs, views with their paths) are none of the shop's.
bool is_engine_table(std::string_view name) {
  return name.starts_with("duckdb_") || name.starts_with("pg_") || name.starts_with("sqlite_") ||
         name.starts_with("pragma_");
}

// A statement after comments and EXPLAIN: where it begins, and its first word.
struct Beginning {
  size_t at = 0;
  std::string word;
};

size_t skip_blank(std::string_view sql, size_t at) {
  for (;;) {
    while (at < sql.size() && std::isspace(static_cast<unsigned char>(sql[at])) != 0) ++at;
    if (sql.substr(at).starts_with("--")) {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (sql.substr(at).starts_with("/*")) {
      const size_t end = sql.find("*/", at + 2);
      at = end == std::string_view::npos ? sql.size() : end + 2;
    } else {
      return at;
    }
  }
}

Beginning beginning(std::string_view sql, size_t at) {
  Beginning out{skip_blank(sql, at), ""};
  for (size_t i = out.at;
       i < sql.size() && (std::isalnum(static_cast<unsigned char>(sql[i])) != 0 || sql[i] == '_'); ++i)
    out.word += static_cast<char>(std::toupper(static_cast<unsigned char>(sql[i])));
  return out;
}

// Behind EXPLAIN [ANALYZE] [(options)].
size_t behind_explain(std::string_view sql, size_t at) {
  at = skip_blank(sql, at + std::string_view("EXPLAIN").size());
  if (const Beginning next = beginning(sql, at); next.word == "ANALYZE" || next.word == "ANALYSE")
    at = skip_blank(sql, next.at + next.word.size());
  if (at < sql.size() && sql[at] == '(') {
    // Options or a statement in parentheses; only the options are no statement.
    const Beginning inside = beginning(sql, at + 1);
    if (inside.word == "FORMAT" || inside.word == "ANALYZE" || inside.word == "ANALYSE")
      at = skip_blank(sql, std::min(sql.find(')', at), sql.size() - 1) + 1);
  }
  return at;
}

Status parse(Connection& connection, std::string_view sql, json* tree) {
  const Parameter parameters[] = {{"sql", sql}};
  return connection.query(
      "SELECT CAST(json_serialize_sql(CAST($sql AS VARCHAR), skip_default := true, skip_empty := true, "
      "skip_null := true) AS VARCHAR)",
      parameters, [&](const Rows& rows) -> Status {
        COTERIE_ASSIGN_OR_STATUS(*tree, base::parse_json(rows.text(0, 0), "the parsed statement"));
        return {};
      });
}

// A text of the tree, or "".
std::string text_of(const json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : "";
}

// One node of the tree that is not allowed, or ok.
Status check_node(const json& node, std::string_view sql, size_t offset) {
  const auto at = [&](const json& of) { return offset + of.value("query_location", size_t{0}); };
  const std::string type = text_of(node, "type");
  if (type == "TABLE_FUNCTION" && node.contains("function")) {
    const std::string name = lower_case(text_of(node["function"], "function_name"));
    if (!name.empty() && !is_one_of(kTableFunctions, name))
      return sql_error_at(
          sql, at(node),
          fmt::format("{}() is not available; the statement may read the shop's tables only", name));
  }
  if (const std::string name = lower_case(text_of(node, "function_name")); is_one_of(kRefusedFunctions, name))
    return sql_error_at(sql, at(node), fmt::format("{}() is not available", name));
  if (type == "BASE_TABLE" && is_engine_table(lower_case(text_of(node, "table_name"))))
    return sql_error_at(sql, at(node),
                        fmt::format("{} is none of the shop's tables", text_of(node, "table_name")));
  return {};
}

Status check_tree(const json& tree, std::string_view sql, size_t offset) {
  std::vector<const json*> open = {&tree};
  while (!open.empty()) {
    const json& node = *open.back();
    open.pop_back();
    if (node.is_object()) COTERIE_RETURN_IF_ERROR(check_node(node, sql, offset));
    for (const json& child : node)
      if (child.is_structured()) open.push_back(&child);
  }
  return {};
}

}  // namespace

std::string_view without_semicolon(std::string_view sql) {
  for (;;) {
    const size_t at = sql.rfind(';');
    if (at == std::string_view::npos || skip_blank(sql, at + 1) != sql.size()) return sql;
    sql = sql.substr(0, at);
  }
}

namespace {

// The tree of a statement that only reads.
Status checked_tree(Connection& connection, std::string_view sql, json* checked) {
  if (sql.size() > kMaxSqlBytes)
    return base::failure(Code::kInvalidArgument, "SQL: the statement is longer than {} bytes", kMaxSqlBytes);
  if (sql.find('\0') != std::string_view::npos) return sql_error_at(sql, sql.find('\0'), "a NUL byte");
  Beginning begin = beginning(sql, 0);
  if (begin.at == sql.size())
    return base::failure(Code::kInvalidArgument, "SQL: there is no statement; {}", kAllowed);
  const bool is_explain = begin.word == "EXPLAIN";
  const size_t offset = is_explain ? behind_explain(sql, begin.at) : 0;
  json& tree = *checked;
  COTERIE_RETURN_IF_ERROR(parse(connection, sql.substr(offset), &tree));
  if (tree.value("error", false)) {
    if (text_of(tree, "error_type") == "parser") {
      const std::string place = text_of(tree, "position");
      const std::string what = text_of(tree, "error_message");
      if (place.empty()) return base::failure(Code::kInvalidArgument, "SQL: {}", what);
      return sql_error_at(sql, offset + std::strtoul(place.c_str(), nullptr, 10), what);
    }
    if (is_explain) begin = beginning(sql, offset);
    return sql_error_at(
        sql, begin.at,
        fmt::format("{} is not allowed; {}", begin.word.empty() ? "this statement" : begin.word, kAllowed));
  }
  const size_t statements = tree.contains("statements") ? tree["statements"].size() : 0;
  if (statements != 1)
    return base::failure(Code::kInvalidArgument, "SQL: {} statements; {}", statements, kAllowed);
  return check_tree(tree, sql, offset);
}

// Names of tables, and those that the statement gives to its own parts, in lower case.
struct Names {
  std::set<std::string> read;
  std::set<std::string> own;
  bool is_certain = true;  // nothing in the statement speaks of tables in another way
};

void collect_names(const json& node, Names* names) {
  const std::string type = text_of(node, "type");
  if (type == "BASE_TABLE") names->read.insert(lower_case(text_of(node, "table_name")));
  if (type == "SHOW_REF" || type == "TABLE_FUNCTION") names->is_certain = false;
  if (const auto map = node.find("cte_map"); map != node.end() && map->contains("map"))
    for (const json& entry : (*map)["map"]) names->own.insert(lower_case(text_of(entry, "key")));
}

std::vector<TableKind> tables_read(const json& tree) {
  Names names;
  std::vector<const json*> open = {&tree};
  while (!open.empty()) {
    const json& node = *open.back();
    open.pop_back();
    if (node.is_object()) collect_names(node, &names);
    for (const json& child : node)
      if (child.is_structured()) open.push_back(&child);
  }
  const auto all = all_table_kinds();
  std::vector<TableKind> out;
  for (const TableKind kind : all)
    if (names.read.contains(std::string(folder_name(kind)))) out.push_back(kind);
  const bool has_others = std::any_of(names.read.begin(), names.read.end(), [&](const std::string& name) {
    return !names.own.contains(name) &&
           std::none_of(all.begin(), all.end(), [&](TableKind kind) { return name == folder_name(kind); });
  });
  if (!names.is_certain || has_others || out.empty()) out.assign(all.begin(), all.end());
  return out;
}

}  // namespace

Result<CheckedSql> CheckedSql::check(Connection& connection, std::string_view sql) {
  json tree;
  COTERIE_CHECK_OK(checked_tree(connection, sql, &tree));
  CheckedSql out;
  out.text_ = sql;
  out.tables_ = tables_read(tree);
  return out;
}

}  // namespace coterie::store
