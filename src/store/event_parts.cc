#include "store/event_parts.h"

#include <algorithm>

#include "store/catalog.h"

namespace coterie::store {

using base::Hash128;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kStagedTables[] = {
    "CREATE OR REPLACE TABLE staged_events ("
    "event_id VARCHAR, user_id VARCHAR, anonymous_id VARCHAR, item_id VARCHAR, behavior VARCHAR, ts "
    "TIMESTAMP, "
    "value DOUBLE, quantity DECIMAL(18,4), unit_price DECIMAL(18,4), line_amount DECIMAL(18,4), "
    "discount DECIMAL(18,4), currency VARCHAR, order_id VARCHAR, session_id VARCHAR, channel VARCHAR, "
    "campaign_id VARCHAR, decision_id VARCHAR, properties VARCHAR, line UBIGINT, bucket USMALLINT, "
    "\"row\" UINTEGER)",
    "CREATE OR REPLACE TABLE staged_flags (line UBIGINT, rule VARCHAR, \"column\" VARCHAR, reason VARCHAR)",
    "CREATE OR REPLACE TABLE suspects (place UINTEGER, event_id VARCHAR)",
    "CREATE OR REPLACE TABLE verdicts (\"row\" UINTEGER, occurrence BIGINT)",
};

// The accepted rows of the part, without and with verdicts. `source` and `received_at` are the same for all.
constexpr std::string_view kColumns =
    "user_id, anonymous_id, item_id, behavior, ts, value, quantity, unit_price, line_amount, discount, "
    "currency, order_id, session_id, channel, campaign_id, decision_id, properties, $source AS source, "
    "make_timestamp($received_at) AS received_at, bucket";
constexpr std::string_view kFinalId =
    "CASE WHEN occurrence > 0 THEN event_id || '-' || occurrence ELSE event_id END AS event_id";
constexpr std::string_view kJudged =
    "staged_events LEFT JOIN verdicts USING (\"row\") WHERE coalesce(occurrence, 0) >= 0";
constexpr std::string_view kOrder = "bucket, coalesce(user_id, anonymous_id), ts, event_id";

bool is_before(const Hash128& a, const Hash128& b) {
  return a.low != b.low ? a.low < b.low : a.high < b.high;
}

// In ascending order, without repeats.
std::vector<Hash128> distinct(std::vector<Hash128> ids) {
  if (!std::is_sorted(ids.begin(), ids.end(), is_before)) std::sort(ids.begin(), ids.end(), is_before);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::string copy_to(std::string_view select, const fs::path& path) {
  return fmt::format(
      "COPY ({}) TO {} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880)",
      select, sql_quoted(path.string()));
}

}  // namespace

Result<std::vector<fs::path>> id_files(Workspace& workspace) {
  COTERIE_ASSIGN(const int64_t generation, workspace.catalog().newest_generation());
  COTERIE_ASSIGN(const auto files, workspace.catalog().files(TableKind::kEventIds, generation));
  std::vector<fs::path> out;
  for (const StoredFile& file : files) out.push_back(workspace.folder() / file.name);
  return out;
}

uint16_t bucket(std::string_view user) { return static_cast<uint16_t>(base::hash64(user) >> 48); }

EventParts::~EventParts() {
  std::error_code code;
  for (const Part& part : parts_) fs::remove(part.path, code);
}

Result<std::unique_ptr<EventParts>> EventParts::begin(Workspace& workspace, Connection& connection,
                                                      const IngestOptions& options,
                                                      std::vector<fs::path> known_files,
                                                      const base::Context& context) {
  std::unique_ptr<EventParts> parts(new EventParts(workspace, connection, options, context));
  COTERIE_ASSIGN(const fs::path temp_folder, workspace.temp_folder());
  parts->folder_ = temp_folder;
  parts->known_files_ = std::move(known_files);
  COTERIE_ASSIGN(parts->id_hashes_, IdFileWriter::create(temp_folder / "accepted.ids"));
  COTERIE_ASSIGN(parts->seen_, IdFileWriter::create(temp_folder / "seen.ids"));
  auto made = connection.execute(
      "CREATE OR REPLACE TABLE accepted_flags (event_id VARCHAR, rule VARCHAR, \"column\" VARCHAR, "
      "reason VARCHAR, line UBIGINT)");
  if (!made) return tl::unexpected(made.error());
  COTERIE_CHECK_OK(parts->start_part());
  return parts;
}

Status EventParts::start_part() {
  for (const std::string_view statement : kStagedTables)
    if (auto done = connection_.execute(statement); !done) return done.error();
  COTERIE_ASSIGN_OR_STATUS(events_, connection_.appender("staged_events"));
  COTERIE_ASSIGN_OR_STATUS(flags_, connection_.appender("staged_flags"));
  rows_.clear();
  ids_.clear();
  return {};
}

Status EventParts::append(const data::EventBatch& batch) {
  // Flags come after their events, so a full part is written when the next events come.
  if (rows_.size() >= kPartRows) COTERIE_RETURN_IF_ERROR(write_part(false));
  buckets_.clear();
  row_numbers_.clear();
  for (size_t i = 0; i < batch.rows(); ++i) {
    const auto row = static_cast<uint32_t>(rows_.size());
    rows_.push_back({base::hash128(batch.event_id.at(i)), row, 0, batch.is_content_id[i] == 1});
    ids_.append(batch.event_id.at(i));
    buckets_.push_back(bucket(batch.user_id.is_null(i) ? batch.anonymous_id.at(i) : batch.user_id.at(i)));
    row_numbers_.push_back(row);
  }
  received_ += batch.rows();
  const Appender::ColumnData columns[] = {&batch.event_id,
                                          &batch.user_id,
                                          &batch.anonymous_id,
                                          &batch.item_id,
                                          &batch.behavior,
                                          Appender::Int64s(batch.ts),
                                          &batch.value,
                                          &batch.quantity,
                                          &batch.unit_price,
                                          &batch.line_amount,
                                          &batch.discount,
                                          &batch.currency,
                                          &batch.order_id,
                                          &batch.session_id,
                                          &batch.channel,
                                          &batch.campaign_id,
                                          &batch.decision_id,
                                          &batch.properties,
                                          Appender::Uint64s(batch.line),
                                          Appender::Uint16s(buckets_),
                                          Appender::Uint32s(row_numbers_)};
  return events_->append(columns, batch.rows());
}

Status EventParts::append(const data::FlagBatch& batch) {
  const Appender::ColumnData columns[] = {Appender::Uint64s(batch.line), &batch.rule, &batch.column,
                                          &batch.reason};
  return flags_->append(columns, batch.rows());
}

Status EventParts::finish() { return rows_.empty() ? Status() : write_part(true); }

uint64_t EventParts::accepted() const {
  uint64_t rows = 0;
  for (const Part& part : parts_) rows += part.rows;
  return rows;
}

Status EventParts::write_part(bool is_last) {
  COTERIE_RETURN_IF_ERROR(events_->close());
  COTERIE_RETURN_IF_ERROR(stage_flag_queries());
  COTERIE_RETURN_IF_ERROR(flags_->close());
  COTERIE_RETURN_IF_ERROR(judge_in_import(is_last));
  COTERIE_RETURN_IF_ERROR(judge_in_workspace());
  COTERIE_ASSIGN_OR_STATUS(const bool has_verdicts, write_verdicts());
  COTERIE_RETURN_IF_ERROR(write_file(has_verdicts));
  COTERIE_RETURN_IF_ERROR(keep_flags(has_verdicts));
  COTERIE_RETURN_IF_ERROR(keep_id_hashes());
  COTERIE_RETURN_IF_ERROR(context_.check_cancelled());
  return is_last ? Status() : start_part();
}

Status EventParts::stage_flag_queries() {
  COTERIE_RETURN_IF_ERROR(flags_->close());
  for (const FlagQuery& query : options_.flag_queries) {
    const Parameter parameters[] = {{"rule", std::string_view(query.rule)},
                                    {"column", std::string_view(query.column)},
                                    {"reason", std::string_view(query.reason)}};
    auto staged = connection_.execute(
        fmt::format("INSERT INTO staged_flags SELECT line, $rule, nullif($column, ''), $reason FROM ({})",
                    query.select),
        parameters, context_.cancel);
    if (!staged) return staged.error();
    if (*staged == 0 || query.trait.empty()) continue;
    const Parameter trait[] = {{"trait", std::string_view(query.trait)},
                               {"rule", std::string_view(query.rule)}};
    auto traits = connection_.execute(
        "INSERT INTO staged_users SELECT user_id, $trait, 'true', min(ts) FROM staged_events "
        "WHERE user_id IS NOT NULL AND line IN (SELECT line FROM staged_flags WHERE rule = $rule) "
        "GROUP BY user_id ORDER BY user_id",
        trait, context_.cancel);
    if (!traits) return traits.error();
  }
  return {};
}

// Counts what came before, in earlier parts and earlier in this one.
Status EventParts::judge_in_import(bool is_last) {
  std::sort(rows_.begin(), rows_.end(),
            [](const Row& a, const Row& b) { return a.id == b.id ? a.row < b.row : is_before(a.id, b.id); });
  std::vector<Hash128> ids;
  ids.reserve(rows_.size());
  for (const Row& row : rows_) ids.push_back(row.id);
  const std::vector<Hash128> all = is_last ? std::vector<Hash128>() : ids;
  IdMatcher earlier(distinct(std::move(ids)));
  if (written_ > 0) COTERIE_RETURN_IF_ERROR(earlier.scan_ids(seen_->path(), context_));
  if (!is_last) {
    COTERIE_RETURN_IF_ERROR(seen_->append(all));
    COTERIE_RETURN_IF_ERROR(seen_->flush());
  }
  const bool keep = options_.repeats == data::Repeats::kKeep;
  size_t at = 0;
  for (size_t i = 0; i < earlier.size(); ++i) {
    int32_t occurrence = static_cast<int32_t>(earlier.count(i));
    for (; at < rows_.size() && rows_[at].id == earlier.id(i); ++at, ++occurrence) {
      if (occurrence == 0) continue;
      Row& row = rows_[at];
      row.occurrence = row.is_content_id && keep ? occurrence : -1;
    }
  }
  for (Row& row : rows_) {
    if (row.occurrence > 0) row.id = base::hash128(fmt::format("{}-{}", ids_.at(row.row), row.occurrence));
  }
  return {};
}

// Of the ids that may be in the workspace, those that are become duplicates.
Status EventParts::judge_in_workspace() {
  if (known_files_.empty()) return {};
  std::vector<Hash128> ids;
  ids.reserve(rows_.size());
  for (const Row& row : rows_)
    if (row.occurrence >= 0) ids.push_back(row.id);
  IdMatcher known(distinct(std::move(ids)));
  for (const fs::path& file : known_files_) COTERIE_RETURN_IF_ERROR(known.scan_hashes(file, context_));
  std::vector<size_t> suspects;
  for (size_t i = 0; i < rows_.size(); ++i)
    if (rows_[i].occurrence >= 0 && known.count(known.find(rows_[i].id)) > 0) suspects.push_back(i);
  return suspects.empty() ? Status() : drop_stored(suspects);
}

// Compares the ids themselves; a suspect whose id is not stored stays.
Status EventParts::drop_stored(const std::vector<size_t>& suspects) {
  COTERIE_ASSIGN_OR_STATUS(const auto appender, connection_.appender("suspects"));
  data::TextColumn ids;
  std::vector<uint32_t> places;
  for (const size_t i : suspects) {
    const Row& row = rows_[i];
    const std::string_view id = ids_.at(row.row);
    ids.append(row.occurrence > 0 ? fmt::format("{}-{}", id, row.occurrence) : std::string(id));
    places.push_back(static_cast<uint32_t>(i));
  }
  const Appender::ColumnData columns[] = {Appender::Uint32s(places), &ids};
  COTERIE_RETURN_IF_ERROR(appender->append(columns, places.size()));
  COTERIE_RETURN_IF_ERROR(appender->close());
  return connection_.query(
      "SELECT place::BIGINT FROM suspects SEMI JOIN events USING (event_id) ORDER BY place", {},
      [&](const Rows& found) -> Status {
        for (size_t i = 0; i < found.size(); ++i)
          rows_[static_cast<size_t>(found.int64(0, i))].occurrence = -1;
        return {};
      },
      context_.cancel);
}

// Tells SQL about the rows that are not simply new; false when there are none.
Result<bool> EventParts::write_verdicts() {
  std::vector<uint32_t> numbers;
  std::vector<int64_t> occurrences;
  for (const Row& row : rows_) {
    if (row.occurrence == 0) continue;
    numbers.push_back(row.row);
    occurrences.push_back(row.occurrence);
  }
  if (numbers.empty()) return false;
  COTERIE_ASSIGN(const auto appender, connection_.appender("verdicts"));
  const Appender::ColumnData columns[] = {Appender::Uint32s(numbers), Appender::Int64s(occurrences)};
  COTERIE_CHECK_OK(appender->append(columns, numbers.size()));
  COTERIE_CHECK_OK(appender->close());
  return true;
}

Status EventParts::write_file(bool has_verdicts) {
  const Parameter parameters[] = {{"source", std::string_view(options_.source)},
                                  {"received_at", options_.received_at}};
  const std::string select =
      has_verdicts ? fmt::format("SELECT {}, {} FROM {} ORDER BY {}", kFinalId, kColumns, kJudged, kOrder)
                   : fmt::format("SELECT event_id, {} FROM staged_events ORDER BY {}", kColumns, kOrder);
  const fs::path path = folder_ / fmt::format("part-{}.parquet", ++written_);
  COTERIE_ASSIGN_OR_STATUS(const uint64_t rows,
                           connection_.execute(copy_to(select, path), parameters, context_.cancel));
  parts_.push_back({path, rows});
  return {};
}

Status EventParts::keep_flags(bool has_verdicts) {
  const std::string events = has_verdicts ? fmt::format("(SELECT {}, line FROM {})", kFinalId, kJudged)
                                          : std::string("staged_events");
  auto kept = connection_.execute(
      fmt::format("INSERT INTO accepted_flags SELECT DISTINCT event_id, rule, \"column\", reason, line "
                  "FROM staged_flags JOIN {} AS accepted USING (line)",
                  events),
      {}, context_.cancel);
  return kept ? Status() : kept.error();
}

Status EventParts::keep_id_hashes() {
  std::vector<uint64_t> hashes;
  for (const Row& row : rows_)
    if (row.occurrence >= 0) hashes.push_back(id_hash(row.id));
  COTERIE_RETURN_IF_ERROR(id_hashes_->append(hashes));
  return id_hashes_->flush();
}

Status EventParts::drop_brought_by_others() {
  COTERIE_ASSIGN_OR_STATUS(const auto files, id_files(workspace_));
  bool any = false;
  for (const fs::path& file : files) {
    if (std::find(known_files_.begin(), known_files_.end(), file) != known_files_.end()) continue;
    COTERIE_ASSIGN_OR_STATUS(const bool shared, share_hashes(file, id_hashes_->path(), context_));
    any = any || shared;
  }
  if (!any) return {};
  COTERIE_ASSIGN_OR_STATUS(id_hashes_, IdFileWriter::create(folder_ / "accepted-again.ids"));
  for (Part& part : parts_) COTERIE_RETURN_IF_ERROR(rewrite_without_stored(&part));
  auto flags = connection_.execute(
      "DELETE FROM accepted_flags WHERE event_id IN (SELECT event_id FROM events)", {}, context_.cancel);
  return flags ? id_hashes_->flush() : flags.error();
}

Status EventParts::rewrite_without_stored(Part* part) {
  const fs::path path = folder_ / fmt::format("part-{}.parquet", ++written_);
  const std::string rest =
      fmt::format("read_parquet({}) ANTI JOIN (SELECT event_id FROM events) AS known USING (event_id)",
                  sql_quoted(part->path.string()));
  COTERIE_ASSIGN_OR_STATUS(
      const uint64_t rows,
      connection_.execute(copy_to(fmt::format("SELECT * FROM {} ORDER BY {}", rest, kOrder), path), {},
                          context_.cancel));
  std::error_code code;
  fs::remove(part->path, code);
  *part = {path, rows};
  if (rows == 0) return {};
  return connection_.query(
      fmt::format("SELECT event_id FROM read_parquet({})", sql_quoted(path.string())), {},
      [&](const Rows& ids) {
        std::vector<uint64_t> hashes;
        for (size_t i = 0; i < ids.size(); ++i) hashes.push_back(id_hash(base::hash128(ids.text(0, i))));
        return id_hashes_->append(hashes);
      },
      context_.cancel);
}

}  // namespace coterie::store
