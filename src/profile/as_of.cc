#include "profile/as_of.h"

#include <algorithm>

#include "base/embedded_file.h"
#include "base/hash.h"
#include "base/id_index.h"

namespace coterie::profile {

using base::Code;
using base::Result;
using base::Status;
using store::Parameter;
using store::Rows;

std::span<const base::EmbeddedFile> embedded_files();  // sql/, by cmake/embed.cmake

namespace {

Result<std::string_view> sql(std::string_view file) {
  for (const base::EmbeddedFile& embedded : embedded_files())
    if (embedded.name == file) return embedded.text;
  return base::error(Code::kInternal, "no SQL file {}", file);
}

// local_us(us): the wall clock as integer arithmetic, so that SQL and C++ share one source of time zones.
std::string local_us_macro(const base::Calendar& calendar, const EventRange& range) {
  const auto offsets = calendar.offsets(range.first, range.last);
  std::string cases = fmt::format("{}", offsets.front().offset_us);
  for (size_t i = 1; i < offsets.size(); ++i)
    cases =
        fmt::format("CASE WHEN us < {} THEN {} ELSE {} END", offsets[i].from, cases, offsets[i].offset_us);
  return fmt::format("CREATE OR REPLACE TEMP MACRO local_us(us) AS us + ({})", cases);
}

Status read_range(store::Connection& connection, EventRange* range) {
  return connection.query(
      "SELECT count(*), count(DISTINCT user_id), count(DISTINCT item_id), min(epoch_us(ts)), "
      "max(epoch_us(ts)) "
      "FROM events",
      {}, [&](const Rows& rows) -> Status {
        range->events = rows.int64(0, 0);
        if (range->events == 0) return {};
        *range = {range->events, rows.int64(1, 0), rows.int64(2, 0), rows.int64(3, 0), rows.int64(4, 0)};
        return {};
      });
}

}  // namespace

Result<std::unique_ptr<AsOf>> AsOf::open(store::Workspace& workspace, const base::Context& context) {
  COTERIE_ASSIGN(auto connection, workspace.connect(context));
  auto as_of = std::unique_ptr<AsOf>(new AsOf(std::move(connection), workspace.calendar(), context));
  COTERIE_CHECK_OK(read_range(*as_of->connection_, &as_of->range_));
  auto macro = as_of->connection_->execute(local_us_macro(as_of->calendar_, as_of->range_));
  if (!macro) return tl::unexpected(macro.error());
  return as_of;
}

Result<base::Timestamp> AsOf::default_as_of() const {
  if (range_.events == 0)
    return base::error(Code::kFailedPrecondition,
                       "the workspace holds no events yet; `coterie import` brings some in");
  return calendar_.midnight_not_after(range_.last);
}

Status AsOf::run(std::string_view file, std::span<const Parameter> parameters) {
  COTERIE_ASSIGN_OR_STATUS(const std::string_view text, sql(file));
  auto done = connection_->execute(text, parameters, context_.cancel);
  return done ? Status() : done.error().with_context(file);
}

Status AsOf::read(std::string_view file, std::span<const Parameter> parameters,
                  const std::function<Status(const Rows&)>& on_rows) {
  COTERIE_ASSIGN_OR_STATUS(const std::string_view text, sql(file));
  return connection_->query(text, parameters, on_rows, context_.cancel).with_context(file);
}

Result<std::vector<std::string>> AsOf::buyers_between(base::Timestamp from, base::Timestamp to) {
  const Parameter parameters[] = {{"from", from}, {"to", to}};
  std::vector<std::string> users;
  COTERIE_CHECK_OK(read("buyers_between.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) users.emplace_back(rows.text(0, i));
    return {};
  }));
  return users;
}

Result<BoughtItems> AsOf::bought_items(base::Timestamp as_of, base::Timestamp from, base::Timestamp to) {
  const Parameter known[] = {{"as_of", as_of}};
  COTERIE_CHECK_OK(run("products.sql", known));
  const Parameter window[] = {{"from", from}, {"to", to}};
  BoughtItems out;
  base::IdIndex items;
  COTERIE_CHECK_OK(read("bought_items.sql", window, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (out.users.empty() || out.users.back() != rows.text(0, i)) out.users.emplace_back(rows.text(0, i));
      out.rows.push_back({static_cast<uint32_t>(out.users.size() - 1), items.get_or_add(rows.text(1, i)),
                          static_cast<uint32_t>(rows.int64(2, i)), rows.int64(3, i)});
    }
    return {};
  }));
  // From order of first sight to ascending ids.
  std::vector<uint32_t> order(items.size());
  for (uint32_t i = 0; i < items.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return items.id(a) < items.id(b); });
  std::vector<uint32_t> place(items.size());
  for (uint32_t i = 0; i < items.size(); ++i) {
    place[order[i]] = i;
    out.items.push_back(items.id(order[i]));
  }
  for (BoughtItem& row : out.rows) row.item = place[row.item];
  return out;
}

std::string feature_sql_hash() {
  std::string all;
  for (const base::EmbeddedFile& file : embedded_files())
    all.append(file.name).append("\n").append(file.text);
  return base::to_string(base::hash128(all));
}

}  // namespace coterie::profile
