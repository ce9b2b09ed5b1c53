#include "collect/import.h"

#include "collect/file_source.h"

namespace coterie::collect {

namespace {

class StoreSink final : public RowSink {
 public:
  explicit StoreSink(store::Ingest& ingest) : ingest_(ingest) {}

  base::Status append(const data::EventBatch& batch) override { return ingest_.append(batch); }
  base::Status append(const data::QuarantineBatch& batch) override { return ingest_.append(batch); }
  base::Status append(const data::AttributeBatch& batch, AttributeOwner owner) override {
    const bool items = owner == AttributeOwner::kItems;
    return ingest_.append(batch, items ? store::AttributeKind::kItems : store::AttributeKind::kUsers);
  }
  base::Status append(const data::TextBatch& batch) override { return ingest_.append(batch); }
  base::Status append(const data::LinkBatch& batch) override { return ingest_.append(batch); }
  base::Status append(const data::FlagBatch& batch) override { return ingest_.append(batch); }

 private:
  store::Ingest& ingest_;
};

}  // namespace

base::Result<FileReport> import_source(store::Workspace& workspace, TextSource& source,
                                       const ImportOptions& options, const base::Context& context) {
  const base::Timestamp received_at = context.clock->now();
  COTERIE_ASSIGN(FileImport file, FileImport::open(source, options));
  const ImportPlan& plan = file.plan();
  COTERIE_ASSIGN(auto ingest, store::Ingest::begin(workspace,
                                                   {.source = source.name(),
                                                    .preset = plan.preset,
                                                    .repeats = plan.first().repeats,
                                                    .received_at = received_at},
                                                   context));
  StoreSink sink(*ingest);
  COTERIE_ASSIGN(ImportSummary summary, file.run(workspace.calendar(), received_at, sink, context));
  ingest->count_records(summary.facts);
  FileReport report;
  COTERIE_ASSIGN(report.counts, ingest->commit());
  report.file = source.name();
  report.preset = plan.preset;
  report.preset_detected = plan.preset_detected;
  report.repeats = plan.first().repeats;
  report.format = plan.format;
  report.mapping = plan.mapping().used;
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
  return reports;
}

base::Result<Preset> preset_for_file(const std::filesystem::path& file, const ImportOptions& options) {
  COTERIE_ASSIGN(auto source, open_file(file));
  COTERIE_ASSIGN(const FileImport opened, FileImport::open(*source, options));
  return opened.plan().first();
}

}  // namespace coterie::collect
