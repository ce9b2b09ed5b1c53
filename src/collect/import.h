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
#include "collect/inputs.h"
#include "store/ingest.h"
#include "store/workspace.h"

namespace coterie::collect {

/// What one imported file came to.
struct FileReport {
  std::string file;
  std::string preset;
  bool preset_detected = false;
  Kind kind = Kind::kEvents;  ///< of the first table
  data::Repeats repeats = data::Repeats::kDrop;
  std::string format;                                        ///< in words: "CSV (comma)"
  std::vector<std::pair<std::string, std::string>> mapping;  ///< design name → the file's column
  store::IngestCounts counts;
  double seconds = 0;
  std::vector<std::string> warnings;
};

/// A file of a folder that cannot be read as any preset says.
struct UnreadFile {
  std::string file;
  std::string reason;
};

struct ImportReport {
  std::vector<FileReport> files;
  std::vector<std::string>
      known;  ///< of folders and patterns: imported before, the same bytes in the same way
  std::vector<UnreadFile> unread;  ///< of folders and patterns
};

/// Reads `source` into the workspace and commits. Errors: as FileImport and store::Ingest; nothing of the
/// file is then kept. Threads: one call a workspace at a time.
base::Result<FileReport> import_source(store::Workspace& workspace, TextSource& source,
                                       const ImportOptions& options, const base::Context& context);

/// Imports the files in order, each with a commit of its own: after a stop, the same call goes on with the files
/// that are not in yet. A file of a folder or pattern that was imported before is passed over unless `again`; one
/// that no preset fits, or that is no table, is noted and the others go on. When one fails otherwise, or one that was
/// named, those before it are committed, and the message says how many.
base::Result<ImportReport> import_inputs(store::Workspace& workspace, std::span<const Input> inputs,
                                         const ImportOptions& options, bool again,
                                         const base::Context& context);

/// The preset that will be used for a file, before there is a workspace: it may set time zone and currency.
base::Result<Preset> preset_for_file(const std::filesystem::path& file, const ImportOptions& options);

/// The same for several files: that of the first one that can be read, and for standard input the one named in
/// the options.
base::Result<Preset> preset_for_inputs(std::span<const Input> inputs, const ImportOptions& options);

}  // namespace coterie::collect
