#include "collect/import_file.h"

#include <algorithm>
#include <deque>

#include "collect/batches.h"
#include "collect/table_choice.h"
#include "collect/table_rows.h"
#include "collect/text_reader.h"

namespace coterie::collect {

namespace {

using base::Code;

base::Status check_delimiter(const TextReader& reader, std::string_view file) {
  if (reader.header().size() > 1) return {};
  return base::failure(
      Code::kInvalidArgument,
      "{}, line 1: only one column, read with a {} as delimiter; give the right one, for example "
      "--delimiter ';' (comma, tab, semicolon and pipe are tried by themselves)",
      file, delimiter_name(reader.delimiter()));
}

// The tables of the choice with the person's words put in, and where their columns are.
base::Result<ImportPlan> make_plan(const RecordReader& reader, TableChoice choice,
                                   const ImportOptions& options, std::string_view file) {
  ImportPlan plan;
  plan.preset = choice.file.name;
  plan.preset_text = std::move(choice.file.text);
  plan.preset_detected = choice.detected;
  plan.known_by = std::move(choice.by);
  plan.header = reader.header();
  plan.format = reader.format();
  for (Preset& table : choice.file.tables) {
    if (options.repeats) table.repeats = *options.repeats;
    for (const BehaviorChoice& one : options.behaviors) {
      if (one.file_value == "*") table.default_behavior = one.behavior;
    }
    COTERIE_ASSIGN(Mapping mapping, map_columns(reader.header(), table, options.columns, file, options.ts));
    plan.tables.push_back({std::move(table), std::move(mapping)});
  }
  return plan;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

// At most 40 names.
std::string shortened(std::vector<std::string> names) {
  constexpr size_t kMost = 40;
  const size_t more = names.size() > kMost ? names.size() - kMost : 0;
  names.resize(names.size() - more);
  return joined(names) + (more == 0 ? "" : fmt::format(" and {} more", more));
}

// Columns that no table of the plan reads.
std::vector<std::string> unread_columns(const ImportPlan& plan) {
  std::vector<std::string> out;
  for (const std::string& column : plan.mapping().unused) {
    const bool unread = std::all_of(plan.tables.begin(), plan.tables.end(), [&](const TablePlan& table) {
      return std::find(table.mapping.unused.begin(), table.mapping.unused.end(), column) !=
             table.mapping.unused.end();
    });
    if (unread) out.push_back(column);
  }
  return out;
}

// What a person should know although nothing failed.
std::vector<std::string> warnings_of(const ImportPlan& plan,
                                     const std::vector<std::string>& unmapped_behaviors,
                                     const base::Calendar& calendar, const ImportSummary& summary) {
  std::vector<std::string> out;
  if (!unmapped_behaviors.empty())
    out.push_back(
        fmt::format("behaviors kept under their own name: {}; name them with --behavior VALUE=view, ...",
                    joined(unmapped_behaviors)));
  if (const auto unread = unread_columns(plan); !unread.empty())
    out.push_back(
        fmt::format("columns not read: {}; --map takes them in, for example as item.NAME or user.NAME",
                    shortened(unread)));
  if (const std::string& zone = plan.first().timezone; !zone.empty() && zone != calendar.zone())
    out.push_back(fmt::format("the preset's times are those of {}, the workspace reads them as {}", zone,
                              calendar.zone()));
  if (summary.cleaned == 0) out.push_back("no row was accepted; look at the quarantine");
  return out;
}

// What the person says goes before what the table says.
TextReaderOptions reader_options(const std::optional<TableChoice>& choice, const ImportOptions& options) {
  TextReaderOptions out;
  out.delimiter = options.delimiter.empty() ? '\0' : options.delimiter[0];
  (void)choice;
  return out;
}

// The first table that the record is a row of; null when there is none.
TableRows* table_of(const Record& record, std::deque<TableRows>& tables) {
  for (TableRows& table : tables) {
    if (table.holds(record)) return &table;
  }
  return nullptr;
}

std::string no_table(const ImportPlan& plan) {
  return fmt::format("{}: a value that no table of preset {} is for", plan.first().where.front().column,
                     plan.preset);
}

std::vector<std::string> unmapped_behaviors(const std::deque<TableRows>& tables) {
  std::vector<std::string> out;
  for (const TableRows& table : tables)
    out.insert(out.end(), table.unmapped_behaviors().begin(), table.unmapped_behaviors().end());
  return out;
}

// Tells how far the file is; ends the step whatever happens.
class Step {
 public:
  Step(const base::Context& context, const TextSource& source) : context_(context), source_(source) {
    context_.progress->begin(fmt::format("import {}", source.name()), source.total_bytes(), "bytes");
  }
  ~Step() { context_.progress->end(summary_); }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  void advance() { context_.progress->advance(source_.consumed_bytes()); }
  void finish(std::string summary) { summary_ = std::move(summary); }

 private:
  const base::Context& context_;
  const TextSource& source_;
  std::string summary_;
};

}  // namespace

FileImport::FileImport(TextSource& source, std::unique_ptr<RecordReader> reader, ImportPlan plan,
                       std::vector<BehaviorChoice> behaviors)
    : source_(&source),
      reader_(std::move(reader)),
      plan_(std::move(plan)),
      behaviors_(std::move(behaviors)) {}

base::Result<FileImport> FileImport::open(TextSource& source, const ImportOptions& options) {
  const PresetChoice preset{options.preset, options.preset_text, options.kind};
  COTERIE_ASSIGN(std::optional<TableChoice> choice, choose_by_name(source.name(), preset));
  COTERIE_ASSIGN(auto reader, TextReader::open(source, reader_options(choice, options)));
  if (!choice) {
    COTERIE_CHECK_OK(check_delimiter(*reader, source.name()));
    COTERIE_ASSIGN(choice, choose_tables(reader->header(), options.columns, source.name(), preset));
  }
  COTERIE_ASSIGN(ImportPlan plan, make_plan(*reader, std::move(*choice), options, source.name()));
  return FileImport(source, std::move(reader), std::move(plan), options.behaviors);
}

base::Result<ImportSummary> FileImport::run(const base::Calendar& calendar, base::Timestamp received_at,
                                            RowSink& sink, const base::Context& context) {
  Step step(context, *source_);
  std::deque<TableRows> tables;
  for (const TablePlan& table : plan_.tables)
    tables.emplace_back(table.mapping, table.preset, behaviors_, calendar, received_at);
  Batches batches(sink);
  ImportSummary summary;
  Record record;
  std::vector<Fault> faults;
  for (;;) {
    COTERIE_ASSIGN(const bool found, reader_->next(record));
    if (!found) break;
    ++summary.received;
    faults.clear();
    TableRows* const table = table_of(record, tables);
    if (table == nullptr) faults.push_back({Rule::kBehavior, std::nullopt, no_table(plan_)});
    if (table != nullptr && table->take(record, *reader_, batches, faults)) {
      ++summary.cleaned;
      if (table->kind() == Kind::kUsers || table->kind() == Kind::kItems) ++summary.facts;
    } else {
      ++summary.quarantined;
      ++summary.quarantined_by_rule[std::string(key(faults.front().rule))];
      batches.add_bad(record, faults);
    }
    if (!batches.full()) continue;
    COTERIE_CHECK_OK(batches.flush());
    COTERIE_CHECK_OK(context.check_cancelled());
    step.advance();
  }
  COTERIE_CHECK_OK(batches.flush());
  if (summary.received == 0)
    return base::error(Code::kInvalidArgument, "{} holds a header line only, no rows", source_->name());
  summary.warnings = warnings_of(plan_, unmapped_behaviors(tables), calendar, summary);
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
