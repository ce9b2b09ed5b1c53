// The rows that were not accepted: how many, which, and as a file for whoever mends them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/context.h"
#include "base/status.h"
#include "store/workspace.h"

namespace coterie::engine {

/// Empty = all.
struct QuarantineFilter {
  std::string rule;
  std::string source;     ///< the file's name
  std::string import_id;  ///< "00000001"
};

/// {rows, rules: [{rule, rows, sources}], groups: [{import_id, source, rule, rows}], flags: [{rule, rows}]}:
/// how many rows each rule holds, and each rule of each import; the flags are those of accepted rows.
base::Result<nlohmann::json> quarantine_summary(store::Workspace& workspace, const QuarantineFilter& filter,
                                                const base::Context& context);

/// At most `limit` of [{quarantine_id, import_id, source, line, byte_offset, rule, column, reason, raw}], by
/// import and line. `reason` holds all reasons, `raw` the record as it stood in the file.
base::Result<nlohmann::json> quarantine_rows(store::Workspace& workspace, const QuarantineFilter& filter,
                                             int64_t limit, const base::Context& context);

enum class QuarantineFormat { kCsv, kJsonl };

/// Writes all such rows to `file` (replaced when it is there), columns as above without quarantine_id; returns
/// their number. CSV is RFC 4180 for spreadsheets: it begins with a byte order mark, and a text that begins
/// with = + - @ tab or ' gets a ' in front. Memory: one block. Errors: kPermissionDenied, kResourceExhausted.
base::Result<uint64_t> export_quarantine(store::Workspace& workspace, const QuarantineFilter& filter,
                                         QuarantineFormat format, const std::filesystem::path& file,
                                         const base::Context& context);

}  // namespace coterie::engine
