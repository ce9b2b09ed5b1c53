// A file as a stream of text: plain, or gzip, which is told by its first bytes and not by its name.
//
// gzip files may have several members (as `cat a.gz b.gz` makes); the CRC and length of each are checked by
// zlib, and a file that ends early or is damaged is an error, never a shorter file. Decompression runs ahead
// on a thread of its own, a few blocks at most.
#pragma once

#include <filesystem>
#include <memory>

#include "base/status.h"
#include "collect/text_source.h"

namespace coterie::collect {

/// Opens `path`; its name() is the file's name without folders. Pipes can be read too.
/// Errors: kNotFound, kPermissionDenied, kInvalidArgument (a folder, an empty file, a spreadsheet or another
/// compression), kDataLoss (named .gz, but neither gzip nor text). read() answers kDataLoss with the position
/// in the decompressed stream, and kUnavailable when the disk fails.
base::Result<std::unique_ptr<TextSource>> open_file(const std::filesystem::path& path);

}  // namespace coterie::collect
