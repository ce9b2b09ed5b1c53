#include "profile/as_of.h"

#include <algorithm>
#include <optional>

#include "base/embedded_file.h"
#include "base/hash.h"
#include "base/id_index.h"
#include "store/ingest.h"

namespace coterie::profile {

using base::Code;
using base::Result;
using base::Status;
using store::Parameter;
using store::Rows;
using store::TableKind;

std::span<const base::EmbeddedFile> embedded_files();  // sql/, by cmake/embed.cmake

namespace {

// A member's id in BoughtItems and its place in interactions.
constexpr uint64_t kUserBytes = sizeof(std::string) + 16 + sizeof(uint64_t);

// local_us(us): the wall clock as integer arithmetic, so that SQL and C++ share one source of time zones.
std::string local_us_macro(const base::Calendar& calendar, const EventRange& range) {
  const auto offsets = calendar.offsets(range.first, range.last);
  std::string cases = fmt::format("{}", offsets.front().offset_us);
  for (size_t i = 1; i < offsets.size(); ++i)
    cases =
        fmt::format("CASE WHEN us < {} THEN {} ELSE {} END", offsets[i].from, cases, offsets[i].offset_us);
  return fmt::format("CREATE OR REPLACE TEMP MACRO local_us(us) AS us + ({})", cases);
}

// Sorts ids; returns the new place of each.
std::vector<uint32_t> sort_ids(std::vector<std::string>& ids) {
  const auto order = ascending_order(ids);
  std::vector<uint32_t> place(ids.size());
  std::vector<std::string> sorted(ids.size());
  for (uint32_t i = 0; i < ids.size(); ++i) {
    place[order[i]] = i;
    sorted[i] = std::move(ids[order[i]]);
  }
  ids = std::move(sorted);
  return place;
}

}  // namespace

Result<std::string_view> sql_text(std::string_view file) {
  for (const base::EmbeddedFile& embedded : embedded_files())
    if (embedded.name == file) return embedded.text;
  return base::error(Code::kInternal, "no SQL file {}", file);
}

Result<std::unique_ptr<AsOf>> AsOf::open(store::Workspace& workspace, const base::Context& context,
                                         const AsOfOptions& options) {
  const store::Scope scope = {{TableKind::kEvents, TableKind::kUsers, TableKind::kItems}, options.user_id};
  COTERIE_ASSIGN(auto connection, workspace.connect(context, scope));
  COTERIE_ASSIGN(const store::EventTotals totals, workspace.event_totals(*connection));
  auto as_of = std::unique_ptr<AsOf>(new AsOf(std::move(connection), workspace.calendar(), context));
  EventRange& range = as_of->range_;
  range = {static_cast<int64_t>(totals.events), totals.first, totals.last};
  if (options.user_id) {
    const int64_t bucket = store::bucket(*options.user_id);
    as_of->bucket_ranges_ = {{bucket, bucket}};
  } else {
    as_of->bucket_ranges_ = profile::bucket_ranges(
        options.bucket_ranges.value_or(bucket_range_count(range.events, context.budget->limit_bytes())));
  }
  auto macro = as_of->connection_->execute(local_us_macro(as_of->calendar_, range));
  if (!macro) return tl::unexpected(macro.error());
  return as_of;
}

Result<base::Timestamp> AsOf::default_as_of() const {
  if (range_.events == 0)
    return base::error(Code::kFailedPrecondition,
                       "the workspace holds no events yet; `coterie import` brings some in");
  return calendar_.midnight_not_after(range_.last);
}

Result<base::Timestamp> AsOf::default_facts_as_of() {
  if (range_.events > 0) return default_as_of();
  std::optional<base::Timestamp> newest;
  COTERIE_CHECK_OK(read("newest_trait.sql", {}, [&](const Rows& rows) -> Status {
    if (!rows.is_null(0, 0)) newest = rows.int64(0, 0);
    return {};
  }));
  if (!newest) return default_as_of();  // which says what is missing
  return calendar_.add_days(calendar_.midnight_not_after(*newest), 1);
}

Status AsOf::run(std::string_view file, std::span<const Parameter> parameters) {
  COTERIE_ASSIGN_OR_STATUS(const std::string_view text, sql_text(file));
  auto done = connection_->execute(text, parameters, context_.cancel);
  return done ? Status() : done.error().with_context(file);
}

Status AsOf::read(std::string_view file, std::span<const Parameter> parameters,
                  const std::function<Status(const Rows&)>& on_rows) {
  COTERIE_ASSIGN_OR_STATUS(const std::string_view text, sql_text(file));
  return connection_->query(text, parameters, on_rows, context_.cancel).with_context(file);
}

Status AsOf::for_each_range(const std::function<Status(const BucketRange&)>& work) {
  const auto ranges = static_cast<int64_t>(bucket_ranges_.size());
  for (int64_t i = 0; i < ranges; ++i) {
    COTERIE_RETURN_IF_ERROR(context_.check_cancelled());
    COTERIE_RETURN_IF_ERROR(work(bucket_ranges_[static_cast<size_t>(i)]));
    context_.progress->add(
        static_cast<uint64_t>(range_.events * (i + 1) / ranges - range_.events * i / ranges));
  }
  return {};
}

Status AsOf::read_by_range(std::string_view file, std::span<const Parameter> parameters,
                           const std::function<Status(const Rows&)>& on_rows) {
  return for_each_range(
      [&](const BucketRange& range) { return read(file, with_buckets(parameters, range), on_rows); });
}

Result<int64_t> AsOf::count_members() {
  int64_t members = 0;
  COTERIE_CHECK_OK(read_by_range("member_count.sql", {}, [&](const Rows& rows) -> Status {
    members += rows.int64(0, 0);
    return {};
  }));
  return members;
}

Result<int64_t> AsOf::count_items() {
  int64_t items = 0;
  COTERIE_CHECK_OK(read("item_count.sql", {}, [&](const Rows& rows) -> Status {
    items = rows.int64(0, 0);
    return {};
  }));
  context_.progress->add(static_cast<uint64_t>(range_.events));
  return items;
}

Result<std::vector<std::string>> AsOf::buyers_between(base::Timestamp from, base::Timestamp to) {
  const Parameter parameters[] = {{"from", from}, {"to", to}};
  std::vector<std::string> users;
  COTERIE_CHECK_OK(read_by_range("buyers_between.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) users.emplace_back(rows.text(0, i));
    return {};
  }));
  if (bucket_ranges_.size() > 1) std::sort(users.begin(), users.end());
  return users;
}

