#include "collect/replay.h"

#include <algorithm>

#include "base/hash.h"
#include "collect/flag_queries.h"
#include "collect/import_record.h"
#include "collect/store_sink.h"
#include "collect/stored_records.h"
#include "store/catalog.h"
#include "store/duckdb.h"

namespace coterie::collect {

using base::Code;
using base::Result;
using base::Status;
using store::Parameter;
using store::Rows;

namespace {

constexpr std::string_view kWhere =
    "WHERE import_id = $import_id AND ($rule = '' OR rule = $rule) AND ($source = '' OR source = $source)";
constexpr int64_t kPageRows = 4096;

// The text is exactly what stood in the file: neither cut nor escaped.
bool is_whole(std::string_view quarantine_id, std::string_view raw) {
  return quarantine_id.starts_with(base::to_string(base::hash128(raw)));
}

class ReplayedImport {
 public:
  ReplayedImport(store::Workspace& workspace, const ReplayOptions& options, const base::Context& context,
                 std::string import_id)
      : workspace_(workspace), options_(options), context_(context) {
    report_.import_id = std::move(import_id);
  }

  Result<ReplayReport> run() {
    COTERIE_ASSIGN(connection_, workspace_.connect(context_, {{store::TableKind::kQuarantine}, {}}));
    COTERIE_CHECK_OK(find_rows());
    COTERIE_ASSIGN(const auto record, workspace_.catalog().document("imports", report_.import_id));
    auto recorded = import_options_from(nlohmann::json::parse(record.value_or("{}"), nullptr, false));
    if (!recorded) {
      stay_all(recorded.error().message());
    } else if (!whole_.empty()) {
      change(*recorded);
      COTERIE_CHECK_OK(read_again(*recorded).with_context(
          fmt::format("import {} ({})", report_.import_id, report_.source)));
    }
    return report_;
  }

 private:
  std::vector<Parameter> parameters() const {
    return {{"import_id", std::string_view(report_.import_id)},
            {"rule", std::string_view(options_.rule)},
            {"source", std::string_view(options_.source)}};
  }

  // Which rows can be read again; the others stay.
  Status find_rows() {
    return connection_->query(
        fmt::format("SELECT quarantine_id, raw, rule, source FROM quarantine {} ORDER BY line", kWhere),
        parameters(), [&](const Rows& rows) -> Status {
          for (size_t i = 0; i < rows.size(); ++i) {
            ++report_.received;
            report_.source = rows.text(3, i);
            if (is_whole(rows.text(0, i), rows.text(1, i))) {
              whole_.emplace_back(rows.text(0, i));
              ++whole_by_rule_[std::string(rows.text(2, i))];
            } else {
              stay(std::string(rows.text(2, i)), 1, "its raw text was cut or holds escaped bytes");
            }
          }
          return {};
        });
  }

  void stay(const std::string& rule, uint64_t rows, const std::string& reason) {
    report_.quarantined += rows;
    report_.quarantined_by_rule[rule] += rows;
    report_.not_read[reason] += rows;
  }

  void stay_all(const std::string& reason) {
    for (const auto& [rule, rows] : whole_by_rule_) stay(rule, rows, reason);
  }

  void change(ImportOptions& recorded) const {
    if (!options_.preset.empty()) {
      recorded.preset = options_.preset;
      recorded.preset_text.clear();
      recorded.tables.clear();
    }
    // What is said now goes before what was said then.
    recorded.columns = merged(options_.columns, recorded.columns, &ColumnChoice::design);
    recorded.behaviors = merged(options_.behaviors, recorded.behaviors, &BehaviorChoice::file_value);
    recorded.cleaning = workspace_.settings().cleaning;
    recorded.cleaning.repeats.reset();  // the import's own
  }

  template <class Choice>
  static std::vector<Choice> merged(std::vector<Choice> now, const std::vector<Choice>& then,
                                    std::string Choice::*name) {
    for (const Choice& old : then) {
      const bool is_new = std::none_of(now.begin(), now.end(),
                                       [&](const Choice& choice) { return choice.*name == old.*name; });
      if (is_new) now.push_back(old);
    }
    return now;
  }

