#include "collect/import.h"

#include <algorithm>

#include "collect/flag_queries.h"
#include "collect/import_record.h"
#include "collect/store_sink.h"
#include "store/catalog.h"
#include "store/compact.h"

namespace coterie::collect {

namespace {

// Many small files become few. The import is committed: what goes wrong now is no failure of it.
void compact_when_due(store::Workspace& workspace, FileReport* report, const base::Context& context) {
  const auto done = store::compact(workspace, {.is_automatic = true}, context);
  const base::Code code = done ? base::Code::kOk : done.error().code();
  // Another process at it, or Ctrl-C: the next import goes on.
  if (done || code == base::Code::kUnavailable || code == base::Code::kCancelled) return;
  report->warnings.push_back(
      fmt::format("everything is imported; compacting small files failed: {}", done.error().message()));
}

// The shop's cleaning rules.
ImportOptions with_rules_of(const store::Workspace& workspace, ImportOptions options) {
  options.cleaning = workspace.settings().cleaning;
  return options;
}

// Reads an opened file into the workspace and commits.
base::Result<FileReport> import_opened(store::Workspace& workspace, FileImport& file, const std::string& name,
                                       const ImportOptions& options,
                                       const std::optional<FileIdentity>& identity,
                                       const base::Context& context) {
  const base::Timestamp received_at = context.clock->now();
  const ImportPlan& plan = file.plan();
  COTERIE_ASSIGN(
      auto ingest,
      store::Ingest::begin(workspace,
                           {.source = name,
                            .preset = plan.preset,
                            .details = import_details(plan, options, identity)
                                           .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                            .repeats = plan.first().repeats,
                            .received_at = received_at,
                            .flag_queries = flag_queries(workspace.settings().cleaning)},
                           context));
  StoreSink sink(*ingest);
  COTERIE_ASSIGN(ImportSummary summary, file.run(workspace.calendar(), received_at, sink, context));
  ingest->count_records(summary.facts);
  FileReport report;
  COTERIE_ASSIGN(report.counts, ingest->commit());
  report.file = name;
  report.preset = plan.preset;
  report.preset_detected = plan.preset_detected;
  report.kind = plan.first().kind;
  report.repeats = plan.first().repeats;
  report.format = plan.format;
  report.mapping = plan.mapping().used;
  report.seconds = static_cast<double>(context.clock->now() - received_at) / base::kSecond;
  report.warnings = std::move(summary.warnings);
  return report;
}

// Records of earlier imports that say which bytes they read.
base::Result<std::vector<nlohmann::json>> earlier_imports(store::Workspace& workspace) {
  COTERIE_ASSIGN(const auto documents, workspace.catalog().documents("imports"));
  std::vector<nlohmann::json> out;
  for (const store::Document& document : documents) {
    auto record = nlohmann::json::parse(document.body, nullptr, false);
    if (record.is_object() && record.contains("file_checksum")) out.push_back(std::move(record));
  }
  return out;
}

std::string name_of(const Input& input) {
  return input.path == "-" ? "stdin" : input.path.filename().string();
}

// Files of a folder that are something else than a table are no reason to stop.
bool is_other_file(const base::Status& status) { return status.code() == base::Code::kInvalidArgument; }

// Imports the files one after the other.
class Importer {
 public:
  Importer(store::Workspace& workspace, const ImportOptions& options, const base::Context& context)
      : workspace_(workspace), options_(with_rules_of(workspace, options)), context_(context) {}

  base::Status start(bool again) {
    if (again) return {};
    COTERIE_ASSIGN_OR_STATUS(earlier_, earlier_imports(workspace_));
    return {};
  }

  base::Status add(const Input& input) {
    auto file = FileImport::open(input.path, options_);
    if (!file) {
      if (input.is_named || !is_other_file(file.error())) return file.error();
      report_.unread.push_back({name_of(input), file.error().message()});
      return {};
    }
    COTERIE_ASSIGN_OR_STATUS(const auto identity, identify_file(input.path));
    if (!input.is_named && identity && was_imported(*identity, fingerprint(file->plan(), options_))) {
      report_.known.push_back(name_of(input));
      return {};
    }
    auto report = import_opened(workspace_, *file, name_of(input), options_, identity, context_);
    if (!report) {
      if (input.is_named || !is_other_file(report.error())) return report.error();
      report_.unread.push_back({name_of(input), report.error().message()});
      return {};
    }
    report_.files.push_back(std::move(*report));
    return {};
  }

  ImportReport& report() { return report_; }

 private:
  bool was_imported(const FileIdentity& identity, const std::string& print) const {
    return std::any_of(earlier_.begin(), earlier_.end(),
                       [&](const nlohmann::json& record) { return is_same_import(record, identity, print); });
  }

  store::Workspace& workspace_;
  const ImportOptions options_;
  const base::Context& context_;
  std::vector<nlohmann::json> earlier_;
  ImportReport report_;
};

}  // namespace

base::Result<FileReport> import_source(store::Workspace& workspace, TextSource& source,
                                       const ImportOptions& options, const base::Context& context) {
  const ImportOptions own = with_rules_of(workspace, options);
  COTERIE_ASSIGN(FileImport file, FileImport::open(source, own));
  return import_opened(workspace, file, source.name(), own, std::nullopt, context);
}

base::Result<ImportReport> import_inputs(store::Workspace& workspace, std::span<const Input> inputs,
                                         const ImportOptions& options, bool again,
                                         const base::Context& context) {
  Importer importer(workspace, options, context);
  COTERIE_CHECK_OK(importer.start(again));
  for (const Input& input : inputs) {
    if (const base::Status added = importer.add(input); !added.ok()) {
      const size_t done = importer.report().files.size();
      if (inputs.size() == 1) return tl::unexpected(added);
      return tl::unexpected(
          added.with_context(fmt::format("{} of {} files are imported", done, inputs.size())));
    }
  }
  if (!importer.report().files.empty()) compact_when_due(workspace, &importer.report().files.back(), context);
  return std::move(importer.report());
}

base::Result<Preset> preset_for_file(const std::filesystem::path& file, const ImportOptions& options) {
  COTERIE_ASSIGN(const FileImport opened, FileImport::open(file, options));
  return opened.plan().first();
}

base::Result<Preset> preset_for_inputs(std::span<const Input> inputs, const ImportOptions& options) {
  std::optional<base::Status> first_error;
  for (const Input& input : inputs) {
    if (input.path == "-") {
      if (options.preset.empty()) return Preset();
      COTERIE_ASSIGN(const PresetFile file, find_preset(options.preset.substr(0, options.preset.find(':'))));
      return file.tables.front();
    }
    auto preset = preset_for_file(input.path, options);
    if (preset) return preset;
    if (input.is_named) return preset;
    if (!first_error) first_error = preset.error();
  }
  return tl::unexpected(*first_error);
}

}  // namespace coterie::collect
