// Files that survive a crash: written aside, synced, renamed; and their checksums.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/status.h"

namespace coterie::base {

/// The whole file. Errors: kNotFound, kPermissionDenied, kUnavailable.
Result<std::string> read_file(const std::filesystem::path& path);

/// Makes `path` hold exactly `bytes`: written to `path`.tmp, fsynced, renamed, folder fsynced. Where that fails, nothing
/// is left behind.
Status write_file_durably(const std::filesystem::path& path, std::string_view bytes);

/// fsync of a file that another library wrote.
Status sync_file(const std::filesystem::path& path);

/// fsync of a folder, so that a rename or a new name in it is durable.
Status sync_folder(const std::filesystem::path& path);

/// Renames and syncs both folders. The target must not exist: stored names are never used again.
Status rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// XXH3-64 of the file's bytes, streamed.
Result<uint64_t> checksum_file(const std::filesystem::path& path);

/// How every message about a full disk ends: what to do.
inline constexpr std::string_view kMakeRoom =
    "make room on the disk and start again; what was there before is kept";

/// A Status for the last failed system call: "cannot open FILE: Permission denied".
Status system_error(std::string_view what, const std::filesystem::path& path, int error_number);

}  // namespace coterie::base
