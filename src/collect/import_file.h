// One text file → cleaned batches: reader, mapping, cleaning and sink put together, without the store.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/time.h"
#include "collect/mapping.h"
#include "collect/preset.h"
#include "collect/record_reader.h"
#include "collect/row_sink.h"
#include "collect/text_source.h"
#include "data/cleaning_rules.h"

namespace coterie::collect {

struct ImportOptions {
  std::string preset = {};                     ///< name or .toml file; empty: told by the header line
  std::string preset_text = {};                ///< the TOML of an earlier import; goes before `preset`
  std::vector<ColumnChoice> columns = {};      ///< --map; goes before the preset's columns
  std::vector<BehaviorChoice> behaviors = {};  ///< --behavior
  std::optional<data::Repeats> repeats = {};   ///< --repeats; goes before the preset's
  data::CleaningSettings cleaning = {};        ///< the shop's
  char delimiter = '\0';                       ///< --delimiter; '\0': told by the header line
};

/// How a file will be read.
struct ImportPlan {
  Preset preset;                 ///< with options.repeats and a "*" of options.behaviors put in
  bool preset_detected = false;  ///< nobody named it
  std::string preset_text;       ///< its TOML, when it came from a file
  Mapping mapping;
  std::vector<std::string> header;
  char delimiter = '\0';
  std::string format;  ///< in words: "CSV (comma)"
};

struct ImportSummary {
  uint64_t received = 0;     ///< records of the file, without the header line
  uint64_t cleaned = 0;      ///< events handed to the sink; it tells which of them are duplicates
  uint64_t quarantined = 0;  ///< received = cleaned + quarantined
  std::map<std::string, uint64_t> quarantined_by_rule;
  std::vector<std::string> warnings;  ///< for people: what stayed custom, which columns nobody reads, ...
};

/// Opened: the header line is read and understood; run() reads the rest.
class FileImport {
 public:
  /// `source` must outlive it. Errors: kInvalidArgument naming the file, line 1 and what to do (empty file,
  /// one column only, no fitting preset, missing column); kNotFound (preset); those of the source.
  static base::Result<FileImport> open(TextSource& source, const ImportOptions& options);

  /// Over records instead of a file; `name` stands in messages. Errors: as above.
  static base::Result<FileImport> open(std::unique_ptr<RecordReader> reader, std::string name,
                                       const ImportOptions& options);

  const ImportPlan& plan() const { return plan_; }

  /// Reads every record, in batches of at most 16,384 rows. Once. Local times are the calendar's unless they
  /// carry an offset; `received_at` bounds times in the future. Errors: kInvalidArgument (no row), kDataLoss,
  /// kCancelled, and those of the sink; what was appended before must then be dropped.
  base::Result<ImportSummary> run(const base::Calendar& calendar, base::Timestamp received_at, RowSink& sink,
                                  const base::Context& context);

 private:
  FileImport(TextSource* source, std::string name, std::unique_ptr<RecordReader> reader, ImportPlan plan,
             const ImportOptions& options);

  TextSource* source_;  // null over records
  std::string name_;
  std::unique_ptr<RecordReader> reader_;
  ImportPlan plan_;
  std::vector<BehaviorChoice> behaviors_;
  data::CleaningSettings cleaning_;
};

/// open() and run() with the clock's time. One file after the other.
base::Result<ImportSummary> import_file(TextSource& source, const ImportOptions& options,
                                        const base::Calendar& calendar, RowSink& sink,
                                        const base::Context& context);

}  // namespace coterie::collect
