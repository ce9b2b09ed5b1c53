#include "collect/import_file.h"

#include <algorithm>

#include "base/file.h"
#include "collect/batches.h"
#include "collect/change_points.h"
#include "collect/cleaning.h"
#include "collect/open_reader.h"

namespace coterie::collect {

namespace {

using base::Code;

base::Result<Preset> choose_preset(const RecordReader& reader, const ImportOptions& options,
                                   std::string_view file) {
  if (!options.preset_text.empty()) return parse_preset(options.preset_text, options.preset);
  if (!options.preset.empty()) return find_preset(options.preset);
  return detect_preset(reader.header(), options.columns, file);
}

base::Result<ImportPlan> make_plan(const RecordReader& reader, const ImportOptions& options,
                                   std::string_view file) {
  ImportPlan plan;
  plan.format = reader.format();
  plan.header = reader.header();
  plan.preset_detected = options.preset.empty();
  COTERIE_ASSIGN(plan.preset, choose_preset(reader, options, file));
  plan.preset_text = options.preset_text;
  if (plan.preset_text.empty() && options.preset.ends_with(".toml")) {
    COTERIE_ASSIGN(plan.preset_text, base::read_file(options.preset));
  }
  if (options.cleaning.repeats) plan.preset.repeats = *options.cleaning.repeats;
  if (options.repeats) plan.preset.repeats = *options.repeats;
  for (const BehaviorChoice& choice : options.behaviors) {
    if (choice.file_value == "*") plan.preset.default_behavior = choice.behavior;
  }
  COTERIE_ASSIGN(plan.mapping, map_columns(reader.header(), plan.preset, options.columns, file));
  return plan;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

// What a person should know although nothing failed.
std::vector<std::string> warnings_of(const Cleaner& cleaner, const base::Calendar& calendar,
                                     const ImportSummary& summary) {
  std::vector<std::string> out;
  if (!cleaner.unmapped_behaviors().empty())
    out.push_back(
        fmt::format("behaviors kept under their own name: {}; name them with --behavior VALUE=view, ...",
                    joined(cleaner.unmapped_behaviors())));
  if (!cleaner.mapping().unused.empty())
    out.push_back(
        fmt::format("columns not read: {}; --map takes them in, for example as item.NAME or user.NAME",
                    joined(cleaner.mapping().unused)));
  if (const std::string& zone = cleaner.preset().timezone; !zone.empty() && zone != calendar.zone())
    out.push_back(fmt::format("the preset's times are those of {}, the workspace reads them as {}", zone,
                              calendar.zone()));
  if (summary.cleaned == 0) out.push_back("no row was accepted; look at the quarantine");
  return out;
}

// Tells how far the file is; ends the step whatever happens.
class Step {
 public:
  Step(const base::Context& context, const std::string& name, const TextSource* source)
      : context_(context), source_(source) {
    context_.progress->begin(fmt::format("import {}", name), source ? source->total_bytes() : 0, "bytes");
  }
  ~Step() { context_.progress->end(summary_); }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  void advance() {
    if (source_ != nullptr) context_.progress->advance(source_->consumed_bytes());
  }
  void finish(std::string summary) { summary_ = std::move(summary); }

 private:
  const base::Context& context_;
  const TextSource* source_;
  std::string summary_;
};

}  // namespace

FileImport::FileImport(TextSource* source, std::string name, std::unique_ptr<RecordReader> reader,
                       ImportPlan plan, const ImportOptions& options)
    : source_(source),
      name_(std::move(name)),
      reader_(std::move(reader)),
      plan_(std::move(plan)),
      behaviors_(options.behaviors),
      cleaning_(options.cleaning) {}

base::Result<FileImport> FileImport::open(TextSource& source, const ImportOptions& options) {
  ReaderOptions reader_options;
  if (options.delimiter != '\0') reader_options.delimiter.assign(1, options.delimiter);
  COTERIE_ASSIGN(auto reader, open_reader(source, reader_options));
  COTERIE_ASSIGN(ImportPlan plan, make_plan(*reader, options, source.name()));
  const std::string delimiter = reader->delimiter();
  if (!delimiter.empty()) plan.delimiter = delimiter.front();
  return FileImport(&source, source.name(), std::move(reader), std::move(plan), options);
}

base::Result<FileImport> FileImport::open(std::unique_ptr<RecordReader> reader, std::string name,
                                          const ImportOptions& options) {
  COTERIE_ASSIGN(ImportPlan plan, make_plan(*reader, options, name));
  plan.delimiter = options.delimiter;
  return FileImport(nullptr, std::move(name), std::move(reader), std::move(plan), options);
}

base::Result<ImportSummary> FileImport::run(const base::Calendar& calendar, base::Timestamp received_at,
                                            RowSink& sink, const base::Context& context) {
  Step step(context, name_, source_);
  Cleaner cleaner(plan_.mapping, plan_.preset, behaviors_, calendar, received_at, cleaning_);
  ChangePoints changes(plan_.mapping, plan_.preset.not_product);
  Batches batches(sink);
  ImportSummary summary;
  Record record;
  CleanRow row;
  for (;;) {
    COTERIE_ASSIGN(const bool found, reader_->next(record));
    if (!found) break;
    ++summary.received;
    if (cleaner.clean(record, *reader_, row)) {
      ++summary.cleaned;
      batches.add_event(row, cleaner, changes, record.line);
    } else {
      ++summary.quarantined;
      ++summary.quarantined_by_rule[std::string(key(row.faults.front().rule))];
      batches.add_bad(record, row);
    }
    if (!batches.full()) continue;
    COTERIE_CHECK_OK(batches.flush());
    COTERIE_CHECK_OK(context.check_cancelled());
    step.advance();
  }
  COTERIE_CHECK_OK(batches.flush());
  if (summary.received == 0)
    return base::error(Code::kInvalidArgument, "{} holds a header line only, no rows", name_);
  summary.warnings = warnings_of(cleaner, calendar, summary);
  step.advance();
  step.finish(fmt::format("{} rows read, {} to quarantine", summary.received, summary.quarantined));
  return summary;
}

base::Result<ImportSummary> import_file(TextSource& source, const ImportOptions& options,
                                        const base::Calendar& calendar, RowSink& sink,
                                        const base::Context& context) {
  COTERIE_ASSIGN(FileImport file, FileImport::open(source, options));
  return file.run(calendar, context.clock->now(), sink, context);
}

}  // namespace coterie::collect
