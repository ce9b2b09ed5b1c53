// AsOf: what may be known at an instant. The only way to features, labels and interactions (DESIGN §6).
//
// Features read events with ts < as_of and attributes with valid_from <= as_of; a label reads a later window
// of fixed length. Nothing else of Coterie reads events to learn from.
//
// Every statement that reads events goes through the members in ranges of buckets (bucket_range.h): memory
// stays flat whatever the number of events, and the results are the same for any number of ranges.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "base/time.h"
#include "profile/bucket_range.h"
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
  std::vector<base::MemoryBudget::Reservation> memory =
      {};  ///< what all of it takes, with an index of the items
};

/// Members × products in ascending order, as indexes into the users and items of a BoughtItems.
struct ViewedItems {
  std::vector<std::pair<uint32_t, uint32_t>> rows;
  std::vector<base::MemoryBudget::Reservation> memory = {};
};

/// The first and last event of the workspace; `events` is 0 when it is empty.
struct EventRange {
  int64_t events = 0;
  base::Timestamp first = 0;
  base::Timestamp last = 0;
};

struct AsOfOptions {
  std::optional<size_t> bucket_ranges =
      {};  ///< nothing: as many as the number of events and the budget ask for
  std::optional<std::string> user_id = {};  ///< only this member's events; the range is still the workspace's
};

/// A connection prepared for as-of queries. Every pass over the events adds their number to the context's
/// progress. Not thread safe; make one per thread.
class AsOf {
 public:
  static base::Result<std::unique_ptr<AsOf>> open(store::Workspace& workspace, const base::Context& context,
                                                  const AsOfOptions& options = {});

  const EventRange& range() const { return range_; }
  std::span<const BucketRange> bucket_ranges() const { return bucket_ranges_; }
  const base::Calendar& calendar() const { return calendar_; }
  store::Connection& connection() { return *connection_; }
  const base::Context& context() const { return context_; }

  /// The last local midnight not after the last event. Errors: kFailedPrecondition when there are no events.
  base::Result<base::Timestamp> default_as_of() const;

  /// The same; in a shop that has no events, the first local midnight after the last trait became known. Errors:
  /// kFailedPrecondition when nothing is known.
  base::Result<base::Timestamp> default_facts_as_of();

  /// Members (not guests, bots, test users nor the shop's own people) and distinct items of the workspace. One pass over the
  /// events each.
  base::Result<int64_t> count_members();
  base::Result<int64_t> count_items();

  /// Members with a `buy` in [from, to), ascending.
  base::Result<std::vector<std::string>> buyers_between(base::Timestamp from, base::Timestamp to);

  /// What members bought of products (as known at `as_of`) in [from, to). Errors: kResourceExhausted when it
  /// does not fit into the budget.
  base::Result<BoughtItems> bought_items(base::Timestamp as_of, base::Timestamp from, base::Timestamp to);

  /// Which of the products of `bought` each of its members viewed, marked as a favorite or put into the cart before
  /// `to`, not products of `as_of` left out. Ascending, each pair once; a shop that records no such thing has none.
  base::Result<ViewedItems> viewed_items(const BoughtItems& bought, base::Timestamp as_of,
                                         base::Timestamp to);

  /// Runs an embedded statement of sql/ by its file name.
  base::Status run(std::string_view file, std::span<const store::Parameter> parameters);
  base::Status read(std::string_view file, std::span<const store::Parameter> parameters,
                    const std::function<base::Status(const store::Rows&)>& on_rows);

  /// Reads once for every bucket range, with $first_bucket and $last_bucket added to the parameters. The
  /// statement's order holds within a range.
  base::Status read_by_range(std::string_view file, std::span<const store::Parameter> parameters,
                             const std::function<base::Status(const store::Rows&)>& on_rows);

  /// Calls `work` for every bucket range, asks for cancellation between them and tells the progress.
  base::Status for_each_range(const std::function<base::Status(const BucketRange&)>& work);

 private:
  AsOf(std::unique_ptr<store::Connection> connection, const base::Calendar& calendar,
       const base::Context& context)
      : connection_(std::move(connection)), calendar_(calendar), context_(context) {}
  std::unique_ptr<store::Connection> connection_;
  base::Calendar calendar_;
  base::Context context_;
  EventRange range_;
  std::vector<BucketRange> bucket_ranges_;
};

/// The text of a file of sql/. Errors: kInternal when there is none of that name.
base::Result<std::string_view> sql_text(std::string_view file);

/// Hash over the text of all SQL files that features come from, for lineage.
std::string feature_sql_hash();

}  // namespace coterie::profile