Result<BoughtItems> AsOf::bought_items(base::Timestamp as_of, base::Timestamp from, base::Timestamp to) {
  const Parameter known[] = {{"as_of", as_of}};
  COTERIE_CHECK_OK(run("not_products.sql", known));
  const Parameter window[] = {{"from", from}, {"to", to}};
  BoughtItems out;
  base::IdIndex items;
  const auto read_rows = [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (out.users.empty() || out.users.back() != rows.text(0, i)) out.users.emplace_back(rows.text(0, i));
      out.rows.push_back({static_cast<uint32_t>(out.users.size() - 1), items.get_or_add(rows.text(1, i)),
                          static_cast<uint32_t>(rows.int64(2, i)), rows.int64(3, i)});
    }
    return {};
  };
  COTERIE_CHECK_OK(for_each_range([&](const BucketRange& range) -> Status {
    const size_t users = out.users.size(), rows = out.rows.size();
    COTERIE_RETURN_IF_ERROR(read("bought_items.sql", with_buckets(window, range), read_rows));
    const uint64_t bytes = (out.users.size() - users) * kUserBytes +
                           (out.rows.size() - rows) * (sizeof(BoughtItem) + sizeof(uint32_t));
    COTERIE_ASSIGN_OR_STATUS(auto memory, context_.budget->reserve(bytes, "purchases by member and item"));
    out.memory.push_back(std::move(memory));
    return {};
  }));
  for (uint32_t i = 0; i < items.size(); ++i) out.items.push_back(items.id(i));
  const auto item_place = sort_ids(out.items);
  const auto user_place = sort_ids(out.users);
  for (BoughtItem& row : out.rows) {
    row.user = user_place[row.user];
    row.item = item_place[row.item];
  }
  if (bucket_ranges_.size() > 1)
    std::sort(out.rows.begin(), out.rows.end(), [](const BoughtItem& a, const BoughtItem& b) {
      return a.user != b.user ? a.user < b.user : a.item < b.item;
    });
  return out;
}

Result<ViewedItems> AsOf::viewed_items(const BoughtItems& bought, base::Timestamp as_of, base::Timestamp to) {
  const Parameter known[] = {{"as_of", as_of}};
  COTERIE_CHECK_OK(run("not_products.sql", known));
  const Parameter window[] = {{"to", to}};
  const auto place = [](const std::vector<std::string>& ids, std::string_view id) -> std::optional<uint32_t> {
    const auto at = std::lower_bound(ids.begin(), ids.end(), id);
    if (at == ids.end() || *at != id) return std::nullopt;
    return static_cast<uint32_t>(at - ids.begin());
  };
  base::IdIndex items;
  for (const std::string& id : bought.items) items.get_or_add(id);
  ViewedItems out;
  std::string user_id;
  std::optional<uint32_t> user;
  const auto read_rows = [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows.text(0, i) != user_id) {
        user_id = rows.text(0, i);
        user = place(bought.users, user_id);
      }
      const auto item = user ? items.find(rows.text(1, i)) : std::nullopt;
      if (item) out.rows.emplace_back(*user, *item);
    }
    return {};
  };
  COTERIE_CHECK_OK(for_each_range([&](const BucketRange& range) -> Status {
    const size_t rows = out.rows.size();
    COTERIE_RETURN_IF_ERROR(read("viewed_items.sql", with_buckets(window, range), read_rows));
    const uint64_t bytes = (out.rows.size() - rows) * (sizeof(out.rows[0]) + sizeof(uint32_t));
    COTERIE_ASSIGN_OR_STATUS(auto memory, context_.budget->reserve(bytes, "views by member and item"));
    out.memory.push_back(std::move(memory));
    return {};
  }));
  if (bucket_ranges_.size() > 1) std::sort(out.rows.begin(), out.rows.end());
  return out;
}

std::string feature_sql_hash() {
  std::string all;
  for (const base::EmbeddedFile& file : embedded_files())
    all.append(file.name).append("\n").append(file.text);
  return base::to_string(base::hash128(all));
}

}  // namespace coterie::profile
