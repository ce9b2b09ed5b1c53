// Errors of SQL that people wrote, in words: what, at which line and column, and the line with a caret.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/status.h"

namespace coterie::store {

/// What was going on when the engine complained.
enum class SqlPhase {
  kPrepare,  ///< the message speaks about the statement
  kRun,      ///< the message may repeat values of the data: they are left out
};

/// The engine's message about `sql` without its class names, hints to install something, and values of the data.
/// The code is that of what happened: kInvalidArgument, kResourceExhausted, kCancelled, kUnavailable, kDataLoss.
/// `type` is the engine's duckdb_error_type; kUnknownErrorType has it told from the message.
inline constexpr int kUnknownErrorType = -1;
base::Status sql_error(std::string_view message, int type, SqlPhase phase, std::string_view sql);

/// "SQL, line 3, column 9: what\n  the line\n          ^" for a byte of `sql`.
base::Status sql_error_at(std::string_view sql, size_t byte, std::string_view what);

}  // namespace coterie::store
