// SQL that people write: checked, run on the locked-down connection, and read with all its types.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "store/duckdb.h"
#include "store/sql_check.h"
#include "store/typed_rows.h"

namespace coterie::store {

/// A value for $name. It is a text; where SQL needs another type it says so: $from::DATE.
struct TextParameter {
  std::string name;
  std::string value;
};

/// One statement that reads. Not thread safe; the connection must outlive it.
class PeopleQuery {
 public:
  /// Prepares and binds. Errors: kInvalidArgument with line, column and the place in the statement; also for a
  /// parameter that is missing, unknown or given twice.
  static base::Result<std::unique_ptr<PeopleQuery>> prepare(Connection& connection, const CheckedSql& sql,
                                                            std::span<const TextParameter> parameters = {});
  ~PeopleQuery();

  const std::vector<ResultColumn>& columns() const;

  /// Runs the statement and hands its rows over block by block, in the statement's order, as they are made: the
  /// whole result is never in memory. Once. A Status from `read` stops it. Errors: kInvalidArgument (of the
  /// statement, at run time), kResourceExhausted (memory, disk), kCancelled within 50 ms of `cancel`.
  base::Status run(const std::function<base::Status(const TypedRows&)>& read,
                   const base::CancelToken& cancel);

  /// Runs the statement into a Parquet file, types that Parquet would change (HUGEINT, INTERVAL, ...) as
  /// DECIMAL(38,0) or text. Returns the rows. The file must lie in a folder that the connection may write to.
  /// Errors: as run(); kInvalidArgument when two columns have one name.
  base::Result<uint64_t> write_parquet(const std::filesystem::path& file, const base::CancelToken& cancel);

 private:
  struct State;
  explicit PeopleQuery(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace coterie::store
