#include "profile/bucket_range.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace coterie::profile {

namespace {

// What the temporary tables and hash tables of one range take for each event, at most (measured: 130 to 190).
constexpr uint64_t kBytesPerEvent = 256;
// More events a range than this do not make a pass faster.
constexpr uint64_t kMostEventsPerRange = uint64_t{4} << 20;

}  // namespace

std::vector<BucketRange> bucket_ranges(size_t n) {
  const auto count = static_cast<int64_t>(n);
  std::vector<BucketRange> out;
  for (int64_t i = 0; i < count; ++i) out.push_back({kBuckets * i / count, kBuckets * (i + 1) / count - 1});
  return out;
}

size_t bucket_range_count(int64_t events, uint64_t memory_bytes) {
  // The query engine has half of the budget (store/workspace.cc), and half of that is for a range's tables.
  const uint64_t fits = std::max<uint64_t>(memory_bytes / 4 / kBytesPerEvent, 1);
  const uint64_t per_range = std::min(fits, kMostEventsPerRange);
  const uint64_t ranges = (static_cast<uint64_t>(events) + per_range - 1) / per_range;
  return static_cast<size_t>(std::min<uint64_t>(std::bit_ceil(std::max<uint64_t>(ranges, 1)), kBuckets));
}

std::vector<store::Parameter> with_buckets(std::span<const store::Parameter> parameters,
                                           const BucketRange& range) {
  std::vector<store::Parameter> out(parameters.begin(), parameters.end());
  out.push_back({"first_bucket", static_cast<uint16_t>(range.first)});
  out.push_back({"last_bucket", static_cast<uint16_t>(range.last)});
  return out;
}

std::vector<uint32_t> ascending_order(const std::vector<std::string>& ids) {
  std::vector<uint32_t> order(ids.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto less = [&](uint32_t a, uint32_t b) { return ids[a] < ids[b]; };
  std::vector<size_t> runs = {0};  // where each ascending run begins, and the end
  for (size_t i = 1; i < ids.size(); ++i)
    if (ids[i] < ids[i - 1]) runs.push_back(i);
  runs.push_back(ids.size());
  while (runs.size() > 2) {
    std::vector<size_t> merged;
    for (size_t r = 0; r + 1 < runs.size(); r += 2) {
      merged.push_back(runs[r]);
      if (r + 2 >= runs.size()) continue;
      const auto at = [&](size_t run) { return order.begin() + static_cast<ptrdiff_t>(runs[run]); };
      std::inplace_merge(at(r), at(r + 1), at(r + 2), less);
    }
    merged.push_back(ids.size());
    runs = std::move(merged);
  }
  return order;
}

namespace {

template <class T>
void reorder(std::vector<T>& values, const std::vector<uint32_t>& order) {
  std::vector<T> out(values.size());
  for (size_t i = 0; i < order.size(); ++i) out[i] = std::move(values[order[i]]);
  values = std::move(out);
}

}  // namespace

void sort_rows(data::FeatureTable& table) {
  if (std::is_sorted(table.users.begin(), table.users.end())) return;
  const auto order = ascending_order(table.users);
  reorder(table.users, order);
  for (data::FeatureColumn& column : table.columns) {
    reorder(column.values, order);
    reorder(column.valid, order);
  }
}

}  // namespace coterie::profile