  Result<std::vector<StoredRow>> next_page() {
    std::vector<StoredRow> page;
    while (page.empty() && !at_end_) {
      std::vector<Parameter> values = parameters();
      values.push_back({"last_line", static_cast<int64_t>(last_line_)});
      const std::string last_id = last_id_;  // the parameters only view it
      values.push_back({"last_id", std::string_view(last_id)});
      values.push_back({"rows", kPageRows});
      int64_t rows_seen = 0;
      COTERIE_CHECK_OK(connection_->query(
          fmt::format(
              "SELECT quarantine_id, raw, CAST(line AS BIGINT), CAST(byte_offset AS BIGINT) FROM "
              "quarantine {} AND (line > $last_line OR (line = $last_line AND quarantine_id > $last_id)) "
              "ORDER BY line, quarantine_id LIMIT $rows",
              kWhere),
          values, [&](const Rows& rows) -> Status {
            for (size_t i = 0; i < rows.size(); ++i, ++rows_seen) {
              last_line_ = static_cast<uint64_t>(rows.int64(2, i));
              last_id_ = rows.text(0, i);
              if (is_whole(rows.text(0, i), rows.text(1, i)))
                page.push_back(
                    {last_line_, static_cast<uint64_t>(rows.int64(3, i)), std::string(rows.text(1, i))});
            }
            return {};
          }));
      at_end_ = rows_seen < kPageRows;
    }
    return page;
  }

  Status read_again(const ImportOptions& recorded) {
    const base::Timestamp received_at = context_.clock->now();
    const auto make_reader = [this](const ReaderOptions& reader) -> Result<std::unique_ptr<RecordReader>> {
      return std::make_unique<StoredRecords>(report_.source, reader, [this] { return next_page(); });
    };
    COTERIE_ASSIGN_OR_STATUS(FileImport file, FileImport::open(report_.source, recorded, make_reader));
    report_.preset = file.plan().preset;
    COTERIE_ASSIGN_OR_STATUS(
        auto ingest,
        store::Ingest::begin(workspace_,
                             {.source = report_.source,
                              .preset = report_.preset,
                              .details = fmt::format("{{\"replay_of\": \"{}\"}}", report_.import_id),
                              .repeats = file.plan().first().repeats,
                              .received_at = received_at,
                              .flag_queries = flag_queries(recorded.cleaning),
                              .replayed = whole_},
                             context_));
    StoreSink sink(*ingest);
    COTERIE_ASSIGN_OR_STATUS([[maybe_unused]] const ImportSummary summary,
                             file.run(workspace_.calendar(), received_at, sink, context_));
    COTERIE_ASSIGN_OR_STATUS(const store::IngestCounts counts, ingest->commit());
    report_.accepted = counts.accepted;
    report_.duplicate = counts.duplicate;
    report_.quarantined += counts.quarantined;
    for (const auto& [rule, rows] : counts.quarantined_by_rule) report_.quarantined_by_rule[rule] += rows;
    report_.flagged_by_rule = counts.flagged_by_rule;
    return {};
  }

  store::Workspace& workspace_;
  const ReplayOptions& options_;
  const base::Context& context_;
  std::unique_ptr<store::Connection> connection_;
  ReplayReport report_;
  std::vector<std::string> whole_;
  std::map<std::string, uint64_t> whole_by_rule_;
  uint64_t last_line_ = 0;  // and last_id_: the row that the last page ended with
  std::string last_id_;
  bool at_end_ = false;
};

}  // namespace

Result<std::vector<ReplayReport>> replay_quarantine(store::Workspace& workspace, const ReplayOptions& options,
                                                    const base::Context& context) {
  std::vector<std::string> imports;
  {
    COTERIE_ASSIGN(auto connection, workspace.connect(context, {{store::TableKind::kQuarantine}, {}}));
    const Parameter parameters[] = {{"import_id", std::string_view(options.import_id)},
                                    {"rule", std::string_view(options.rule)},
                                    {"source", std::string_view(options.source)}};
    COTERIE_CHECK_OK(connection->query(
        "SELECT DISTINCT import_id FROM quarantine WHERE ($import_id = '' OR import_id = $import_id) AND "
        "($rule = '' OR rule = $rule) AND ($source = '' OR source = $source) ORDER BY import_id",
        parameters, [&](const Rows& rows) -> Status {
          for (size_t i = 0; i < rows.size(); ++i) imports.emplace_back(rows.text(0, i));
          return {};
        }));
  }
  std::vector<ReplayReport> reports;
  for (const std::string& import_id : imports) {
    COTERIE_ASSIGN(ReplayReport report, ReplayedImport(workspace, options, context, import_id).run());
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace coterie::collect
