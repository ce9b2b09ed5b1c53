#include "store/ingest.h"

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "store/catalog.h"
#include "store/commit.h"
#include "store/duckdb.h"
#include "store/schema.h"

namespace coterie::store {

using base::Result;
using base::Status;

namespace {

// What is staged: the file's rows as cleaned, with what identifies them. `source` and `received_at` are the
// same for all of them and are added when they are written.
constexpr std::string_view kCreateStaged[] = {
    "CREATE TABLE staged_events ("
    "event_id VARCHAR, is_content_id BOOLEAN, user_id VARCHAR, anonymous_id VARCHAR, item_id VARCHAR, "
    "behavior VARCHAR, ts TIMESTAMP, value DOUBLE, quantity DECIMAL(18,4), unit_price DECIMAL(18,4), "
    "line_amount DECIMAL(18,4), discount DECIMAL(18,4), currency VARCHAR, order_id VARCHAR, session_id "
    "VARCHAR, "
    "channel VARCHAR, campaign_id VARCHAR, decision_id VARCHAR, properties VARCHAR, line UBIGINT, bucket "
    "USMALLINT)",
    "CREATE TABLE staged_items (id VARCHAR, name VARCHAR, value VARCHAR, valid_from TIMESTAMP, line UBIGINT)",
    "CREATE TABLE staged_users (id VARCHAR, name VARCHAR, value VARCHAR, valid_from TIMESTAMP, line UBIGINT)",
    "CREATE TABLE staged_quarantine (content_id VARCHAR, line UBIGINT, byte_offset UBIGINT, rule VARCHAR, "
    "\"column\" VARCHAR, reason VARCHAR, raw VARCHAR)",
    "CREATE TABLE staged_texts (text_id VARCHAR, is_content_id BOOLEAN, user_id VARCHAR, item_id VARCHAR, "
    "kind VARCHAR, body VARCHAR, ts TIMESTAMP, rating DOUBLE, campaign_id VARCHAR, line UBIGINT)",
    "CREATE TABLE staged_links (user_id VARCHAR, other_user_id VARCHAR, relation VARCHAR, ts TIMESTAMP, "
    "line UBIGINT)",
    "CREATE TABLE staged_flags (line UBIGINT, rule VARCHAR, \"column\" VARCHAR, reason VARCHAR)",
};

// Ids that occur more than once in the file, with each row's place among its equals. Few rows: the common
// case costs one hash aggregation over the ids.
constexpr std::string_view kRepeatedEvents =
    "CREATE TABLE repeated_events AS "
    "SELECT line, row_number() OVER (PARTITION BY event_id ORDER BY line) - 1 AS occurrence "
    "FROM staged_events WHERE event_id IN (SELECT event_id FROM staged_events GROUP BY event_id HAVING "
    "count(*) > 1)";

// The accepted rows. An id of the sender's own, or a repeat that the preset drops, counts once; a kept repeat
// gets its place in the file as part of its id, so the same file read again gives the same ids.
constexpr std::string_view kFreshEvents =
    "SELECT identified.* FROM ("
    "  SELECT CASE WHEN coalesce(occurrence, 0) > 0 THEN event_id || '-' || occurrence ELSE event_id END AS "
    "event_id,"
    "    user_id, anonymous_id, item_id, behavior, ts, value, quantity, unit_price, line_amount, discount, "
    "currency,"
    "    order_id, session_id, channel, campaign_id, decision_id, properties, $source AS source,"
    "    make_timestamp($received_at) AS received_at, bucket"
    "  FROM staged_events LEFT JOIN repeated_events USING (line)"
    "  WHERE coalesce(occurrence, 0) = 0 OR (is_content_id AND $keep_repeats = 1)) AS identified "
    "ANTI JOIN (SELECT event_id FROM events) AS known USING (event_id) "
    "ORDER BY user_id, ts, event_id";

constexpr std::string_view kFreshItems =
    "SELECT DISTINCT id AS item_id, name AS attribute, value, valid_from, $source AS source FROM "
    "staged_items "
    "ANTI JOIN (SELECT item_id AS id, attribute AS name, value, valid_from FROM items) AS known "
    "USING (id, name, value, valid_from) ORDER BY item_id, attribute, valid_from, value";

constexpr std::string_view kFreshUsers =
    "SELECT DISTINCT id AS user_id, name AS trait, value, valid_from, $source AS source FROM staged_users "
    "ANTI JOIN (SELECT user_id AS id, trait AS name, value, valid_from FROM users) AS known "
    "USING (id, name, value, valid_from) ORDER BY user_id, trait, valid_from, value";

// Records of users and items that state nothing new; a fact that several records state is news of the first.
constexpr std::string_view kKnownItemRecords =
    "SELECT (SELECT count(DISTINCT line) FROM staged_items WHERE line > 0) - count(DISTINCT line) FROM ("
    "  SELECT id, name, value, valid_from, min(line) AS line FROM staged_items WHERE line > 0 GROUP BY ALL) "
    "ANTI JOIN (SELECT item_id AS id, attribute AS name, value, valid_from FROM items) AS known "
    "USING (id, name, value, valid_from)";

constexpr std::string_view kKnownUserRecords =
    "SELECT (SELECT count(DISTINCT line) FROM staged_users WHERE line > 0) - count(DISTINCT line) FROM ("
    "  SELECT id, name, value, valid_from, min(line) AS line FROM staged_users WHERE line > 0 GROUP BY ALL) "
    "ANTI JOIN (SELECT user_id AS id, trait AS name, value, valid_from FROM users) AS known "
    "USING (id, name, value, valid_from)";

// A bad row that was seen before, in this or another file, is counted again but stored once.
constexpr std::string_view kFreshQuarantine =
    "SELECT identified.* FROM ("
    "  SELECT content_id || '-' || (row_number() OVER (PARTITION BY content_id ORDER BY line) - 1) AS "
    "quarantine_id,"
    "    $source AS source, line, byte_offset, rule, \"column\", reason, raw,"
    "    make_timestamp($received_at) AS received_at, $import_id AS import_id FROM staged_quarantine) AS "
    "identified "
    "ANTI JOIN (SELECT quarantine_id FROM quarantine) AS known USING (quarantine_id) ORDER BY line";

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

uint16_t bucket(std::string_view user) { return static_cast<uint16_t>(base::hash64(user) >> 48); }

struct Ingest::State {
  Workspace& workspace;
  IngestOptions options;
  base::Context context;
  std::unique_ptr<Connection> connection;
  std::unique_ptr<Appender> events;
  std::unique_ptr<Appender> items;
  std::unique_ptr<Appender> users;
  std::unique_ptr<Appender> quarantine;
  std::unique_ptr<Appender> texts;
  std::unique_ptr<Appender> links;
  std::unique_ptr<Appender> flags;
  std::vector<uint16_t> buckets;  // of the batch being appended
  IngestCounts counts;
  uint64_t staged_events = 0;  // and texts and links
  uint64_t records = 0;        // of users and items
  std::vector<uint64_t> no_lines;
};

Ingest::Ingest(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ingest::~Ingest() = default;

Result<std::unique_ptr<Ingest>> Ingest::begin(Workspace& workspace, IngestOptions options,
                                              const base::Context& context) {
  auto state = std::unique_ptr<State>(new State{workspace,
                                                std::move(options),
                                                context,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                {},
                                                {},
                                                0,
                                                0,
                                                {}});
  COTERIE_ASSIGN(state->connection, workspace.connect(context));
  for (const std::string_view statement : kCreateStaged)
    if (auto done = state->connection->execute(statement); !done) return tl::unexpected(done.error());
  COTERIE_ASSIGN(state->events, state->connection->appender("staged_events"));
  COTERIE_ASSIGN(state->items, state->connection->appender("staged_items"));
  COTERIE_ASSIGN(state->users, state->connection->appender("staged_users"));
  COTERIE_ASSIGN(state->quarantine, state->connection->appender("staged_quarantine"));
  COTERIE_ASSIGN(state->texts, state->connection->appender("staged_texts"));
  COTERIE_ASSIGN(state->links, state->connection->appender("staged_links"));
  COTERIE_ASSIGN(state->flags, state->connection->appender("staged_flags"));
  return std::unique_ptr<Ingest>(new Ingest(std::move(state)));
}

Status Ingest::append(const data::EventBatch& batch) {
  state_->counts.received += batch.rows();
  state_->staged_events += batch.rows();
  state_->buckets.clear();
  for (size_t row = 0; row < batch.rows(); ++row)
    state_->buckets.push_back(
        bucket(batch.user_id.is_null(row) ? batch.anonymous_id.at(row) : batch.user_id.at(row)));
  const Appender::ColumnData columns[] = {&batch.event_id,
                                          Appender::Flags(batch.is_content_id),
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
                                          Appender::Uint16s(state_->buckets)};
  return state_->events->append(columns, batch.rows());
}

Status Ingest::append(const data::AttributeBatch& batch, AttributeKind kind) {
  const bool has_lines = batch.line.size() == batch.rows();
  if (!has_lines) state_->no_lines.assign(batch.rows(), 0);
  const Appender::ColumnData columns[] = {&batch.id, &batch.name, &batch.value,
                                          Appender::Int64s(batch.valid_from),
                                          Appender::Uint64s(has_lines ? batch.line : state_->no_lines)};
  return (kind == AttributeKind::kItems ? state_->items : state_->users)->append(columns, batch.rows());
}

Status Ingest::append(const data::QuarantineBatch& batch) {
  state_->counts.received += batch.rows();
  state_->counts.quarantined += batch.rows();
  for (size_t row = 0; row < batch.rows(); ++row)
    ++state_->counts.quarantined_by_rule[std::string(batch.rule.at(row))];
  const Appender::ColumnData columns[] = {&batch.content_id,
                                          Appender::Uint64s(batch.line),
                                          Appender::Uint64s(batch.byte_offset),
                                          &batch.rule,
                                          &batch.column,
                                          &batch.reason,
                                          &batch.raw};
  return state_->quarantine->append(columns, batch.rows());
}

Status Ingest::append(const data::TextBatch& batch) {
  state_->counts.received += batch.rows();
  state_->staged_events += batch.rows();
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
  return state_->texts->append(columns, batch.rows());
}

Status Ingest::append(const data::LinkBatch& batch) {
  state_->counts.received += batch.rows();
  state_->staged_events += batch.rows();
  const Appender::ColumnData columns[] = {&batch.user_id, &batch.other_user_id, &batch.relation,
                                          Appender::Int64s(batch.ts), Appender::Uint64s(batch.line)};
  return state_->links->append(columns, batch.rows());
}

Status Ingest::append(const data::FlagBatch& batch) {
  const Appender::ColumnData columns[] = {Appender::Uint64s(batch.line), &batch.rule, &batch.column,
                                          &batch.reason};
  return state_->flags->append(columns, batch.rows());
}

void Ingest::count_records(uint64_t records) {
  state_->records += records;
  state_->counts.received += records;
}

Result<IngestCounts> Ingest::commit() {
  State& s = *state_;
  for (auto* appender : {&s.events, &s.items, &s.users, &s.quarantine, &s.texts, &s.links, &s.flags}) {
    COTERIE_CHECK_OK((*appender)->close());
    appender->reset();
  }
  if (auto done = s.connection->execute(kRepeatedEvents, {}, s.context.cancel); !done)
    return tl::unexpected(done.error());
  COTERIE_ASSIGN(auto commit, Commit::begin(s.workspace, "import"));
  // The views of this connection are of the generation at begin(); others may have committed since.
  COTERIE_CHECK_OK(s.workspace.refresh_views(*s.connection));
  COTERIE_ASSIGN(const auto imports, s.workspace.catalog().documents("imports"));
  const std::string import_id = fmt::format("{:08}", imports.size() + 1);
  const Parameter parameters[] = {{"source", std::string_view(s.options.source)},
                                  {"received_at", s.options.received_at},
                                  {"keep_repeats", int64_t{s.options.repeats == data::Repeats::kKeep}},
                                  {"import_id", std::string_view(import_id)}};
  COTERIE_ASSIGN(s.counts.accepted,
                 commit->add_table(*s.connection, TableKind::kEvents, kFreshEvents, parameters, s.context));
  for (const auto& [kind, select] :
       {std::pair(TableKind::kTexts, kFreshTexts), std::pair(TableKind::kLinks, kFreshLinks)}) {
    COTERIE_ASSIGN(const uint64_t rows,
                   commit->add_table(*s.connection, kind, select, parameters, s.context));
    s.counts.accepted += rows;
  }
  s.counts.duplicate = s.staged_events - s.counts.accepted;
  for (const std::string_view query : {kKnownItemRecords, kKnownUserRecords}) {
    if (s.records == 0) break;
    COTERIE_ASSIGN(const int64_t known, s.connection->query_int64(query));
    s.counts.duplicate += static_cast<uint64_t>(known);
    s.counts.accepted -= static_cast<uint64_t>(known);
  }
  s.counts.accepted += s.records;
  for (const auto& [kind, select] :
       {std::pair(TableKind::kItems, kFreshItems), std::pair(TableKind::kUsers, kFreshUsers),
        std::pair(TableKind::kQuarantine, kFreshQuarantine)}) {
    COTERIE_ASSIGN([[maybe_unused]] const uint64_t rows,
                   commit->add_table(*s.connection, kind, select, parameters, s.context));
  }
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
