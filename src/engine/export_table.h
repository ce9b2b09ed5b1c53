// What `export` gives out: the shop's tables as people want them.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/status.h"
#include "base/time.h"
#include "engine/rule_members.h"
#include "store/people_sql.h"
#include "store/workspace.h"

namespace coterie::engine {

/// "events", "users", ..., in the order in which help names them.
std::span<const std::string_view> exported_tables();

/// A table, ready to be written, with the connection that it lives on.
class ExportTable {
 public:
  /// events, items, users, texts, links, flags, quarantine: all rows in an order of their own (events by time and
  /// id); with `as_of` those that were known then. features: one row a user and one column a feature, of the newest
  /// run, or computed as of an instant. segments, scores, recommendations: of the newest run. Instants carry their
  /// offset, so that they can be imported anywhere.
  /// Errors: kNotFound (no such table), kFailedPrecondition (no run yet), kInvalidArgument (a table that has no
  /// as_of).
  static base::Result<ExportTable> open(store::Workspace& workspace, std::string_view table,
                                        std::optional<base::Timestamp> as_of, const base::Context& context);

  /// A statement of a person; with `user_id`, over this member's rows only. Errors: as
  /// store::PeopleQuery::prepare.
  static base::Result<ExportTable> open_sql(store::Workspace& workspace, std::string_view sql,
                                            std::span<const store::TextParameter> parameters,
                                            std::optional<std::string> user_id, const base::Context& context);

  /// Members whom a rule holds of, with what the rule asks of them: user_id and one column a quantity. They are put into
  /// a table of the connection.
  static base::Result<ExportTable> of_members(store::Workspace& workspace, const RuleMembers& members,
                                              const base::Context& context);

  store::PeopleQuery& query() { return *query_; }

 private:
  ExportTable(std::unique_ptr<store::Connection> connection, std::unique_ptr<store::PeopleQuery> query);
  std::unique_ptr<store::Connection> connection_;  // outlives the query
  std::unique_ptr<store::PeopleQuery> query_;
};

}  // namespace coterie::engine
