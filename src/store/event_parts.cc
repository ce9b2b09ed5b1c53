#include "store/event_parts.h"

#include <algorithm>
#include <atomic>
#include <map>

#include "base/file.h"
#include "store/catalog.h"
#include "store/lease.h"

namespace coterie::store {

using base::Hash128;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kOrder = "bucket, coalesce(user_id, anonymous_id), ts, event_id";

using Row = StagedEvents::Row;

// In ascending order, without repeats.
std::vector<Hash128> distinct(std::vector<Hash128> ids) {
  if (!std::is_sorted(ids.begin(), ids.end(), is_before)) std::sort(ids.begin(), ids.end(), is_before);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace

Result<std::vector<fs::path>> id_files(Workspace& workspace, Connection& connection,
                                       const base::Context& context) {
  const int64_t generation = connection.lease()->generation();
  COTERIE_ASSIGN(const auto files, workspace.catalog().files(TableKind::kEventIds, generation));
  COTERIE_CHECK_OK(workspace.verify_files(files, *context.pool));
  std::vector<fs::path> out;
  for (const StoredFile& file : files) out.push_back(workspace.folder() / file.name);
  return out;
}

EventParts::~EventParts() {
  writer_.reset();  // its thread may still write to the folder
  std::error_code code;
  fs::remove_all(folder_, code);
}

Result<std::unique_ptr<EventParts>> EventParts::begin(Workspace& workspace, Connection& connection,
                                                      const IngestOptions& options,
                                                      std::vector<fs::path> known_files,
                                                      const base::Context& context) {
  std::unique_ptr<EventParts> parts(new EventParts(workspace, connection, options, context));
  COTERIE_ASSIGN(const fs::path temp_folder, workspace.temp_folder());
  static std::atomic<int> count{0};  // a process may have several imports at once
  parts->folder_ = temp_folder / fmt::format("import-{}", ++count);
  std::error_code code;
  fs::create_directory(parts->folder_, code);
  if (code) return tl::unexpected(base::system_error("cannot make folder", parts->folder_, code.value()));
  parts->known_files_ = std::move(known_files);
  COTERIE_ASSIGN(parts->writer_, PartWriter::begin(connection, parts->folder_, context));
  COTERIE_ASSIGN(parts->id_hashes_, IdFileWriter::create(parts->folder_ / "accepted.ids"));
  COTERIE_ASSIGN(parts->seen_, IdFileWriter::create(parts->folder_ / "seen.ids"));
  constexpr std::string_view kTables[] = {
      "CREATE TABLE accepted_flags (event_id VARCHAR, rule VARCHAR, \"column\" VARCHAR, reason VARCHAR, "
      "line UBIGINT)",
      "CREATE TABLE suspects (place UBIGINT, event_id VARCHAR)",
  };
  for (const std::string_view table : kTables)
    if (auto made = connection.execute(table); !made) return tl::unexpected(made.error());
  COTERIE_CHECK_OK(add_row_source(connection, "staged_events", parts->current_));
  return parts;
}

Status EventParts::append(std::shared_ptr<const data::EventBatch> batch) {
  // Flags come after their events, so a full part is written when the next events come.
  if (part().is_full()) COTERIE_RETURN_IF_ERROR(write_part(false));
  received_ += batch->rows();
  Status taken = part().append(batch, *context_.budget);
  if (taken.code() != base::Code::kResourceExhausted) return taken;
  COTERIE_RETURN_IF_ERROR(writer_->wait());
  return part().append(std::move(batch), *context_.budget);
}

void EventParts::collect_next() {
  current_.events = std::make_unique<StagedEvents>(options_.source, options_.received_at, options_.part_rows);
}

Status EventParts::append(const data::FlagBatch& batch) {
  for (size_t i = 0; i < batch.rows(); ++i)
    flags_.push_back({batch.line[i], std::string(batch.rule.at(i)),
                      std::string(batch.column.is_null(i) ? "" : batch.column.at(i)),
                      std::string(batch.reason.at(i))});
  return {};
}

Status EventParts::finish() {
  if (!part().is_empty()) COTERIE_RETURN_IF_ERROR(write_part(true));
  return writer_->wait();
}

uint64_t EventParts::accepted() const {
  uint64_t rows = 0;
  for (const StagedFile& part : parts()) rows += part.rows;
  return rows;
}

Status EventParts::write_part(bool is_last) {
  COTERIE_RETURN_IF_ERROR(run_flag_queries());
  COTERIE_RETURN_IF_ERROR(judge_in_import(is_last));
  COTERIE_RETURN_IF_ERROR(judge_in_workspace());
  part().keep_accepted_in_file_order();
  COTERIE_RETURN_IF_ERROR(keep_flags());
  COTERIE_RETURN_IF_ERROR(keep_id_hashes());
  COTERIE_RETURN_IF_ERROR(writer_->write(std::move(current_.events)));
  collect_next();
  is_first_ = false;
  return context_.check_cancelled();
}

Status EventParts::run_flag_queries() {
  for (const FlagQuery& query : options_.flag_queries) {
    std::map<uint64_t, base::Timestamp> known_from;  // by line
    COTERIE_RETURN_IF_ERROR(connection_.query(
        fmt::format("SELECT line, min(known_from) FROM ({}\n) GROUP BY line ORDER BY line", query.select), {},
        [&](const Rows& found) -> Status {
          for (size_t i = 0; i < found.size(); ++i)
            known_from.emplace(static_cast<uint64_t>(found.int64(0, i)), found.int64(1, i));
          return {};
        },
        context_.cancel));
    for (const auto& [line, ts] : known_from)
      flags_.push_back({line, query.rule, query.column, query.reason});
    if (!query.trait.empty() && !known_from.empty()) add_traits(query, known_from);
  }
  return {};
}

// Each user of the lines, from the earliest known_from on.
void EventParts::add_traits(const FlagQuery& query, const std::map<uint64_t, base::Timestamp>& known_from) {
  std::map<std::string_view, base::Timestamp> first;
  for (const Row& row : part().staged_rows()) {
    const auto line = known_from.find(part().line(row));
    if (part().user(row).empty() || line == known_from.end()) continue;
    const auto [it, is_new] = first.emplace(part().user(row), line->second);
    if (!is_new) it->second = std::min(it->second, line->second);
  }
  for (const auto& [user, ts] : first) {
    traits_.id.append(user);
    traits_.name.append(query.trait);
    traits_.value.append("true");
    traits_.valid_from.push_back(ts);
  }
}

// Counts what came before, in earlier parts and earlier in this one.
Status EventParts::judge_in_import(bool is_last) {
  std::vector<Row>& rows = part().staged_rows();
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.id == b.id ? a.is_before(b) : is_before(a.id, b.id); });
  std::vector<Hash128> ids;
  ids.reserve(rows.size());
  for (const Row& row : rows) ids.push_back(row.id);
  const std::vector<Hash128> all = is_last ? std::vector<Hash128>() : ids;
  IdMatcher earlier(distinct(std::move(ids)));
  if (!is_first_) COTERIE_RETURN_IF_ERROR(earlier.scan_ids(seen_->path(), context_));
  if (!is_last) {
    COTERIE_RETURN_IF_ERROR(seen_->append(all));
    COTERIE_RETURN_IF_ERROR(seen_->flush());
  }
  const bool keep = options_.repeats == data::Repeats::kKeep;
  size_t at = 0;
  for (size_t i = 0; i < earlier.size(); ++i) {
    int32_t occurrence = static_cast<int32_t>(earlier.count(i));
    for (; at < rows.size() && rows[at].id == earlier.id(i); ++at, ++occurrence)
      if (occurrence > 0) rows[at].occurrence = rows[at].is_content_id && keep ? occurrence : -1;
  }
  for (Row& row : rows)
    if (row.occurrence > 0) row.id = base::hash128(part().stored_id(row));
  return {};
}

