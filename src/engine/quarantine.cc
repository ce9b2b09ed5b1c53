#include "engine/quarantine.h"

#include <boost/algorithm/string/replace.hpp>
#include <fstream>

#include "store/duckdb.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using nlohmann::json;
using store::Parameter;
using store::Rows;
using store::TableKind;

namespace {

constexpr std::string_view kWhere =
    "WHERE ($rule = '' OR rule = $rule) AND ($source = '' OR source = $source) "
    "AND ($import_id = '' OR import_id = $import_id)";

constexpr const char* kColumns[] = {"import_id", "source", "line",   "byte_offset",
                                    "rule",      "column", "reason", "raw"};

std::vector<Parameter> parameters(const QuarantineFilter& filter) {
  return {{"rule", std::string_view(filter.rule)},
          {"source", std::string_view(filter.source)},
          {"import_id", std::string_view(filter.import_id)}};
}

// Each row of a SELECT of kColumns and quarantine_id, in order, as an object.
Status read_rows(store::Workspace& workspace, const QuarantineFilter& filter, int64_t limit,
                 const base::Context& context, const std::function<Status(json)>& read) {
  COTERIE_ASSIGN_OR_STATUS(auto connection, workspace.connect(context, {{TableKind::kQuarantine}, {}}));
  std::vector<Parameter> values = parameters(filter);
  values.push_back({"limit", limit});
  return connection->query(
      fmt::format(
          "SELECT import_id, source, CAST(line AS BIGINT), CAST(byte_offset AS BIGINT), rule, \"column\", "
          "reason, raw, quarantine_id FROM quarantine {} ORDER BY import_id, line, quarantine_id LIMIT "
          "$limit",
          kWhere),
      values,
      [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) {
          json row;
          for (size_t column = 0; column < std::size(kColumns); ++column) {
            const bool is_number = column == 2 || column == 3;
            row[kColumns[column]] = rows.is_null(column, i) ? json()
                                    : is_number             ? json(rows.int64(column, i))
                                                            : json(rows.text(column, i));
          }
          row["quarantine_id"] = rows.text(8, i);
          COTERIE_RETURN_IF_ERROR(read(std::move(row)));
        }
        return {};
      },
      context.cancel);
}

// A spreadsheet takes such a text for a formula.
std::string csv_field(const json& value) {
  if (value.is_null()) return {};
  if (value.is_number()) return value.dump();
  std::string text = value.get<std::string>();
  if (!text.empty() && std::string_view("=+-@\t'").find(text.front()) != std::string_view::npos)
    text.insert(0, "'");
  return '"' + boost::replace_all_copy(text, "\"", "\"\"") + '"';
}

std::string csv_line(const json& row) {
  std::string line;
  for (const char* column : kColumns) line.append(line.empty() ? "" : ",").append(csv_field(row[column]));
  return line + "\r\n";
}

std::string csv_header() {
  std::string line = "\xEF\xBB\xBF";
  for (const char* column : kColumns) line.append(line.size() == 3 ? "" : ",").append(column);
  return line + "\r\n";
}

}  // namespace

Result<json> quarantine_summary(store::Workspace& workspace, const QuarantineFilter& filter,
                                const base::Context& context) {
  COTERIE_ASSIGN(auto connection,
                 workspace.connect(context, {{TableKind::kQuarantine, TableKind::kFlags}, {}}));
  json out = {{"rows", 0}, {"rules", json::array()}, {"groups", json::array()}, {"flags", json::array()}};
  const auto query = [&](const std::string& sql, const auto& add) {
    return connection->query(sql, parameters(filter), [&](const Rows& rows) -> Status {
      for (size_t i = 0; i < rows.size(); ++i) add(rows, i);
      return {};
    });
  };
  COTERIE_CHECK_OK(
      query(fmt::format("SELECT rule, count(*), count(DISTINCT source) FROM quarantine {} GROUP BY rule "
                        "ORDER BY count(*) DESC, rule",
                        kWhere),
            [&](const Rows& rows, size_t i) {
              out["rules"].push_back(
                  {{"rule", rows.text(0, i)}, {"rows", rows.int64(1, i)}, {"sources", rows.int64(2, i)}});
              out["rows"] = out["rows"].get<int64_t>() + rows.int64(1, i);
            }));
  COTERIE_CHECK_OK(
      query(fmt::format("SELECT import_id, source, rule, count(*) FROM quarantine {} "
                        "GROUP BY import_id, source, rule ORDER BY import_id, source, count(*) DESC, rule",
                        kWhere),
            [&](const Rows& rows, size_t i) {
              out["groups"].push_back({{"import_id", rows.text(0, i)},
                                       {"source", rows.text(1, i)},
                                       {"rule", rows.text(2, i)},
                                       {"rows", rows.int64(3, i)}});
            }));
  COTERIE_CHECK_OK(query(fmt::format("SELECT rule, count(DISTINCT event_id) FROM flags {} GROUP BY rule "
                                     "ORDER BY count(DISTINCT event_id) DESC, rule",
                                     kWhere),
                         [&](const Rows& rows, size_t i) {
                           out["flags"].push_back({{"rule", rows.text(0, i)}, {"rows", rows.int64(1, i)}});
                         }));
  return out;
}

Result<json> quarantine_rows(store::Workspace& workspace, const QuarantineFilter& filter, int64_t limit,
                             const base::Context& context) {
  json out = json::array();
  COTERIE_CHECK_OK(read_rows(workspace, filter, limit, context, [&](json row) -> Status {
    out.push_back(std::move(row));
    return {};
  }));
  return out;
}

Result<uint64_t> export_quarantine(store::Workspace& workspace, const QuarantineFilter& filter,
                                   QuarantineFormat format, const std::filesystem::path& file,
                                   const base::Context& context) {
  const bool is_csv = format == QuarantineFormat::kCsv;
  const std::filesystem::path aside = file.string() + ".part";
  std::ofstream out(aside, std::ios::binary | std::ios::trunc);
  if (!out) return base::error(Code::kPermissionDenied, "{} cannot be written", file.string());
  uint64_t rows = 0;
  if (is_csv) out << csv_header();
  Status written =
      read_rows(workspace, filter, std::numeric_limits<int64_t>::max(), context, [&](json row) -> Status {
        ++rows;
        row.erase("quarantine_id");
        out << (is_csv ? csv_line(row) : row.dump() + "\n");
        return out ? Status()
                   : Status(Code::kResourceExhausted, fmt::format("{} cannot be written", file.string()));
      });
  out.close();
  std::error_code code;
  if (written.ok() && !out)
    written = Status(Code::kResourceExhausted, fmt::format("{} cannot be written", file.string()));
  if (written.ok()) std::filesystem::rename(aside, file, code);
  if (written.ok() && code)
    written = Status(Code::kPermissionDenied, fmt::format("{} cannot be written", file.string()));
  if (!written.ok()) {
    std::filesystem::remove(aside, code);
    return tl::unexpected(written);
  }
  return rows;
}

}  // namespace coterie::engine
