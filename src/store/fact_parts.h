// The facts of one import about items or users on their way to files, a part of fixed size at a time.
//
// Facts are staged in a table of the connection; a full table becomes a Parquet file, in order of id, in the import's
// own folder, and is emptied. add_to() then goes through the ids range by range: the facts of a range, of all
// parts, are deduplicated, compared with what the workspace knows and written. So memory stays that of a part,
// whatever the number of facts, and what is written is in order of id over all files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/event.h"
#include "store/commit.h"
#include "store/duckdb.h"

namespace coterie::store {

enum class AttributeKind { kItems, kUsers };

/// Not thread safe.
class FactParts {
 public:
  /// `connection` outlives this; parts go to `folder`, which is the import's own.
  static base::Result<std::unique_ptr<FactParts>> begin(Connection& connection, AttributeKind kind,
                                                        std::filesystem::path folder, size_t part_rows);

  base::Status append(const data::AttributeBatch& batch, const base::Context& context);

  /// No more will come.
  base::Status finish(const base::Context& context);

  /// Adds to the commit what the workspace does not know. The views of the connection must be fresh. Of facts with
  /// a line (records of --kind items or users) each new one is kept; of those without (what rows of events say)
  /// the ones where a value changes.
  ///
  /// Returns the number of records, by line, that state nothing new; a fact that several records state is news of
  /// the first. Errors: kResourceExhausted (disk or memory), kCancelled.
  base::Result<uint64_t> add_to(Commit& commit, std::string_view source, const base::Context& context);

 private:
  /// Ids in [low, high); empty: no bound.
  struct Range {
    std::string low, high;
  };

  FactParts(Connection& connection, AttributeKind kind, std::filesystem::path folder, size_t part_rows);
  base::Status open_table();
  base::Status write_part(const base::Context& context);
  std::string part_list() const;
  base::Result<std::vector<Range>> ranges(const base::Context& context);
  std::string sql(std::string_view pattern, const Range& range) const;

  Connection& connection_;
  AttributeKind kind_;
  std::string name_;  // of the staging table
  std::filesystem::path folder_;
  size_t part_rows_;
  std::unique_ptr<Appender> appender_;
  size_t rows_ = 0;  // in the table
  bool has_records_ = false;
  std::vector<std::filesystem::path> parts_;
};

}  // namespace coterie::store
