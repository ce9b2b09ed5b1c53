#include "profile/acts.h"

#include <algorithm>

namespace coterie::profile {

using base::kDay;
using base::OffsetChange;
using base::Result;
using base::Status;
using base::Timestamp;
using store::Parameter;
using store::Rows;

namespace {

int64_t floor_days(int64_t local_us) { return (local_us - (local_us % kDay + kDay) % kDay) / kDay; }

void sort_unless_sorted(std::vector<Act>& acts, bool (*is_before)(const Act&, const Act&)) {
  if (!std::is_sorted(acts.begin(), acts.end(), is_before)) std::sort(acts.begin(), acts.end(), is_before);
}

// Fills in the days; where a clock went back over midnight, they do not ascend with ts.
void set_days(const std::vector<OffsetChange>& offsets, std::vector<Act>& acts) {
  sort_unless_sorted(acts, [](const Act& a, const Act& b) { return a.ts < b.ts; });
  size_t at = 0;
  for (Act& act : acts) {
    while (at + 1 < offsets.size() && offsets[at + 1].from <= act.ts) ++at;
    act.day = floor_days(act.ts + offsets[at].offset_us);
  }
  sort_unless_sorted(acts,
                     [](const Act& a, const Act& b) { return a.day != b.day ? a.day < b.day : a.ts < b.ts; });
}

void fill(const Rows& elements, Rows::Range range, std::vector<Act>& acts) {
  acts.clear();
  for (size_t i = range.begin; i < range.end; ++i) {
    Act act;
    act.ts = elements.int64(0, i);
    act.kind = static_cast<ActKind>(elements.int64(1, i));
    if (!elements.is_null(2, i)) act.category = static_cast<uint32_t>(elements.int64(2, i));
    acts.push_back(act);
  }
}

}  // namespace

Result<std::vector<std::string>> name_categories(AsOf& source, Timestamp as_of, int64_t levels) {
  const Parameter parameters[] = {{"as_of", as_of}, {"levels", levels}};
  COTERIE_CHECK_OK(source.run("item_categories.sql", parameters));
  std::vector<std::string> paths;
  constexpr const char* kSelect = "SELECT DISTINCT code, category FROM item_categories ORDER BY code";
  COTERIE_CHECK_OK(source.connection().query(kSelect, {}, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) paths.emplace_back(rows.text(1, i));
    return {};
  }));
  return paths;
}

Status name_no_categories(AsOf& source) { return source.run("no_item_categories.sql", {}); }

Status read_acts(AsOf& source, Timestamp as_of, const BucketRange& range,
                 const std::function<Status(std::string_view, std::span<const Act>)>& read) {
  const auto offsets = source.calendar().offsets(source.range().first, source.range().last);
  const Parameter known[] = {{"as_of", as_of}};
  std::vector<Act> acts;
  return source.read("acts.sql", with_buckets(known, range), [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      fill(rows.elements(1), rows.list(1, i), acts);
      set_days(offsets, acts);
      COTERIE_RETURN_IF_ERROR(read(rows.text(0, i), acts));
    }
    return {};
  });
}

}  // namespace coterie::profile