// Of the ids that may be in the workspace, those that are become duplicates.
Status EventParts::judge_in_workspace() {
  if (known_files_.empty()) return {};
  std::vector<Row>& rows = part().staged_rows();
  std::vector<Hash128> ids;
  ids.reserve(rows.size());
  for (const Row& row : rows)
    if (row.occurrence >= 0) ids.push_back(row.id);
  IdMatcher known(distinct(std::move(ids)));
  for (const fs::path& file : known_files_) COTERIE_RETURN_IF_ERROR(known.scan_hashes(file, context_));
  std::vector<size_t> suspects;
  for (size_t i = 0; i < rows.size(); ++i)
    if (rows[i].occurrence >= 0 && known.count(known.find(rows[i].id)) > 0) suspects.push_back(i);
  return suspects.empty() ? Status() : drop_stored(suspects);
}

// Compares the ids themselves; a suspect whose id is not stored stays.
Status EventParts::drop_stored(const std::vector<size_t>& suspects) {
  std::vector<Row>& rows = part().staged_rows();
  COTERIE_RETURN_IF_ERROR(workspace_.add_views(connection_, {{TableKind::kEvents}}, *context_.pool));
  COTERIE_ASSIGN_OR_STATUS(const auto appender, connection_.appender("suspects"));
  data::TextColumn ids;
  std::vector<uint64_t> places;
  for (const size_t i : suspects) {
    ids.append(part().stored_id(rows[i]));
    places.push_back(i);
  }
  const Appender::ColumnData columns[] = {Appender::Uint64s(places), &ids};
  COTERIE_RETURN_IF_ERROR(appender->append(columns, places.size()));
  COTERIE_RETURN_IF_ERROR(appender->close());
  COTERIE_RETURN_IF_ERROR(connection_.query(
      "SELECT place FROM suspects SEMI JOIN events USING (event_id) ORDER BY place", {},
      [&](const Rows& found) -> Status {
        for (size_t i = 0; i < found.size(); ++i)
          rows[static_cast<size_t>(found.int64(0, i))].occurrence = -1;
        return {};
      },
      context_.cancel));
  auto emptied = connection_.execute("DELETE FROM suspects");
  return emptied ? Status() : emptied.error();
}

