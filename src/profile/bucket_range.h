// Ranges of buckets: how a pass over the events is cut, so that its memory does not grow with them.
//
// A person's bucket is a hash of the id (store::bucket), so all events of a member lie in one range and
// whatever is counted or computed by member is exact range by range. Files are sorted by bucket, so a range
// reads its own row groups and files only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/feature_table.h"
#include "store/duckdb.h"

namespace coterie::profile {

inline constexpr int64_t kBuckets = 65'536;

/// Both ends included.
struct BucketRange {
  int64_t first = 0;
  int64_t last = kBuckets - 1;
};

/// All buckets in n ranges of nearly equal width, ascending. 1 ≤ n ≤ kBuckets.
std::vector<BucketRange> bucket_ranges(size_t n);

/// How many ranges keep the tables of one range within the query engine's share of `memory_bytes`: 1 for small
/// shops, a power of two, so that ranges and the files of a compaction have common borders.
size_t bucket_range_count(int64_t events, uint64_t memory_bytes);

/// `parameters` and $first_bucket, $last_bucket.
std::vector<store::Parameter> with_buckets(std::span<const store::Parameter> parameters,
                                           const BucketRange& range);

/// The indexes of `ids` in ascending byte order of the ids. Fast when `ids` are few ascending runs, as ranges
/// leave them: O(n log runs).
std::vector<uint32_t> ascending_order(const std::vector<std::string>& ids);

/// The rows of a numeric table, which are few ascending runs of ids, in ascending order of all.
void sort_rows(data::FeatureTable& table);

}  // namespace coterie::profile
