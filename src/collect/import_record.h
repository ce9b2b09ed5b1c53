// What an import writes down about a file: how it was read, so that its rows can be read again, and what it was,
// so that a folder imported again takes only what is new. It joins the import's record in the catalog.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/status.h"
#include "collect/import_file.h"

namespace coterie::collect {

/// The bytes on disk.
struct FileIdentity {
  uint64_t bytes = 0;
  uint64_t checksum = 0;  ///< XXH3-64
};

/// Reads the whole file. Missing for what is no regular file (standard input). Errors: kUnavailable.
base::Result<std::optional<FileIdentity>> identify_file(const std::filesystem::path& path);

/// Of everything that decides what the file's rows mean: preset, tables, kind, choices. 16 hexadecimal digits.
std::string fingerprint(const ImportPlan& plan, const ImportOptions& options);

/// kind, format, header, preset, preset_text, tables, choices, fingerprint; file_bytes and file_checksum when
/// the file is known.
nlohmann::json import_details(const ImportPlan& plan, const ImportOptions& options,
                              const std::optional<FileIdentity>& file);

/// The options that read the same rows in the same way, from an import's record: the raw text of its quarantined
/// records is text without a header line for delimited files, and JSON objects for all others, in UTF-8.
/// Errors: kDataLoss when the record lacks them (an import of an earlier version).
base::Result<ImportOptions> import_options_from(const nlohmann::json& details);

/// True when a record is of the same bytes, read in the same way.
bool is_same_import(const nlohmann::json& record, const FileIdentity& file, const std::string& fingerprint);

}  // namespace coterie::collect
