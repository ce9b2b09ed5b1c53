// What an unfinished compaction has done so far (tmp/compact/plan.json), so that the next one goes on there.
//
// The plan is written anew, durably, after each file that was finished. Files in tmp/compact that no plan
// speaks of, or that are not what it says, count for nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "store/commit.h"

namespace coterie::store {

/// Rows of tables, whatever their order: the sum of a hash of each row, modulo 2^64.
struct RowSum {
  uint64_t rows = 0;
  uint64_t sum = 0;
  RowSum& operator+=(const RowSum& other) {
    rows += other.rows;
    sum += other.sum;
    return *this;
  }
  friend bool operator==(const RowSum&, const RowSum&) = default;
};

struct CompactPlan {
  TableKind kind{};
  std::vector<int64_t> inputs;  ///< file ids, ascending
  uint64_t ranges = 1;          ///< of buckets, a power of two; one output each
  RowSum input;

  struct File {
    std::string name;  ///< in tmp/compact
    RowSum content;
    uint64_t bytes = 0;
    uint64_t checksum = 0;
    std::optional<EventSpan> span = {};  ///< of events
  };
  std::vector<File> sorted;   ///< inputs sorted by bucket, batch by batch; the first ones that are done
  std::vector<File> outputs;  ///< the first ones that are done; without rows, no file
};

/// The plan in `folder`, with only those files that are there and undamaged; nothing when there is none that
/// is for this kind, these inputs and this number of ranges.
std::optional<CompactPlan> load_plan(const std::filesystem::path& folder, const CompactPlan& wanted);

base::Status save_plan(const std::filesystem::path& folder, const CompactPlan& plan);

}  // namespace coterie::store
