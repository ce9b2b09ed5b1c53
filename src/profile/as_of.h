// AsOf: what may be known at an instant. The only way to features, labels and interactions (DESIGN §6).
//
// Features read events with ts < as_of and attributes with valid_from <= as_of; a label reads a later window
// of fixed length. Nothing else of Coterie reads events to learn from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "base/time.h"
#include "store/duckdb.h"
#include "store/workspace.h"

namespace coterie::profile {

/// What a member bought of one item.
struct BoughtItem {
  uint32_t user = 0;  ///< index into BoughtItems::users
  uint32_t item = 0;  ///< index into BoughtItems::items
  uint32_t orders = 0;
  base::Timestamp last_ts = 0;
};

/// Members × products, in ascending order of (user, item); ids in ascending byte order.
struct BoughtItems {
  std::vector<std::string> users;
  std::vector<std::string> items;
  std::vector<BoughtItem> rows;
};

/// The first and last event of the workspace; `events` is 0 when it is empty.
struct EventRange {
  int64_t events = 0;
  int64_t users = 0;  ///< members, not guests
  int64_t items = 0;
  base::Timestamp first = 0;
  base::Timestamp last = 0;
};

/// A connection prepared for as-of queries. Not thread safe; make one per thread.
class AsOf {
 public:
  static base::Result<std::unique_ptr<AsOf>> open(store::Workspace& workspace, const base::Context& context);

  const EventRange& range() const { return range_; }
  const base::Calendar& calendar() const { return calendar_; }
  store::Connection& connection() { return *connection_; }
  const base::Context& context() const { return context_; }

  /// The last local midnight not after the last event. Errors: kFailedPrecondition when there are no events.
  base::Result<base::Timestamp> default_as_of() const;

  /// Members with a `buy` in [from, to), ascending.
  base::Result<std::vector<std::string>> buyers_between(base::Timestamp from, base::Timestamp to);

  /// What members bought of products (as known at `as_of`) in [from, to).
  base::Result<BoughtItems> bought_items(base::Timestamp as_of, base::Timestamp from, base::Timestamp to);

  /// Runs an embedded statement of sql/ by its file name.
  base::Status run(std::string_view file, std::span<const store::Parameter> parameters);
  base::Status read(std::string_view file, std::span<const store::Parameter> parameters,
                    const std::function<base::Status(const store::Rows&)>& on_rows);

 private:
  AsOf(std::unique_ptr<store::Connection> connection, const base::Calendar& calendar,
       const base::Context& context)
      : connection_(std::move(connection)), calendar_(calendar), context_(context) {}
  std::unique_ptr<store::Connection> connection_;
  base::Calendar calendar_;
  base::Context context_;
  EventRange range_;
};

/// Hash over the text of all SQL files that features come from, for lineage.
std::string feature_sql_hash();

}  // namespace coterie::profile
