// A file as a stream of bytes: plain, gzip or zstd, which is told by its first bytes and not by its name.
//
// Compressed files may have several members (as `cat a.gz b.gz` makes); the CRC and length of each are
// checked, and a file that ends early or is damaged is an error, never a shorter file. Decompression runs
// ahead on a thread of its own, a few blocks at most, so that however much a small file unfolds to, memory
// stays flat.
#pragma once

#include <filesystem>
#include <memory>

#include "base/status.h"
#include "collect/text_source.h"

namespace coterie::collect {

/// Opens `path`; its name() is the file's name without folders. Pipes can be read too; "-" is standard input,
/// named "stdin".
/// Errors: kNotFound, kPermissionDenied, kInvalidArgument (a folder, an empty file, a format that is no
/// text), kDataLoss (named .gz or .zst, but neither that nor text). read() answers kDataLoss with the
/// position in the decompressed stream, kResourceExhausted (no memory, a zstd window of more than 128 MiB)
/// and kUnavailable when the disk fails.
base::Result<std::unique_ptr<TextSource>> open_file(const std::filesystem::path& path);

/// What holds the rows.
enum class Container { kText, kZip, kParquet };

/// By the first bytes of a regular file; everything else is text. Errors: kPermissionDenied.
base::Result<Container> recognise(const std::filesystem::path& path);

}  // namespace coterie::collect
