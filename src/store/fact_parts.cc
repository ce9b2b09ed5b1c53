#include "store/fact_parts.h"

#include <algorithm>

#include "store/schema.h"

namespace coterie::store {

using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

// In all of these: {0} what is staged, {1} the known table, {2} its id, {3} its name of a fact, {4} the bounds of
// `id` as a condition, {5} those of the known id, both with the parameters $low and $high.

constexpr std::string_view kKnown =
    "ANTI JOIN (SELECT {2} AS id, {3} AS name, value, valid_from FROM {1} WHERE {5}) AS known "
    "USING (id, name, value, valid_from)";

constexpr std::string_view kFreshFacts =
    "SELECT id AS {2}, name AS {3}, value, valid_from, $source AS source FROM ("
    "  SELECT DISTINCT id, name, value, valid_from FROM {0} WHERE {4}) ";

// Of equal values that follow each other the first: at any instant the newest fact says the same.
constexpr std::string_view kFreshChanges =
    "SELECT id AS {2}, name AS {3}, value, valid_from, $source AS source FROM ("
    "  SELECT * FROM (SELECT DISTINCT id, name, value, valid_from FROM {0} WHERE {4})"
    "  QUALIFY value IS DISTINCT FROM"
    "    lag(value) OVER (PARTITION BY id, name ORDER BY valid_from, value)) ";

constexpr std::string_view kFreshOrder = " ORDER BY {2}, {3}, valid_from, value";

constexpr std::string_view kKnownRecords =
    "SELECT (SELECT count(DISTINCT line) FROM {0} WHERE line > 0 AND {4}) - count(DISTINCT line) FROM ("
    "  SELECT id, name, value, valid_from, min(line) AS line FROM {0} WHERE line > 0 AND {4} GROUP BY ALL) ";

// So many facts of a part say where borders of ranges may lie.
constexpr size_t kSamplesOfPart = 256;

}  // namespace

FactParts::FactParts(Connection& connection, AttributeKind kind, fs::path folder, size_t part_rows)
    : connection_(connection),
      kind_(kind),
      name_(kind == AttributeKind::kItems ? "staged_items" : "staged_users"),
      folder_(std::move(folder)),
      part_rows_(part_rows) {}

Result<std::unique_ptr<FactParts>> FactParts::begin(Connection& connection, AttributeKind kind,
                                                    fs::path folder, size_t part_rows) {
  std::unique_ptr<FactParts> parts(new FactParts(connection, kind, std::move(folder), part_rows));
  COTERIE_CHECK_OK(parts->open_table());
  return parts;
}

Status FactParts::open_table() {
  auto made =
      connection_.execute(fmt::format("CREATE OR REPLACE TABLE {} (id VARCHAR, name VARCHAR, value VARCHAR, "
                                      "valid_from TIMESTAMP, line UBIGINT)",
                                      name_));
  if (!made) return made.error();
  COTERIE_ASSIGN_OR_STATUS(appender_, connection_.appender(name_));
  rows_ = 0;
  return {};
}

Status FactParts::append(const data::AttributeBatch& batch, const base::Context& context) {
  if (rows_ >= part_rows_) COTERIE_RETURN_IF_ERROR(write_part(context));
  const bool has_lines = batch.line.size() == batch.rows();
  const std::vector<uint64_t> none(has_lines ? 0 : batch.rows(), 0);
  for (const uint64_t line : batch.line) has_records_ = has_records_ || line > 0;
  const Appender::ColumnData columns[] = {&batch.id, &batch.name, &batch.value,
                                          Appender::Int64s(batch.valid_from),
                                          Appender::Uint64s(has_lines ? batch.line : none)};
  rows_ += batch.rows();
  return appender_->append(columns, batch.rows());
}

Status FactParts::write_part(const base::Context& context) {
  COTERIE_RETURN_IF_ERROR(appender_->close());
  const fs::path path = folder_ / fmt::format("{}-{}.parquet", name_, parts_.size() + 1);
  auto written = connection_.execute(
      fmt::format("COPY (SELECT * FROM {} ORDER BY id, name, valid_from, value, line) TO {} {}", name_,
                  sql_quoted(path.string()), parquet_options(kEventGroupRows)),
      {}, context.cancel);
  if (!written) return written.error();
  parts_.push_back(path);
  return open_table();
}

Status FactParts::finish(const base::Context& context) {
  if (!parts_.empty() && rows_ > 0) return write_part(context);
  return appender_->close();
}

std::string FactParts::part_list() const {
  std::string list;
  for (const fs::path& part : parts_) list += (list.empty() ? "" : ", ") + sql_quoted(part.string());
  return list;
}

// Ranges of ids with about part_rows facts each; one for what fits into a part. Every part is in order of id.
Result<std::vector<FactParts::Range>> FactParts::ranges(const base::Context& context) {
  std::vector<Range> out(1);
  if (parts_.empty()) return out;
  const size_t sampled_of = std::max<size_t>(part_rows_ / kSamplesOfPart, 1);
  const size_t samples_of_range = part_rows_ / sampled_of;
  size_t seen = 0;
  COTERIE_CHECK_OK(connection_.query(
      fmt::format("SELECT id FROM read_parquet([{}], hive_partitioning = false, file_row_number = true) "
                  "WHERE file_row_number % {} = 0 ORDER BY id",
                  part_list(), sampled_of),
      {},
      [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) {
          const std::string_view id = rows.text(0, i);
          if (++seen % samples_of_range != 0 || id == out.back().low) continue;
          out.back().high = id;
          out.push_back({std::string(id), {}});
        }
        return {};
      },
      context.cancel));
  return out;
}

std::string FactParts::sql(std::string_view pattern, const Range& range) const {
  const bool items = kind_ == AttributeKind::kItems;
  const std::string_view known_id = items ? "item_id" : "user_id";
  const auto bounds = [&](std::string_view id) {
    return fmt::format("{} AND {}", range.low.empty() ? "true" : fmt::format("{} >= $low", id),
                       range.high.empty() ? "true" : fmt::format("{} < $high", id));
  };
  return fmt::format(
      fmt::runtime(pattern),
      parts_.empty() ? name_ : fmt::format("read_parquet([{}], hive_partitioning = false)", part_list()),
      items ? "items" : "users", known_id, items ? "attribute" : "trait", bounds("id"), bounds(known_id));
}

Result<uint64_t> FactParts::add_to(Commit& commit, std::string_view source, const base::Context& context) {
  const std::string known_records = fmt::format("{}{}", kKnownRecords, kKnown);
  const std::string fresh =
      fmt::format("{}{}{}", has_records_ ? kFreshFacts : kFreshChanges, kKnown, kFreshOrder);
  const auto table = kind_ == AttributeKind::kItems ? TableKind::kItems : TableKind::kUsers;
  uint64_t known = 0;
  COTERIE_ASSIGN(const std::vector<Range> all, ranges(context));
  for (const Range& range : all) {
    const Parameter parameters[] = {
        {"source", source}, {"low", std::string_view(range.low)}, {"high", std::string_view(range.high)}};
    if (has_records_)
      COTERIE_CHECK_OK(connection_.query(
          sql(known_records, range), parameters,
          [&](const Rows& rows) -> Status {
            known += static_cast<uint64_t>(rows.int64(0, 0));
            return {};
          },
          context.cancel));
    auto added = commit.add_table(connection_, table, sql(fresh, range), parameters, context);
    if (!added) return tl::unexpected(added.error());
  }
  return known;
}

}  // namespace coterie::store
