#include "store/ingest.h"

#include <nlohmann/json.hpp>

#include "store/catalog.h"
#include "store/commit.h"
#include "store/duckdb.h"
#include "store/event_parts.h"
#include "store/in_order.h"
#include "store/schema.h"

namespace coterie::store {

using base::Result;
using base::Status;

namespace {

// What is staged besides events and facts (event_parts.h, fact_parts.h): the file's rows as cleaned. `source` and `received_at`
// are the same for all of them and are added when they are written.
constexpr std::string_view kCreateStaged[] = {
    "CREATE TABLE staged_quarantine (content_id VARCHAR, line UBIGINT, byte_offset UBIGINT, rule VARCHAR, "
    "\"column\" VARCHAR, reason VARCHAR, raw VARCHAR)",
    "CREATE TABLE staged_texts (text_id VARCHAR, is_content_id BOOLEAN, user_id VARCHAR, item_id VARCHAR, "
    "kind VARCHAR, body VARCHAR, ts TIMESTAMP, rating DOUBLE, campaign_id VARCHAR, line UBIGINT)",
    "CREATE TABLE staged_links (user_id VARCHAR, other_user_id VARCHAR, relation VARCHAR, ts TIMESTAMP, "
    "line UBIGINT)",
};

// A bad row that was seen before, in this or another file, is counted again but stored once.
constexpr std::string_view kFreshQuarantine =
    "SELECT identified.* FROM ("
    "  SELECT content_id || '-' || (row_number() OVER (PARTITION BY content_id ORDER BY line) - 1) AS "
    "quarantine_id,"
    "    $source AS source, line, byte_offset, rule, \"column\", reason, raw,"
    "    make_timestamp($received_at) AS received_at, $import_id AS import_id FROM staged_quarantine) AS "
    "identified "
    "ANTI JOIN (SELECT quarantine_id FROM quarantine) AS known USING (quarantine_id) ORDER BY line";

// What stays of the quarantine when rows of it are read again, and what those are now.
constexpr std::string_view kReplayedRows =
    "CREATE TABLE replayed_rows AS SELECT * FROM quarantine SEMI JOIN replayed USING (quarantine_id)";
constexpr std::string_view kOtherQuarantine =
    "SELECT quarantine_id, source, line, byte_offset, rule, \"column\", reason, raw, received_at, import_id "
    "FROM quarantine ANTI JOIN replayed USING (quarantine_id) ORDER BY import_id, line, quarantine_id";
constexpr std::string_view kRestatedQuarantine =
    "SELECT quarantine_id, source, line, r.byte_offset, s.rule, s.\"column\", s.reason, r.raw, received_at, "
    "import_id FROM replayed_rows AS r JOIN staged_quarantine AS s USING (line) ORDER BY line, quarantine_id";

constexpr std::string_view kFreshTexts =
    "SELECT text_id, user_id, item_id, kind, body, ts, rating, campaign_id, $source AS source, line,"
    "  make_timestamp($received_at) AS received_at"
    " FROM (SELECT DISTINCT ON (text_id) * FROM staged_texts ORDER BY text_id, line) AS first "
    "ANTI JOIN (SELECT text_id FROM texts) AS known USING (text_id) ORDER BY text_id";

constexpr std::string_view kFreshLinks =
    "SELECT DISTINCT user_id, other_user_id, relation, ts, $source AS source,"
    "  make_timestamp($received_at) AS received_at FROM staged_links "
    "ANTI JOIN (SELECT user_id, other_user_id, relation, ts FROM links) AS known "
    "USING (user_id, other_user_id, relation, ts) ORDER BY user_id, other_user_id, relation, ts";

constexpr std::string_view kFreshFlags =
    "SELECT event_id, rule, \"column\", reason, $source AS source, line, $import_id AS import_id "
    "FROM accepted_flags ORDER BY event_id, rule";

// The views that an import needs; the events are read where an id may be known (event_parts.cc).
Scope read_by_every_import() {
  return {
      {TableKind::kItems, TableKind::kUsers, TableKind::kTexts, TableKind::kLinks, TableKind::kQuarantine},
      {}};
}

// Batches that may wait while a part is written: at most 16,384 rows each.
constexpr size_t kBatchesAhead = 64;

nlohmann::json to_json(const IngestOptions& options, const IngestCounts& counts) {
  nlohmann::json out =
      options.details.empty() ? nlohmann::json::object() : nlohmann::json::parse(options.details);
  out.update({{"source", options.source},
              {"preset", options.preset},
              {"received_at", base::utc_string(options.received_at)},
              {"received", counts.received},
              {"accepted", counts.accepted},
              {"duplicate", counts.duplicate},
              {"quarantined", counts.quarantined},
              {"quarantined_by_rule", counts.quarantined_by_rule},
              {"flagged_by_rule", counts.flagged_by_rule}});
  return out;
}

}  // namespace

struct Ingest::State {
  Workspace& workspace;
  IngestOptions options;
  base::Context context;
  InOrder work;  // everything that touches the connection before commit()
  std::unique_ptr<Connection> connection;
  std::unique_ptr<EventParts> events;
  std::unique_ptr<FactParts> items;
  std::unique_ptr<FactParts> users;
  std::unique_ptr<Appender> quarantine;
  std::unique_ptr<Appender> texts;
  std::unique_ptr<Appender> links;
  IngestCounts counts;
  uint64_t staged = 0;   // texts and links
  uint64_t records = 0;  // of users and items

