#include "collect/import.h"

#include "collect/file_source.h"
#include "collect/flag_queries.h"
#include "collect/import_details.h"
#include "collect/store_sink.h"
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

}  // namespace

base::Result<FileReport> import_source(store::Workspace& workspace, TextSource& source,
                                       const ImportOptions& options, const base::Context& context) {
  const base::Timestamp received_at = context.clock->now();
  ImportOptions shop_options = options;
  shop_options.cleaning = workspace.settings().cleaning;
  COTERIE_ASSIGN(FileImport file, FileImport::open(source, shop_options));
  const ImportPlan& plan = file.plan();
  COTERIE_ASSIGN(auto ingest, store::Ingest::begin(workspace,
                                                   {.source = source.name(),
                                                    .preset = plan.preset.name,
                                                    .details = import_details(plan, shop_options),
                                                    .repeats = plan.preset.repeats,
                                                    .received_at = received_at,
                                                    .flag_queries = flag_queries(shop_options.cleaning)},
                                                   context));
  StoreSink sink(*ingest);
  COTERIE_ASSIGN(ImportSummary summary, file.run(workspace.calendar(), received_at, sink, context));
  FileReport report;
  COTERIE_ASSIGN(report.counts, ingest->commit());
  report.file = source.name();
  report.preset = plan.preset.name;
  report.preset_detected = plan.preset_detected;
  report.repeats = plan.preset.repeats;
  report.format = plan.format;
  report.mapping = plan.mapping.used;
  report.seconds = static_cast<double>(context.clock->now() - received_at) / base::kSecond;
  report.warnings = std::move(summary.warnings);
  return report;
}

base::Result<std::vector<FileReport>> import_files(store::Workspace& workspace,
                                                   std::span<const std::filesystem::path> files,
                                                   const ImportOptions& options,
                                                   const base::Context& context) {
  std::vector<FileReport> reports;
  for (const std::filesystem::path& path : files) {
    auto source = open_file(path);
    auto report = source ? import_source(workspace, **source, options, context)
                         : base::Result<FileReport>(tl::unexpected(source.error()));
    if (report) {
      reports.push_back(std::move(*report));
    } else if (reports.empty()) {
      return tl::unexpected(report.error());
    } else {
      return tl::unexpected(report.error().with_context(
          fmt::format("{} of {} files are imported", reports.size(), files.size())));
    }
  }
  compact_when_due(workspace, &reports.back(), context);
  return reports;
}

base::Result<Preset> preset_for_file(const std::filesystem::path& file, const ImportOptions& options) {
  COTERIE_ASSIGN(auto source, open_file(file));
  COTERIE_ASSIGN(const FileImport opened, FileImport::open(*source, options));
  return opened.plan().preset;
}

}  // namespace coterie::collect
