// One text file → cleaned batches: reader, mapping, cleaning and sink put together, without the store.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
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
  std::string preset = {};                     ///< name, NAME:TABLE, or .toml file; empty: told by the file
  std::string preset_text = {};                ///< the TOML of an earlier import; goes before `preset`
  std::vector<std::string> tables = {};        ///< of preset_text; empty: all
  std::optional<Kind> kind = {};               ///< --kind; goes before the preset's
  std::vector<ColumnChoice> columns = {};      ///< --map; goes before the preset's columns
  std::vector<BehaviorChoice> behaviors = {};  ///< --behavior
  std::optional<data::Repeats> repeats = {};   ///< --repeats; goes before the preset's
  std::string ts = {};                         ///< --ts: the time of rows that have none
  std::string delimiter = {};                  ///< --delimiter; empty: told by the header line
  std::string encoding = {};                   ///< --encoding; empty: told by the text
  std::string sheet = {};                      ///< --sheet, of a spreadsheet
  std::vector<std::string> header = {};        ///< the columns' names, of text without a header line
  data::CleaningSettings cleaning = {};        ///< the shop's
};

/// What one table of the preset makes of its rows.
struct TablePlan {
  Preset preset;  ///< with options.repeats and a "*" of options.behaviors put in
  Mapping mapping;
};

/// How a file will be read.
struct ImportPlan {
  std::string preset;
  std::string preset_text;            ///< the TOML
  bool preset_detected = false;       ///< nobody named it
  std::vector<std::string> known_by;  ///< the columns, or the pattern of the name, that it was told by
  std::vector<TablePlan> tables;      ///< a row is of the first whose row rules hold
  std::vector<std::string> header;
  std::string format;     ///< in words: "CSV (comma)"
  std::string delimiter;  ///< of delimited text, as --delimiter takes it; empty for other formats

  const Preset& first() const { return tables.front().preset; }
  const Mapping& mapping() const { return tables.front().mapping; }
};

struct ImportSummary {
  uint64_t received = 0;     ///< records of the file, without the header line
  uint64_t cleaned = 0;      ///< rows handed to the sink; it tells which of them are duplicates
  uint64_t facts = 0;        ///< of those, records of users and items: what they state goes as attributes
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

  /// Over records that `make` opens as the options say; `name` stands in messages. Errors: as above.
  using MakeReader = std::function<base::Result<std::unique_ptr<RecordReader>>(const ReaderOptions&)>;
  static base::Result<FileImport> open(std::string_view name, const ImportOptions& options,
                                       const MakeReader& make);

  /// A file of any format; "-" is standard input. Errors: as above, and those of open_reader.
  static base::Result<FileImport> open(const std::filesystem::path& path, const ImportOptions& options);

  const ImportPlan& plan() const { return plan_; }

  /// Reads every record, or the first `most_records`, in batches of at most 16,384 rows. Once. Local times are the calendar's unless they
  /// carry an offset; `received_at` bounds times in the future. Errors: kInvalidArgument (no row), kDataLoss,
  /// kCancelled, and those of the sink; what was appended before must then be dropped.
  base::Result<ImportSummary> run(const base::Calendar& calendar, base::Timestamp received_at, RowSink& sink,
                                  const base::Context& context,
                                  uint64_t most_records = std::numeric_limits<uint64_t>::max());

 private:
  FileImport(std::unique_ptr<RecordReader> reader, ImportPlan plan, const ImportOptions& options);

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
