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
    "channel VARCHAR, campaign_id VARCHAR, decision_id VARCHAR, properties VARCHAR, line UBIGINT)",
    "CREATE TABLE staged_items (id VARCHAR, name VARCHAR, value VARCHAR, valid_from TIMESTAMP)",
    "CREATE TABLE staged_users (id VARCHAR, name VARCHAR, value VARCHAR, valid_from TIMESTAMP)",
    "CREATE TABLE staged_quarantine (content_id VARCHAR, line UBIGINT, byte_offset UBIGINT, rule VARCHAR, "
    "\"column\" VARCHAR, reason VARCHAR, raw VARCHAR)",
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
    "    make_timestamp($received_at) AS received_at"
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

// A bad row that was seen before, in this or another file, is counted again but stored once.
constexpr std::string_view kFreshQuarantine =
    "SELECT identified.* FROM ("
    "  SELECT content_id || '-' || (row_number() OVER (PARTITION BY content_id ORDER BY line) - 1) AS "
    "quarantine_id,"
    "    $source AS source, line, byte_offset, rule, \"column\", reason, raw,"
    "    make_timestamp($received_at) AS received_at FROM staged_quarantine) AS identified "
    "ANTI JOIN (SELECT quarantine_id FROM quarantine) AS known USING (quarantine_id) ORDER BY line";

nlohmann::json to_json(const IngestOptions& options, const IngestCounts& counts) {
  return {{"source", options.source},
          {"preset", options.preset},
          {"received_at", base::utc_string(options.received_at)},
          {"received", counts.received},
          {"accepted", counts.accepted},
          {"duplicate", counts.duplicate},
          {"quarantined", counts.quarantined},
          {"quarantined_by_rule", counts.quarantined_by_rule}};
}

}  // namespace

struct Ingest::State {
  Workspace& workspace;
  IngestOptions options;
  base::Context context;
  std::unique_ptr<Connection> connection;
  std::unique_ptr<Appender> events;
  std::unique_ptr<Appender> items;
  std::unique_ptr<Appender> users;
  std::unique_ptr<Appender> quarantine;
  IngestCounts counts;
  uint64_t staged_events = 0;
};

Ingest::Ingest(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ingest::~Ingest() = default;

Result<std::unique_ptr<Ingest>> Ingest::begin(Workspace& workspace, IngestOptions options,
                                              const base::Context& context) {
  auto state = std::unique_ptr<State>(
      new State{workspace, std::move(options), context, nullptr, nullptr, nullptr, nullptr, nullptr, {}, 0});
  COTERIE_ASSIGN(state->connection, workspace.connect(context));
  for (const std::string_view statement : kCreateStaged)
    if (auto done = state->connection->execute(statement); !done) return tl::unexpected(done.error());
  COTERIE_ASSIGN(state->events, state->connection->appender("staged_events"));
  COTERIE_ASSIGN(state->items, state->connection->appender("staged_items"));
  COTERIE_ASSIGN(state->users, state->connection->appender("staged_users"));
  COTERIE_ASSIGN(state->quarantine, state->connection->appender("staged_quarantine"));
  return std::unique_ptr<Ingest>(new Ingest(std::move(state)));
}

Status Ingest::append(const data::EventBatch& batch) {
  state_->counts.received += batch.rows();
  state_->staged_events += batch.rows();
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
                                          Appender::Uint64s(batch.line)};
  return state_->events->append(columns, batch.rows());
}

Status Ingest::append(const data::AttributeBatch& batch, AttributeKind kind) {
  const Appender::ColumnData columns[] = {&batch.id, &batch.name, &batch.value,
                                          Appender::Int64s(batch.valid_from)};
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

Result<IngestCounts> Ingest::commit() {
  State& s = *state_;
  for (auto* appender : {&s.events, &s.items, &s.users, &s.quarantine}) {
    COTERIE_CHECK_OK((*appender)->close());
    appender->reset();
  }
  if (auto done = s.connection->execute(kRepeatedEvents, {}, s.context.cancel); !done)
    return tl::unexpected(done.error());
  COTERIE_ASSIGN(auto commit, Commit::begin(s.workspace, "import"));
  // The views of this connection are of the generation at begin(); others may have committed since.
  COTERIE_CHECK_OK(s.workspace.refresh_views(*s.connection));
  const Parameter parameters[] = {{"source", std::string_view(s.options.source)},
                                  {"received_at", s.options.received_at},
                                  {"keep_repeats", int64_t{s.options.repeats == data::Repeats::kKeep}}};
  COTERIE_ASSIGN(s.counts.accepted,
                 commit->add_table(*s.connection, TableKind::kEvents, kFreshEvents, parameters, s.context));
  s.counts.duplicate = s.staged_events - s.counts.accepted;
  for (const auto& [kind, select] :
       {std::pair(TableKind::kItems, kFreshItems), std::pair(TableKind::kUsers, kFreshUsers),
        std::pair(TableKind::kQuarantine, kFreshQuarantine)}) {
    COTERIE_ASSIGN([[maybe_unused]] const uint64_t rows,
                   commit->add_table(*s.connection, kind, select, parameters, s.context));
  }
  COTERIE_CHECK_OK(s.context.check_cancelled());
  COTERIE_ASSIGN(const auto imports, s.workspace.catalog().documents("imports"));
  commit->put_document(
      {"imports", fmt::format("{:08}", imports.size() + 1), to_json(s.options, s.counts).dump()});
  COTERIE_ASSIGN(const int64_t generation, commit->finish(s.context.clock->now()));
  s.context.log->write(base::LogLevel::kInfo, "import.committed",
                       {{"generation", generation},
                        {"received", static_cast<int64_t>(s.counts.received)},
                        {"accepted", static_cast<int64_t>(s.counts.accepted)}});
  return s.counts;
}

}  // namespace coterie::store
