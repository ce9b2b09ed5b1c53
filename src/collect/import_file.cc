#include "collect/import_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <unordered_set>

#include "base/file.h"
#include "collect/batches.h"
#include "collect/open_reader.h"
#include "collect/table_choice.h"
#include "collect/table_rows.h"
#include "collect/text_reader.h"

namespace coterie::collect {

namespace {

using base::Code;

// At most 40 names.
std::string shortened(std::vector<std::string> names) {
  constexpr size_t kMost = 40;
  const size_t more = names.size() > kMost ? names.size() - kMost : 0;
  names.resize(names.size() - more);
  const std::string out = fmt::format("{}", fmt::join(names, ", "));
  return more == 0 ? out : fmt::format("{} and {} more", out, more);
}

// Columns that no table of the plan reads.
std::vector<std::string> unread_columns(const ImportPlan& plan) {
  std::vector<std::string> out = plan.mapping().unused;
  for (const TablePlan& table : std::span(plan.tables).subspan(1)) {
    const std::unordered_set<std::string_view> unused(table.mapping.unused.begin(),
                                                      table.mapping.unused.end());
    std::erase_if(out, [&](const std::string& column) { return !unused.contains(column); });
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
                    fmt::join(unmapped_behaviors, ", ")));
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

// How a file is read: what the person says, else what the table says.
ReaderOptions reader_options(const std::optional<TableChoice>& choice, const ImportOptions& options) {
  ReaderOptions out;
  if (choice) {
    const Preset& table = choice->file.tables.front();
    out.delimiter = table.delimiter == "tab" ? "\t" : table.delimiter;
    out.header = table.header;
    out.encoding = table.encoding;
  }
  if (!options.delimiter.empty()) out.delimiter = options.delimiter;
  if (!options.header.empty()) out.header = options.header;
  if (!options.encoding.empty()) out.encoding = options.encoding;
  out.sheet = options.sheet;
  return out;
}

// The paths of JSON that the tables ask for, besides those that the start of the file holds.
std::vector<std::string> asked_paths(const RecordReader& reader, std::span<const Preset> tables,
                                     std::span<const ColumnChoice> choices) {
  std::vector<std::string> out = reader.header();
  std::unordered_set<std::string> known(out.begin(), out.end());
  const auto add = [&](const std::string& path) {
    if (!path.empty() && known.insert(path).second) out.push_back(path);
  };
  for (const Preset& table : tables) {
    for (const auto& [design, names] : table.columns) {
      for (const std::string& name : names) {
        if (!name.ends_with('*')) add(name);
        if (name.ends_with(".*")) add(name.substr(0, name.size() - 2));
      }
    }
    for (const RowRule& rule : table.where) add(rule.column);
    add(table.time.add);
  }
  for (const ColumnChoice& choice : choices) add(choice.file_column);
  return out;
}

// Paths that nobody reads, not even as part of an object.
std::vector<std::string> unread_paths(const std::vector<std::string>& all,
                                      const std::vector<std::string>& read) {
  std::vector<std::string> out;
  for (const std::string& path : all) {
    const bool is_read = std::any_of(read.begin(), read.end(), [&](const std::string& one) {
      return path == one || (path.size() > one.size() && path.starts_with(one) && path[one.size()] == '.');
    });
    if (!is_read) out.push_back(path);
  }
  return out;
}

// Of these columns those that some table reads.
std::vector<std::string> read_by(const std::vector<std::string>& columns, const ImportPlan& plan) {
  const std::vector<std::string> unread = unread_columns(plan);
  const std::unordered_set<std::string_view> skip(unread.begin(), unread.end());
  std::vector<std::string> out;
  for (const std::string& column : columns) {
    if (!skip.contains(column)) out.push_back(column);
  }
  return out;
}

// The tables of the choice with the person's words put in, and where their columns are in `header`.
base::Result<ImportPlan> make_plan(std::span<const std::string> header, const TableChoice& choice,
                                   const ImportOptions& options, std::string_view file,
                                   bool is_delimited_text) {
  ImportPlan plan;
  plan.preset = choice.file.name;
  plan.preset_text = choice.file.text;
  plan.preset_detected = choice.detected;
  plan.known_by = choice.by;
  plan.header.assign(header.begin(), header.end());
  for (Preset table : choice.file.tables) {
    if (options.cleaning.repeats) table.repeats = *options.cleaning.repeats;
    if (options.repeats) table.repeats = *options.repeats;
    for (const BehaviorChoice& one : options.behaviors) {
      if (one.file_value == "*") table.default_behavior = one.behavior;
    }
    table.neutralised = table.neutralised && is_delimited_text;
    auto mapping = map_columns(header, table, options.columns, file, options.ts);
    if (!mapping && !plan.tables.empty())
      continue;  // a table of some rows, for which this file has no columns
    if (!mapping) return tl::unexpected(mapping.error());
    plan.tables.push_back({std::move(table), std::move(*mapping)});
  }
  return plan;
}

// A reader of JSON is told the paths, one of Parquet the columns; what it is not told it does not look for.
base::Result<ImportPlan> plan_for(RecordReader& reader, const TableChoice& choice,
                                  const ImportOptions& options) {
  if (!reader.has_open_header() && !reader.is_columnar()) {
    COTERIE_ASSIGN(ImportPlan plan,
                   make_plan(reader.header(), choice, options, reader.name(), reader.is_delimited_text()));
    plan.format = reader.format();
    if (const auto* text = dynamic_cast<const TextReader*>(&reader); text != nullptr)
      plan.delimiter = text->delimiter() == " " ? "space" : text->delimiter();
    return plan;
  }
  const std::vector<std::string> all =
      reader.has_open_header() ? asked_paths(reader, choice.file.tables, options.columns) : reader.header();
  COTERIE_ASSIGN(ImportPlan wide, make_plan(all, choice, options, reader.name(), false));
  const std::vector<std::string> read = read_by(all, wide);
  const std::vector<std::string> unread =
      reader.has_open_header() ? unread_paths(all, read) : unread_columns(wide);
  COTERIE_CHECK_OK(reader.select(read));
  COTERIE_ASSIGN(ImportPlan plan, make_plan(read, choice, options, reader.name(), false));
  for (TablePlan& table : plan.tables) table.mapping.unused = unread;
  plan.format = reader.format();
  return plan;
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
  Step(const base::Context& context, const RecordReader& reader) : context_(context), reader_(reader) {
    context_.progress->begin(fmt::format("import {}", reader.name()), reader.total_bytes(), "bytes");
  }
  ~Step() { context_.progress->end(summary_); }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  void advance() { context_.progress->advance(reader_.consumed_bytes()); }
  void finish(std::string summary) { summary_ = std::move(summary); }

 private:
  const base::Context& context_;
  const RecordReader& reader_;
  std::string summary_;
};

}  // namespace

FileImport::FileImport(std::unique_ptr<RecordReader> reader, ImportPlan plan, const ImportOptions& options)
    : reader_(std::move(reader)),
      plan_(std::move(plan)),
      behaviors_(options.behaviors),
      cleaning_(options.cleaning) {}

base::Result<FileImport> FileImport::open(std::string_view name, const ImportOptions& options,
                                          const MakeReader& make) {
  const PresetChoice preset{options.preset, options.preset_text, options.tables, options.kind};
  COTERIE_ASSIGN(std::optional<TableChoice> choice, choose_by_name(name, preset));
  COTERIE_ASSIGN(std::unique_ptr<RecordReader> reader, make(reader_options(choice, options)));
  if (!choice) {
    COTERIE_ASSIGN(choice, choose_tables(reader->header(), options.columns, reader->name(), preset));
  }
  COTERIE_ASSIGN(ImportPlan plan, plan_for(*reader, *choice, options));
  return FileImport(std::move(reader), std::move(plan), options);
}

base::Result<FileImport> FileImport::open(TextSource& source, const ImportOptions& options) {
  return open(source.name(), options,
              [&](const ReaderOptions& reader) { return open_reader(source, reader); });
}

base::Result<FileImport> FileImport::open(const std::filesystem::path& path, const ImportOptions& options) {
  return open(path.filename().string(), options,
              [&](const ReaderOptions& reader) { return open_reader(path, reader); });
}

base::Result<ImportSummary> FileImport::run(const base::Calendar& calendar, base::Timestamp received_at,
                                            RowSink& sink, const base::Context& context,
                                            uint64_t most_records) {
  Step step(context, *reader_);
  std::deque<TableRows> tables;
  for (const TablePlan& table : plan_.tables)
    tables.emplace_back(table.mapping, table.preset, behaviors_, calendar, received_at, cleaning_);
  Batches batches(sink);
  ImportSummary summary;
  Record record;
  std::vector<Fault> faults;
  while (summary.received < most_records) {
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
    return base::error(Code::kInvalidArgument, "{} holds a header line only, no rows", reader_->name());
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