// Of the accepted events; after part().keep_accepted_in_file_order().
Status EventParts::keep_flags() {
  if (flags_.empty()) return {};
  std::multimap<uint64_t, const Flag*> by_line;
  for (const Flag& flag : flags_) by_line.emplace(flag.line, &flag);
  data::TextColumn ids, rules, names, reasons;
  std::vector<uint64_t> lines;
  for (const Row& row : part().staged_rows()) {
    const auto [begin, end] = by_line.equal_range(part().line(row));
    for (auto it = begin; it != end; ++it) {
      ids.append(part().stored_id(row));
      rules.append(it->second->rule);
      names.append_or_null(it->second->column);
      reasons.append(it->second->reason);
      lines.push_back(it->first);
    }
  }
  flags_.clear();
  COTERIE_ASSIGN_OR_STATUS(const auto appender, connection_.appender("accepted_flags"));
  const Appender::ColumnData columns[] = {&ids, &rules, &names, &reasons, Appender::Uint64s(lines)};
  COTERIE_RETURN_IF_ERROR(appender->append(columns, lines.size()));
  return appender->close();
}

Status EventParts::keep_id_hashes() {
  std::vector<uint64_t> hashes;
  for (const Row& row : part().staged_rows()) hashes.push_back(id_hash(row.id));
  COTERIE_RETURN_IF_ERROR(id_hashes_->append(hashes));
  return id_hashes_->flush();
}

Status EventParts::drop_brought_by_others() {
  COTERIE_ASSIGN_OR_STATUS(const auto files, id_files(workspace_, connection_, context_));
  bool any = false;
  for (const fs::path& file : files) {
    if (std::find(known_files_.begin(), known_files_.end(), file) != known_files_.end()) continue;
    COTERIE_ASSIGN_OR_STATUS(const bool shared, share_hashes(file, id_hashes_->path(), context_));
    any = any || shared;
  }
  if (!any) return {};
  COTERIE_RETURN_IF_ERROR(workspace_.add_views(connection_, {{TableKind::kEvents}}, *context_.pool));
  COTERIE_ASSIGN_OR_STATUS(id_hashes_, IdFileWriter::create(folder_ / "accepted-again.ids"));
  for (StagedFile& part : writer_->files()) COTERIE_RETURN_IF_ERROR(rewrite_without_stored(&part));
  auto flags = connection_.execute(
      "DELETE FROM accepted_flags WHERE event_id IN (SELECT event_id FROM events)", {}, context_.cancel);
  return flags ? id_hashes_->flush() : flags.error();
}

Status EventParts::rewrite_without_stored(StagedFile* part) {
  const fs::path path = folder_ / ("fresh-" + part->path.filename().string());
  const std::string rest = fmt::format(
      "read_parquet({}, hive_partitioning = false) ANTI JOIN (SELECT event_id FROM events) AS known USING "
      "(event_id)",
      sql_quoted(part->path.string()));
  COTERIE_ASSIGN_OR_STATUS(
      const uint64_t rows,
      connection_.execute(copy_to_part(fmt::format("SELECT * FROM {} ORDER BY {}", rest, kOrder), path), {},
                          context_.cancel));
  std::error_code code;
  fs::remove(part->path, code);
  if (part->rows = rows; rows == 0) return {};
  COTERIE_ASSIGN_OR_STATUS(*part, stage_table(connection_, path, TableKind::kEvents, rows));
  return connection_.query(
      fmt::format("SELECT event_id FROM read_parquet({}, hive_partitioning = false)",
                  sql_quoted(path.string())),
      {},
      [&](const Rows& ids) {
        std::vector<uint64_t> hashes;
        for (size_t i = 0; i < ids.size(); ++i) hashes.push_back(id_hash(base::hash128(ids.text(0, i))));
        return id_hashes_->append(hashes);
      },
      context_.cancel);
}

}  // namespace coterie::store
