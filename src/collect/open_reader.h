// Opens whatever a shop has as records: the format is told by the first bytes of a file, never by its name.
//
//   file ─ gzip, zstd ─► bytes ─ UTF-8, GB18030 ─► text ─ JSON, delimited ─► records
//        └ xlsx, Parquet ──────────────────────────────────────────────────► records
#pragma once

#include <filesystem>
#include <memory>

#include "base/status.h"
#include "collect/record_reader.h"
#include "collect/text_source.h"

namespace coterie::collect {

/// Opens a file, or standard input when `path` is "-" (named "stdin"; xlsx and Parquet need a file).
/// Errors: kNotFound, kPermissionDenied; kInvalidArgument (a folder, nothing in it, a format that cannot be
/// read, no header: with what to do); kDataLoss (damaged).
base::Result<std::unique_ptr<RecordReader>> open_reader(const std::filesystem::path& path,
                                                        const ReaderOptions& options);

/// The same for text that comes from elsewhere. `source` must outlive the reader.
base::Result<std::unique_ptr<RecordReader>> open_reader(TextSource& source, const ReaderOptions& options);

}  // namespace coterie::collect