  State(Workspace& shop, IngestOptions chosen, const base::Context& given)
      : workspace(shop),
        options(std::move(chosen)),
        context(given),
        work(given.pool->threads() > 1 ? kBatchesAhead : 0) {}
  ~State() { [[maybe_unused]] const Status done = work.wait(); }

  // Hands a copy of the batch to `append`, which runs in order on the thread of `work`.
  template <class Batch, class Append>
  Status later(const Batch& batch, Append append) {
    return work.submit([batch = std::make_shared<const Batch>(batch), append] { return append(*batch); });
  }

  Status stage(const data::TextBatch& batch);
  Status stage(const data::LinkBatch& batch);
  Status stage(const data::QuarantineBatch& batch);
  Status finish_staging();
  Status add_facts(Commit& commit);
  Status add_table(Commit& commit, TableKind kind, std::string_view select,
                   std::span<const Parameter> parameters, uint64_t* rows);
  Status add_all(Commit& commit, const std::string& import_id);
  Status add_replayed(Commit& commit);
};

Ingest::Ingest(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ingest::~Ingest() = default;

Result<std::unique_ptr<Ingest>> Ingest::begin(Workspace& workspace, IngestOptions options,
                                              const base::Context& context) {
  auto state = std::make_unique<State>(workspace, std::move(options), context);
  COTERIE_ASSIGN(state->connection, workspace.connect(context, read_by_every_import()));
  // Of the same generation as the views; what comes later is found when the import commits.
  COTERIE_ASSIGN(auto known_files, id_files(workspace, *state->connection, context));
  for (const std::string_view statement : kCreateStaged)
    if (auto done = state->connection->execute(statement); !done) return tl::unexpected(done.error());
  COTERIE_ASSIGN(state->quarantine, state->connection->appender("staged_quarantine"));
  COTERIE_ASSIGN(state->texts, state->connection->appender("staged_texts"));
  COTERIE_ASSIGN(state->links, state->connection->appender("staged_links"));
  COTERIE_ASSIGN(state->events, EventParts::begin(workspace, *state->connection, state->options,
                                                  std::move(known_files), context));
  const auto facts = [&](AttributeKind kind) {
    return FactParts::begin(*state->connection, kind, state->events->folder(), state->options.part_rows);
  };
  COTERIE_ASSIGN(state->items, facts(AttributeKind::kItems));
  COTERIE_ASSIGN(state->users, facts(AttributeKind::kUsers));
  return std::unique_ptr<Ingest>(new Ingest(std::move(state)));
}

Status Ingest::append(const data::EventBatch& batch) {
  state_->counts.received += batch.rows();
  return state_->work.submit([s = state_.get(), copy = std::make_shared<const data::EventBatch>(batch)] {
    return s->events->append(copy);
  });
}

Status Ingest::append(const data::FlagBatch& batch) {
  return state_->later(batch, [s = state_.get()](const data::FlagBatch& b) { return s->events->append(b); });
}

Status Ingest::append(const data::AttributeBatch& batch, AttributeKind kind) {
  FactParts* facts = (kind == AttributeKind::kItems ? state_->items : state_->users).get();
  return state_->later(batch, [s = state_.get(), facts](const data::AttributeBatch& b) {
    return facts->append(b, s->context);
  });
}

Status Ingest::append(const data::QuarantineBatch& batch) {
  state_->counts.received += batch.rows();
  state_->counts.quarantined += batch.rows();
  for (size_t row = 0; row < batch.rows(); ++row)
    ++state_->counts.quarantined_by_rule[std::string(batch.rule.at(row))];
  return state_->later(batch, [s = state_.get()](const data::QuarantineBatch& b) { return s->stage(b); });
}

Status Ingest::append(const data::TextBatch& batch) {
  state_->counts.received += batch.rows();
  state_->staged += batch.rows();
  return state_->later(batch, [s = state_.get()](const data::TextBatch& b) { return s->stage(b); });
}

Status Ingest::append(const data::LinkBatch& batch) {
  state_->counts.received += batch.rows();
  state_->staged += batch.rows();
  return state_->later(batch, [s = state_.get()](const data::LinkBatch& b) { return s->stage(b); });
}

Status Ingest::State::stage(const data::QuarantineBatch& batch) {
  const Appender::ColumnData columns[] = {&batch.content_id,
                                          Appender::Uint64s(batch.line),
                                          Appender::Uint64s(batch.byte_offset),
                                          &batch.rule,
                                          &batch.column,
                                          &batch.reason,
                                          &batch.raw};
  return quarantine->append(columns, batch.rows());
}

Status Ingest::State::stage(const data::TextBatch& batch) {
  const Appender::ColumnData columns[] = {&batch.text_id,
                                          Appender::Flags(batch.is_content_id),
                                          &batch.user_id,
                                          &batch.item_id,
                                          &batch.kind,
                                          &batch.body,
                                          Appender::Int64s(batch.ts),
                                          &batch.rating,
                                          &batch.campaign_id,
                                          Appender::Uint64s(batch.line)};
  return texts->append(columns, batch.rows());
}

Status Ingest::State::stage(const data::LinkBatch& batch) {
  const Appender::ColumnData columns[] = {&batch.user_id, &batch.other_user_id, &batch.relation,
                                          Appender::Int64s(batch.ts), Appender::Uint64s(batch.line)};
  return links->append(columns, batch.rows());
}

Status Ingest::State::finish_staging() {
  COTERIE_RETURN_IF_ERROR(work.wait());
  COTERIE_RETURN_IF_ERROR(events->finish());
  if (events->traits().rows() > 0) COTERIE_RETURN_IF_ERROR(users->append(events->traits(), context));
  for (FactParts* facts : {items.get(), users.get()}) COTERIE_RETURN_IF_ERROR(facts->finish(context));
  for (auto* appender : {&quarantine, &texts, &links}) COTERIE_RETURN_IF_ERROR((*appender)->close());
  return {};
}

Status Ingest::State::add_table(Commit& commit, TableKind kind, std::string_view select,
                                std::span<const Parameter> parameters, uint64_t* rows) {
  COTERIE_ASSIGN_OR_STATUS(const uint64_t added,
                           commit.add_table(*connection, kind, select, parameters, context));
  if (rows != nullptr) *rows += added;
  return {};
}

Status Ingest::State::add_facts(Commit& commit) {
  counts.accepted += records;
  for (FactParts* facts : {items.get(), users.get()}) {
    COTERIE_ASSIGN_OR_STATUS(const uint64_t known, facts->add_to(commit, options.source, context));
    counts.duplicate += known;
    counts.accepted -= known;
  }
  return {};
}

// Everything that is new becomes files of the commit.
Status Ingest::State::add_all(Commit& commit, const std::string& import_id) {
  COTERIE_RETURN_IF_ERROR(events->drop_brought_by_others());
  for (const StagedFile& part : events->parts())
    if (part.rows > 0) COTERIE_RETURN_IF_ERROR(commit.add_file(part));
  counts.accepted = events->accepted();
  if (counts.accepted > 0) {
    COTERIE_ASSIGN_OR_STATUS(const StagedFile ids,
                             stage_file(events->id_hashes(), TableKind::kEventIds, counts.accepted));
    COTERIE_RETURN_IF_ERROR(commit.add_file(ids));
  }
  const Parameter parameters[] = {{"source", std::string_view(options.source)},
                                  {"received_at", options.received_at},
                                  {"import_id", std::string_view(import_id)}};
  COTERIE_RETURN_IF_ERROR(add_table(commit, TableKind::kTexts, kFreshTexts, parameters, &counts.accepted));
  COTERIE_RETURN_IF_ERROR(add_table(commit, TableKind::kLinks, kFreshLinks, parameters, &counts.accepted));
  counts.duplicate = events->received() + staged - counts.accepted;
  COTERIE_RETURN_IF_ERROR(add_facts(commit));
  COTERIE_RETURN_IF_ERROR(options.replayed.empty() ? add_table(commit, TableKind::kQuarantine,
                                                               kFreshQuarantine, parameters, nullptr)
                                                   : add_replayed(commit));
  COTERIE_RETURN_IF_ERROR(add_table(commit, TableKind::kFlags, kFreshFlags, parameters, nullptr));
  return connection->query(
      "SELECT rule, count(DISTINCT event_id) FROM accepted_flags GROUP BY rule ORDER BY rule", {},
      [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i)
          counts.flagged_by_rule[std::string(rows.text(0, i))] = static_cast<uint64_t>(rows.int64(1, i));
        return {};
      });
}

// The rows of one import are known by their lines.
Status Ingest::State::add_replayed(Commit& commit) {
  auto made = connection->execute("CREATE TABLE replayed (quarantine_id VARCHAR)");
  if (!made) return made.error();
  COTERIE_ASSIGN_OR_STATUS(auto appender, connection->appender("replayed"));
  data::TextColumn ids;
  for (const std::string& id : options.replayed) ids.append(id);
  const Appender::ColumnData columns[] = {&ids};
  COTERIE_RETURN_IF_ERROR(appender->append(columns, options.replayed.size()));
  COTERIE_RETURN_IF_ERROR(appender->close());
  if (auto rows = connection->execute(kReplayedRows, {}, context.cancel); !rows) return rows.error();
  commit.replace(TableKind::kQuarantine);
  COTERIE_RETURN_IF_ERROR(add_table(commit, TableKind::kQuarantine, kOtherQuarantine, {}, nullptr));
  return add_table(commit, TableKind::kQuarantine, kRestatedQuarantine, {}, nullptr);
}

void Ingest::count_records(uint64_t records) {
  state_->records += records;
  state_->counts.received += records;
}

Result<IngestCounts> Ingest::commit() {
  State& s = *state_;
  COTERIE_CHECK_OK(s.finish_staging());
  COTERIE_ASSIGN(auto commit, Commit::begin(s.workspace, "import"));
  // The views of this connection are of the generation at begin(); others may have committed since.
  COTERIE_CHECK_OK(s.workspace.refresh_views(*s.connection, read_by_every_import()));
  COTERIE_ASSIGN(const auto imports, s.workspace.catalog().documents("imports"));
  const std::string import_id = fmt::format("{:08}", imports.size() + 1);
  COTERIE_CHECK_OK(s.add_all(*commit, import_id));
  COTERIE_CHECK_OK(s.context.check_cancelled());
  commit->put_document({"imports", import_id, to_json(s.options, s.counts).dump()});
  COTERIE_ASSIGN(const int64_t generation, commit->finish(s.context.clock->now()));
  s.context.log->write(base::LogLevel::kInfo, "import.committed",
                       {{"generation", generation},
                        {"received", static_cast<int64_t>(s.counts.received)},
                        {"accepted", static_cast<int64_t>(s.counts.accepted)}});
  return s.counts;
}

}  // namespace coterie::store
