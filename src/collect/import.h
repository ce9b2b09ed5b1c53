// Files into a workspace: one file is one ingest is one commit.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "collect/import_file.h"
#include "store/ingest.h"
#include "store/workspace.h"

namespace coterie::collect {

/// What one imported file came to.
struct FileReport {
  std::string file;
  std::string preset;
  bool preset_detected = false;
  data::Repeats repeats = data::Repeats::kDrop;
  std::string format;                                        ///< in words: "CSV (comma)"
  std::vector<std::pair<std::string, std::string>> mapping;  ///< design name → the file's column
  store::IngestCounts counts;
  double seconds = 0;
  std::vector<std::string> warnings;
};

/// Reads `source` into the workspace and commits. Errors: as FileImport and store::Ingest; nothing of the
/// file is then kept. Threads: one call a workspace at a time.
base::Result<FileReport> import_source(store::Workspace& workspace, TextSource& source,
                                       const ImportOptions& options, const base::Context& context);

/// Imports the files in order. When one fails, those before it are committed, and the message says how many.
base::Result<std::vector<FileReport>> import_files(store::Workspace& workspace,
                                                   std::span<const std::filesystem::path> files,
                                                   const ImportOptions& options,
                                                   const base::Context& context);

/// The preset that will be used for a file, before there is a workspace: it may set time zone and currency.
/// Errors: as FileImport::open and open_file.
base::Result<Preset> preset_for_file(const std::filesystem::path& file, const ImportOptions& options);

}  // namespace coterie::collect
