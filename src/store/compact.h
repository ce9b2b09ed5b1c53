// Compaction: many small files become few, and events lie by user bucket, user and time.
//
//   1. the files that are listed now are the inputs; what is imported meanwhile is left for the next time
//   2. the number of bucket ranges is the power of two that makes a file about two million events
//   3. where the inputs' row groups spread over many ranges, the inputs are first sorted by bucket, batch by
//      batch, so that no range has to read everything
//   4. each range is read, sorted, written aside, synced, read back and summed
//   5. the rows and the sum of their hashes must be those of the inputs; then one commit swaps all files
// Finished files wait in tmp/compact with a plan (compact_plan.h): killed at any moment, the workspace is as
// it was, and the next compaction goes on where this one was. One compaction at a time; imports and readers
// go on meanwhile, and each reader sees the old files or the new ones.
//
// Memory: one range or batch is sorted at a time, within half of the budget, and spills beyond it.
// Disk: what the inputs take once more, twice where step 3 is needed.
#pragma once

#include <cstdint>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "store/workspace.h"

namespace coterie::store {

struct CompactOptions {
  /// Only what has many small files (more than `many_files`), and together with them only those larger ones
  /// whose rows are fewer than twice theirs: rewriting then costs no more than a constant number of times
  /// each row. Otherwise everything that is not compact.
  bool is_automatic = false;
  size_t many_files = 100;
  uint64_t rows_per_file = 2'000'000;   ///< of events, about; a look-up of one member verifies one file
  uint64_t rows_per_batch = 2'000'000;  ///< of step 3
};

struct CompactedKind {
  TableKind kind{};
  size_t files_before = 0;
  size_t files_after = 0;
  uint64_t rows = 0;
  uint64_t bytes_before = 0;
  uint64_t bytes_after = 0;
};

/// One entry for each kind that was rewritten. Errors: kUnavailable (another compaction runs), kCancelled,
/// kResourceExhausted, kDataLoss, kPermissionDenied, kInternal (the sums differ; nothing is changed). The
/// kinds that were finished before an error stay compacted.
base::Result<std::vector<CompactedKind>> compact(Workspace& workspace, const CompactOptions& options,
                                                 const base::Context& context);

/// True when compact() with options.is_automatic would do something. Cheap.
base::Result<bool> needs_compaction(Workspace& workspace, const CompactOptions& options);

}  // namespace coterie::store
