// What an import's record says so that its quarantined rows can be read again: header and options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "collect/import_file.h"

namespace coterie::collect {

/// A JSON object for store::IngestOptions::details.
std::string import_details(const ImportPlan& plan, const ImportOptions& options);

struct RecordedImport {
  ImportOptions options;
  std::vector<std::string> header;
};

/// What import_details() said. Errors: kFailedPrecondition when the record does not hold it (an import of an
/// older version, or of a format whose rows are not text).
base::Result<RecordedImport> parse_import_details(std::string_view json);

}  // namespace coterie::collect
